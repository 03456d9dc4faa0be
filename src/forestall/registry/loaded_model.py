"""A model fetched by its address."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import yaml

from forestall.data import Tables
from forestall.data.frames import in_library, library_of
from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.model.reason_texts import DEFAULT
from forestall.model.spec import Spec
from forestall.registry.aliases import Version, by_number, must_have
from forestall.registry.package import ARTIFACT, read_risk_model, registered_as
from forestall.registry.score_rows import score_rows
from forestall.registry.tracking import connect, registry_errors

WINDOWS = ("train_from", "train_until", "test_from", "test_until")
_REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<number>\d+))")
_FETCHED = (
    "models:/",
    "runs:/",
    "mlflow-artifacts:/",
    "s3://",
    "gs://",
    "abfss://",
    "wasbs://",
    "dbfs:/",
    "http",
)


@dataclass(frozen=True)
class LoadedModel:
    """A risk model, and which one it is.

    Attributes
    ----------
    risk_model
        The model itself.
    name, version
        Under which it is registered; the version is None where the address names none.
    run_id
        The run that made it, if known.
    uri
        The address it was fetched by, with an alias resolved to its version.
    """

    risk_model: RiskModel
    name: str
    version: str | None
    run_id: str | None
    uri: str

    @property
    def spec(self) -> Spec:
        """What it learnt: the resolved `model.yaml` it was trained with."""
        spec: Spec = self.risk_model.spec
        return spec

    @property
    def info(self) -> dict[str, Any]:
        """How it was made."""
        return dict(self.risk_model.info)

    def score(
        self,
        data: Any,
        *,
        as_of: Any = None,
        closed: bool = False,
        moments: Any = None,
        reasons: bool = False,
        language: str = DEFAULT,
        run_id: str | None = None,
        scored_at: datetime | None = None,
    ) -> Any:
        """Return a score row for each moment.

        Parameters
        ----------
        data
            `Tables`, or interaction records: a frame with one row per interaction, or a list of dicts.
        as_of
            One moment at this time for every interaction started and not closed by then.
        closed
            With `as_of`: closed interactions too, at their closing.
        moments
            Frame of `interaction_id` and `as_of`, in place of both.
        reasons
            Whether contributions and reasons are computed.
        language
            Of the reasons, see `forestall.model.reason_texts.languages`.
        run_id, scored_at
            Of the scoring job; the time is now where none is given.

        Returns
        -------
        polars.DataFrame or pandas.DataFrame
            The columns of a score row; pandas where pandas came in.
        """
        rows = self.score_rows(
            data,
            as_of=as_of,
            closed=closed,
            moments=moments,
            reasons=reasons,
            language=language,
            run_id=run_id,
            scored_at=scored_at or datetime.now(UTC),
        )
        return in_library(rows, data.frames if isinstance(data, Tables) else library_of(data))

    def score_rows(
        self, data: Any, *, run_id: str | None, scored_at: datetime | None, **how: Any
    ) -> pl.DataFrame:
        """Return what `score` does, as a Polars frame whatever came in."""
        return score_rows(
            self.risk_model.score(data, **how),
            model_name=self.name,
            model_version=self.version,
            run_id=run_id,
            scored_at=scored_at,
        )

    def features(self, tables: Tables, moments: pl.DataFrame | None = None) -> Any:
        """Return the feature table of moments, with the facts that the model learnt."""
        return self.risk_model.features(tables, moments)


def load(uri: str | Path, tracking_uri: str | None = None) -> LoadedModel:
    """Return the model at an address.

    Parameters
    ----------
    uri
        `models:/NAME@champion`, `models:/NAME/3`, `runs:/…`, or whatever else MLflow fetches; or a folder.
    tracking_uri
        Where the registry is, see `registry.tracking.connect`; not asked for a folder.

    Raises
    ------
    UsageError
        It is no such address.
    RegistryError
        There is no such model, or its files were changed since it was trained.
    """
    uri = str(uri)
    if not uri.startswith(_FETCHED):
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
        with registry_errors(f"model {uri}"):
            fetched = mlflow.artifacts.download_artifacts(found.uri if found else uri, dst_path=temporary)
        return _read(Path(fetched), uri, found)


def resolve(client: mlflow.MlflowClient, uri: str) -> Version | None:
    """Return the registered version that an address names, or None where it names none."""
    match = _REGISTERED.fullmatch(uri)
    if match is None:
        return None
    if match["alias"]:
        return must_have(client, match["name"], match["alias"])
    return by_number(client, match["name"], match["number"])


def _read(folder: Path, uri: str, found: Version | None) -> LoadedModel:
    is_package = (folder / "MLmodel").is_file()
    model = read_risk_model(folder / "artifacts" / ARTIFACT if is_package else folder)
    run_id = found.run_id if found else None
    if run_id is None and is_package:
        run_id = yaml.safe_load((folder / "MLmodel").read_text()).get("run_id")
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
    """Return the alias that an address names, or None where it names none.

    Examples
    --------
    >>> alias_of("models:/risk@champion"), alias_of("models:/risk/3")
    ('champion', None)
    """
    match = _REGISTERED.fullmatch(uri)
    return match["alias"] if match else None


@dataclass(frozen=True)
class RunFigures:
    """What a training found: its figures, and the times between which its data lie."""

    metrics: dict[str, float]
    windows: dict[str, str]


def run_figures(model: LoadedModel) -> RunFigures:
    """Return what the run that made a model found; nothing for a folder, whose registry is not asked."""
    if model.run_id is None or not model.uri.startswith(_FETCHED):
        return RunFigures({}, {})
    with registry_errors(f"run {model.run_id}"):
        run = mlflow.get_run(model.run_id).data
    overall = {name: value for name, value in sorted(run.metrics.items()) if "/" not in name}
    return RunFigures(overall, {name: run.params[name] for name in WINDOWS if name in run.params})
