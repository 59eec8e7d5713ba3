from flask import Flask

first = Flask("first")
admin = Flask("admin")
