import time


def wait_for_database():
    time.sleep(3600)


wait_for_database()
