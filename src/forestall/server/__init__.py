"""HTTP scoring: one model, followed by its alias, in the wire format of `mlflow models serve`."""

from forestall.server.app import create_app
from forestall.server.running import run
from forestall.server.settings import Settings

__all__ = ["Settings", "create_app", "run"]
