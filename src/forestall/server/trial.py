"""The first load of a model, in a process of its own: a broken package may end the process that loads it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from forestall.errors import ForestallError
from forestall.registry import RegistryError, load
from forestall.server.served_model import ServedModel

TRIAL_S = 120
"""How many seconds a model may take to load and to score its example."""
_NICE = 5  # the server answers meanwhile
_PROGRAM = f"from {__name__} import main; raise SystemExit(main())"


def try_package(folder: Path) -> None:
    """Load a package in a process of its own, and score its probes and its example there.

    Raises
    ------
    RegistryError
        It does not load or score, or the process ended. The message says how.
    """
    command = [sys.executable, "-c", _PROGRAM, str(folder)]
    # the counts of a server's workers are not this process's
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRIAL_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise RegistryError(f"it must load and score within {TRIAL_S} s, takes longer") from None
    if done.returncode == 0:
        return
    if done.returncode < 0:
        raise RegistryError(f"it ended the process that tried it, by {_name_of(-done.returncode)}")
    reason = (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    raise RegistryError(reason)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def main() -> int:
    """Try the package that the first argument names; print what is wrong with it."""
    os.nice(_NICE)
    logging.disable(logging.CRITICAL)
    try:
        ServedModel.of(load(sys.argv[1]))
    except ForestallError as error:
        print(error)
        return 1
    except Exception as error:  # a broken package may raise anything; its text may hold anything
        print(type(error).__name__)
        return 1
    return 0
