from circle.two import b

a = 1
