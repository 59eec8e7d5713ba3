"""The proxy: spreads requests over the workers, with and without HTTP in front."""
