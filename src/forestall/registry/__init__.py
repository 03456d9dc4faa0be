"""Tracking, the packaged model, and the gate: the one room that knows MLflow."""

from forestall.registry.loaded_model import LoadedModel, load
from forestall.registry.tracking import RegistryError, connect

__all__ = ["LoadedModel", "RegistryError", "connect", "load"]
