"""The front door of a checkout: `python cli.py ...` is `workersim ...`."""

from simulator.commands import script

if __name__ == "__main__":
    raise SystemExit(script())
