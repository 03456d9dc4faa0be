"""The command line: parse, call, print."""

from forestall.cli.main import main

__all__ = ["main"]
