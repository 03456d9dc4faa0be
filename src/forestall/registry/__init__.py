"""Tracking, the packaged model and the registry: all use of MLflow is here."""

from forestall.registry.loaded_model import LoadedModel, load
from forestall.registry.tracking import RegistryError, connect

__all__ = ["LoadedModel", "RegistryError", "connect", "load"]
