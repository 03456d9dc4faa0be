"""The tests that take long and have a smaller twin in `make test`: those with the marker `proof`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def main() -> None:
    """Run them one after another and print what pytest says."""
    command = [sys.executable, "-m", "pytest", "-m", "proof", "-q", "-p", "no:randomly", "-n", "0", "tests"]
    subprocess.run(command, cwd=PROJECT, env=os.environ | {"FORESTALL_PROVE": "1"}, check=True)


if __name__ == "__main__":
    main()
