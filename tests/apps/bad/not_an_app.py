app = {"this": "is a dict"}


def make():
    return [1, 2]
