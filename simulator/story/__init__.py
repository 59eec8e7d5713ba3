"""What to do: keys, stories, scenarios, orders and schedules. Pure."""
