import sys

sys.exit("usage: exits_at_import.py PORT")
