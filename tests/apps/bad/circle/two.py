from circle.one import a

b = 2
