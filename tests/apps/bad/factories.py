from flask import Flask


def needs_name(name):
    return Flask(name)


def raises():
    return {}["missing"]


def raises_type_error():
    return len(5)


def makes_nothing():
    return None
