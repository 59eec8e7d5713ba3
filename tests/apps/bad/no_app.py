from flask import Flask

the_list = []


def helper(environ):
    return Flask
