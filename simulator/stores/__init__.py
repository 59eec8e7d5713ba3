"""The outside world of an application, saved and put back between runs."""
