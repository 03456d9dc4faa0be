"""A risk model on its way to Spark's workers: its files, sent once and read once in each worker process."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.publishing.manifest import code_digest

# The distributions whose releases can change a score.
_LIBRARIES = ("lightgbm", "numpy", "polars", "scikit-learn", "venn-abers")
_MODELS: dict[str, RiskModel] = {}


@dataclass(frozen=True)
class ShippedModel:
    """The files of a risk model.

    Attributes
    ----------
    digest
        The SHA-256 of the files.
    environment
        The code and the releases of libraries of the driver.
    files
        The files' contents by name, or a broadcast variable of Spark that holds them.
    """

    digest: str
    environment: Mapping[str, str]
    files: Any

    @classmethod
    def of(cls, model: RiskModel) -> ShippedModel:
        """Return the files of a model."""
        with tempfile.TemporaryDirectory() as temporary:
            model.save(temporary)
            files = {file.name: file.read_bytes() for file in sorted(Path(temporary).iterdir())}
        digest = hashlib.sha256()
        for name, content in files.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return cls(digest.hexdigest(), environment(), files)

    def load(self) -> RiskModel:
        """Return the model, read at the first call in a process. It computes with one thread.

        Raises
        ------
        UsageError
            The worker has other code or libraries than the driver.
        """
        if self.digest not in _MODELS:
            check_same(self.environment, environment())
            files = self.files if isinstance(self.files, dict) else self.files.value
            with tempfile.TemporaryDirectory() as temporary:
                for name, content in files.items():
                    (Path(temporary) / name).write_bytes(content)
                model = RiskModel.load(temporary)
            model.estimator.set_params(n_jobs=1)
            _MODELS.clear()  # a worker that is used again needs no model of an earlier job
            _MODELS[self.digest] = model
        return _MODELS[self.digest]


def environment() -> dict[str, str]:
    """Return the code and the releases of libraries that can change a score."""
    return {"the code of forestall": code_digest()[:12], **{name: version(name) for name in _LIBRARIES}}


def check_same(driver: Mapping[str, str], worker: Mapping[str, str]) -> None:
    """Check that a worker has the environment of the driver.

    Raises
    ------
    UsageError
        Something differs.
    """
    differs = [
        f"{name} is {worker.get(name)}, {one} on the driver"
        for name, one in driver.items()
        if worker.get(name) != one
    ]
    if differs:
        raise UsageError(
            f"Spark's workers must have the same releases as the driver: {', '.join(differs)}; install the same on both"
        )
