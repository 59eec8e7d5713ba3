settings = {}
secret = settings["SECRET"]
