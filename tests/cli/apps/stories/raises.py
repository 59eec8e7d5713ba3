prices = {}
STORY = prices["story"]
