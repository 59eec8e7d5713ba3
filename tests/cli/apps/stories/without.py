story = 1
