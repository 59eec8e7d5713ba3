# a module is imported once in each process, not once for all
the_list = []


def put(item):
    global the_list
    the_list = [*the_list, item]
