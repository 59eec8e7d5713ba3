"""Puts back what an application wrote, for a run that was killed before it could do that itself.

Run as a program: `put_back FOLDER`, the folder of its pre-images (`launcher.preimage`), which is gone afterwards.
Rule: where something cannot be put back the folder stays, with what it was.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from simulator.stores.watch import WatchedFiles


def put_back(folder: Path) -> None:
    """Raises StoreError where a file cannot be written."""
    files = WatchedFiles(folder)
    try:
        files.restore_first()
    finally:
        files.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    put_back(Path(sys.argv[1]))
