"""Load a model by its address."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import polars as pl

from forestall.data import Tables
from forestall.data.frames import in_library, library_of
from forestall.errors import UsageError, must_be
from forestall.model import RiskModel
from forestall.model.near_fields import warn_of_near_fields
from forestall.model.reason_texts import DEFAULT
from forestall.model.spec import Spec
from forestall.one_line import one_line
from forestall.registry.addresses import DOWNLOADED, check_address, fetch_package, resolve
from forestall.registry.aliases import Version
from forestall.registry.database_file import connect_to_existing
from forestall.registry.package import (
    read_risk_model,
    registered_as,
    risk_model_folder,
)
from forestall.registry.score_rows import score_rows
from forestall.registry.signatures import PublicKey
from forestall.registry.tracking import registry_errors
from forestall.yaml_text import read_yaml

WINDOWS = ("train_from", "train_until", "test_from", "test_until")


@dataclass(frozen=True, repr=False)
class LoadedModel:
    """A risk model with its name, version and run.

    Attributes
    ----------
    risk_model
        The model itself.
    name, version
        The registered name and version; the version is None if the address does not name one.
    run_id
        The run that trained it, if known.
    uri
        The address it was loaded from, with an alias resolved to its version.
    """

    risk_model: RiskModel
    name: str
    version: str | None
    run_id: str | None
    uri: str

    def __repr__(self) -> str:
        return one_line("LoadedModel", {"name": self.name, "version": self.version, "uri": self.uri})

    @property
    def spec(self) -> Spec:
        """The resolved `model.yaml` that it was trained with."""
        spec: Spec = self.risk_model.spec
        return spec

    @property
    def info(self) -> dict[str, Any]:
        """How it was trained: versions, windows, counts."""
        return dict(self.risk_model.info)

    def identity(self) -> dict[str, str | None]:
        """Return what tells this model from others, for the manifest of a job."""
        return {"name": self.name, "version": self.version, "uri": self.uri, "run_id": self.run_id}

    def score(
        self,
        data: Any,
        *,
        as_of: Any = None,
        closed: bool = False,
        moments: Any = None,
        reasons: bool = False,
        reasons_from: str | None = None,
        language: str = DEFAULT,
        run_id: str | None = None,
        scored_at: datetime | None = None,
    ) -> Any:
        """Return one score row for each moment.

        Parameters
        ----------
        data
            `Tables`, or interaction records: a frame with one row per interaction, or a list of dicts.
        as_of
            One moment at this time for every interaction started and not closed by then.
        closed
            With `as_of`: closed interactions too, when they closed.
        moments
            Frame of `interaction_id` and `as_of`, instead of both.
        reasons
            Whether to compute contributions and reasons.
        reasons_from
            `medium`, `high` or `critical`: compute them, but only for moments in this band or above.
        language
            The language of the reasons, one of `forestall.model.reason_texts.languages`.
        run_id, scored_at
            The scoring job's run and time. Default: no run, and the current time.

        Returns
        -------
        polars.DataFrame or pandas.DataFrame
            The columns of a score row; a pandas frame if the data are pandas.
        """
        rows = self.score_rows(
            data,
            as_of=as_of,
            closed=closed,
            moments=moments,
            reasons=reasons,
            reasons_from=reasons_from,
            language=language,
            run_id=run_id,
            scored_at=scored_at or datetime.now(UTC),
        )
        return in_library(rows, data.frames if isinstance(data, Tables) else library_of(data))

    def score_rows(
        self, data: Any, *, run_id: str | None, scored_at: datetime | None, **how: Any
    ) -> pl.DataFrame:
        """Return the score rows as a Polars frame, whatever the data are."""
        if not isinstance(data, Tables):
            warn_of_near_fields(data, self.spec.context)
        return score_rows(
            self.risk_model.score(data, **how),
            model_name=self.name,
            model_version=self.version,
            run_id=run_id,
            scored_at=scored_at,
        )

    def features(self, tables: Tables, moments: pl.DataFrame | None = None) -> Any:
        """Return the feature table of moments, computed with the facts that the model learnt."""
        return self.risk_model.features(tables, moments)


def load(
    uri: str | Path | LoadedModel,
    tracking_uri: str | None = None,
    trial: Callable[[Path], None] | None = None,
    require_signature: PublicKey | str | Path | None = None,
) -> LoadedModel:
    """Return the model at an address.

    Parameters
    ----------
    uri
        `models:/NAME@champion`, `models:/NAME/3`, `runs:/…` or another address that MLflow downloads from; or a folder.
        A model that is loaded is returned as it is, so that jobs take one in place of an address.
    tracking_uri
        The registry's address, see `registry.tracking.connect`; a folder needs none.
    trial
        Called with a package that was downloaded before it is read, so that it can be tried in another process.
    require_signature
        A public key, or its file: only a registered version that is signed by it is loaded, see `forestall.sign`.

    Raises
    ------
    UsageError
        The address has another form, or names no registered version and a signature is required.
    RegistryError
        There is no such model, its files are missing or were changed after training, it gives other scores here, or it
        lacks the signature.
    """
    if isinstance(uri, LoadedModel):
        if require_signature is not None:
            raise UsageError(
                must_be("MODEL_URI", "an address with --require-signature", "a model that is loaded")
            )
        return uri
    uri = str(uri)
    check_address(uri)
    key = (
        PublicKey.read(require_signature) if isinstance(require_signature, str | Path) else require_signature
    )
    if not uri.startswith(DOWNLOADED):
        folder = Path(uri.removeprefix("file://"))
        if not folder.is_dir():
            raise UsageError(
                "MODEL_URI must be models:/NAME@ALIAS, models:/NAME/VERSION, runs:/… or a folder; "
                f"{uri} is none of these"
            )
        _check_signature(None, key)
        return _read(folder, uri, None)
    client = connect_to_existing(tracking_uri, uri)
    found = resolve(client, uri)
    _check_signature(found, key)
    with tempfile.TemporaryDirectory() as temporary:
        fetched = fetch_package(client, uri, found, Path(temporary))
        if trial is not None:
            trial(fetched)
        return _read(fetched, uri, found)


def _check_signature(found: Version | None, key: PublicKey | None) -> None:
    """Check the signature of a version, if one is required."""
    if key is None:
        return
    if found is None:
        raise UsageError(
            "MODEL_URI must be models:/NAME@ALIAS or models:/NAME/VERSION with --require-signature: only registered "
            "versions are signed"
        )
    key.check(found)


def _read(folder: Path, uri: str, found: Version | None) -> LoadedModel:
    is_package = (folder / "MLmodel").is_file()
    model = read_risk_model(risk_model_folder(folder))
    run_id = found.run_id if found else None
    if run_id is None and is_package:
        run_id = read_yaml(folder / "MLmodel").get("run_id")
    # an address that MLflow alone reads, such as models:/NAME/latest
    name, version = (found.name, found.version) if found else registered_as(folder)
    return LoadedModel(
        risk_model=model,
        name=name or model.spec.name,
        version=version,
        run_id=run_id,
        uri=found.uri if found else uri,
    )


@dataclass(frozen=True)
class RunFigures:
    """The metrics of a training run, and the first and last times of its data."""

    metrics: dict[str, float]
    windows: dict[str, str]


def run_figures(model: LoadedModel) -> RunFigures:
    """Return the figures of the run that trained a model; none for a model from a folder."""
    if model.run_id is None or not model.uri.startswith(DOWNLOADED):
        return RunFigures({}, {})
    with registry_errors(f"run {model.run_id}"):
        run = mlflow.get_run(model.run_id).data
    overall = {name: value for name, value in sorted(run.metrics.items()) if "/" not in name}
    return RunFigures(overall, {name: run.params[name] for name in WINDOWS if name in run.params})
