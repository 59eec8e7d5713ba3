from simulator import Story

STORY = Story("""
alice: GET /add/VALUE
alice: GET /view shows
""")
