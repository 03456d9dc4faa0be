"""`python -m forestall` is the command `forestall`."""

from __future__ import annotations

from forestall.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
