"""The command line: parse, call, print.

A pipeline uses it for its own output: `exit_code_of` runs a function and prints its error as the command does, `Steps`
reports progress, and `show` prints figures.
"""

from forestall.cli.main import exit_code_of, main
from forestall.cli.printing import show
from forestall.cli.progress import Steps

__all__ = ["Steps", "exit_code_of", "main", "show"]
