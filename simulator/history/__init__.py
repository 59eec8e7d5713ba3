"""What happened, as operations on keys: from events, to and from JSON Lines. Pure."""
