"""What `make bench` measures: speed and memory, as ratios in one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHES = (("importing.py",), ("features.py",), ("one_record.py",), ("serving.py",))


def main() -> None:
    """Run each benchmark in a process of its own, so that peak memory is its own."""
    for script, *arguments in BENCHES:
        print(f"\n== {script}", flush=True)
        subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)


if __name__ == "__main__":
    main()
