"""Puts back what an application wrote, for a run that was killed before it could do that itself.

Run as a program: `put_back FOLDER [COPY]`, the folder of its pre-images (`launcher.preimage`), and the copy that was
made for the run, if it had one. Both are gone afterwards.
Rule: where something cannot be put back the folder stays, with what it was.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from simulator.stores.copies import remove
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
    try:
        put_back(Path(sys.argv[1]))
    finally:
        for copy in sys.argv[2:]:
            remove(Path(copy))
