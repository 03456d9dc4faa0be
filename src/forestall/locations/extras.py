"""Libraries that only some locations need: where one is missing, the error says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from forestall.errors import UsageError


def load_extra(module: str, extra: str, what: str) -> Any:
    """Return a module that an extra of Forestall installs.

    Parameters
    ----------
    module
        Its full name.
    extra
        The extra, such as `s3`.
    what
        The address that needs it, as errors show it.

    Raises
    ------
    UsageError
        It is not installed. The message has the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError:
        library = module.split(".", maxsplit=1)[0].replace("_", "-")
        raise UsageError(
            f"{what} needs the library {library}, which is not installed; "
            f"run `pip install 'forestall[{extra}]'` and give the command again"
        ) from None
