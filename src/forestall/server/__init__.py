"""HTTP scoring in the wire format of `mlflow models serve`, with one model that follows its alias."""

from forestall.server.app import create_app
from forestall.server.process import run
from forestall.server.settings import Settings

__all__ = ["Settings", "create_app", "run"]
