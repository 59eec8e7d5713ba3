"""Which worker serves the next request: one rule per file. Pure."""
