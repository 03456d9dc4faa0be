"""Load a model by its address."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
from mlflow.exceptions import MlflowException

from forestall.data import Tables
from forestall.data.frames import in_library, library_of
from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.model.reason_texts import DEFAULT
from forestall.model.spec import Spec
from forestall.registry.aliases import Version, by_number, must_have
from forestall.registry.package import (
    DIGESTS,
    has_risk_model,
    read_risk_model,
    registered_as,
    risk_model_folder,
)
from forestall.registry.package_files import check_files
from forestall.registry.score_rows import score_rows
from forestall.registry.tracking import RegistryError, connect, registry_errors, without_credentials
from forestall.yaml_text import read_yaml

WINDOWS = ("train_from", "train_until", "test_from", "test_until")
_REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<number>\d+))")
_LONGEST_ADDRESS = 2_000
_DOWNLOADED = (
    "models:/", "runs:/", "mlflow-artifacts:/", "s3://", "gs://", "abfss://", "wasbs://", "dbfs:/", "http",
)  # fmt: skip


@dataclass(frozen=True)
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
    uri: str | Path, tracking_uri: str | None = None, trial: Callable[[Path], None] | None = None
) -> LoadedModel:
    """Return the model at an address.

    Parameters
    ----------
    uri
        `models:/NAME@champion`, `models:/NAME/3`, `runs:/…` or another address that MLflow downloads from; or a folder.
    tracking_uri
        The registry's address, see `registry.tracking.connect`; a folder needs none.
    trial
        Called with a package that was downloaded before it is read, so that it can be tried in another process.

    Raises
    ------
    UsageError
        The address has another form.
    RegistryError
        There is no such model, its files are missing or were changed after training, or it gives other scores here.
    """
    uri = str(uri)
    _check_address(uri)
    if not uri.startswith(_DOWNLOADED):
        folder = Path(uri.removeprefix("file://"))
        if not folder.is_dir():
            raise UsageError(
                "MODEL_URI must be models:/NAME@ALIAS, models:/NAME/VERSION, runs:/… or a folder; "
                f"{uri} is none of these"
            )
        return _read(folder, uri, None)
    client = connect(tracking_uri)
    found = resolve(client, uri)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            fetched = mlflow.artifacts.download_artifacts(found.uri if found else uri, dst_path=temporary)
        except (MlflowException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise RegistryError(_not_found(client, uri, found, reason)) from error
        if not has_risk_model(Path(fetched)):
            raise RegistryError(
                _not_found(client, uri, found, f"there is no {DIGESTS} of a packaged model there")
            )
        if found is not None:
            check_files(Path(fetched), found.tags, f"version {found.version} of {found.name}")
        if trial is not None:
            trial(Path(fetched))
        return _read(Path(fetched), uri, found)


def _check_address(uri: str) -> None:
    """Check that an address is printable, not too long, and that no part of a name in it leads out of a folder."""
    of_registry = uri.startswith(("models:/", "runs:/", "mlflow-artifacts:/"))
    parts = uri.partition(":/")[2].strip("/").split("/") if of_registry else []
    if not uri.isprintable() or len(uri) > _LONGEST_ADDRESS or not {"", ".", ".."}.isdisjoint(parts):
        raise UsageError(
            f"MODEL_URI must be models:/NAME@ALIAS, models:/NAME/VERSION, runs:/… or a folder, of at most "
            f"{_LONGEST_ADDRESS:,} printable characters and without .. in it"
        )


def _not_found(client: mlflow.MlflowClient, uri: str, found: Version | None, reason: str) -> str:
    """Return the message for a model whose files are not where the tracking server says they are."""
    name = f"version {found.version} of {found.name}" if found else f"model {uri}"
    place = _artifact_location(client, found) if found else None
    where = f"its artifacts were looked for in {without_credentials(place)}: " if place else ""
    return f"{name} cannot be loaded; {where}{reason}"


def _artifact_location(client: mlflow.MlflowClient, version: Version) -> str | None:
    """Return where the artifacts of a version are stored; None if the tracking server does not say."""
    try:
        source = str(client.get_model_version_download_uri(version.name, version.version))
        logged = source.removeprefix("models:/")
        return source if logged == source else str(client.get_logged_model(logged).artifact_location)
    except MlflowException:
        return None


def resolve(client: mlflow.MlflowClient, uri: str) -> Version | None:
    """Return the registered version that an address names; None if it names none."""
    match = _REGISTERED.fullmatch(uri)
    if match is None:
        return None
    if match["alias"]:
        return must_have(client, match["name"], match["alias"])
    return by_number(client, match["name"], match["number"])


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


def alias_of(uri: str) -> str | None:
    """Return the alias that an address names; None if it names none.

    Examples
    --------
    >>> alias_of("models:/risk@champion"), alias_of("models:/risk/3")
    ('champion', None)
    """
    match = _REGISTERED.fullmatch(uri)
    return match["alias"] if match else None


@dataclass(frozen=True)
class RunFigures:
    """The metrics of a training run, and the first and last times of its data."""

    metrics: dict[str, float]
    windows: dict[str, str]


def run_figures(model: LoadedModel) -> RunFigures:
    """Return the figures of the run that trained a model; none for a model from a folder."""
    if model.run_id is None or not model.uri.startswith(_DOWNLOADED):
        return RunFigures({}, {})
    with registry_errors(f"run {model.run_id}"):
        run = mlflow.get_run(model.run_id).data
    overall = {name: value for name, value in sorted(run.metrics.items()) if "/" not in name}
    return RunFigures(overall, {name: run.params[name] for name in WINDOWS if name in run.params})
