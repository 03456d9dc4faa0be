"""HTTP scoring: one model, followed by its alias, in the wire format of `mlflow models serve`."""

from forestall.serve.app import create_app
from forestall.serve.server import run
from forestall.serve.settings import Settings

__all__ = ["Settings", "create_app", "run"]
