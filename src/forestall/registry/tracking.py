"""The tracking server: where it is, and how a run is written to it."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import sqlalchemy
from mlflow.exceptions import MlflowException

from forestall.errors import ForestallError

log = logging.getLogger(__name__)

_SAID = "MLFLOW_TRACKING_URI"
PING_S = 5.0
# How MLflow behaves unless the environment says otherwise. Some patience with a server that answers first and
# then goes away, but not four minutes; and nothing of its own on stdout, where results belong.
MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# The distributions whose versions can change a score.
LIBRARIES = (
    "forestall",
    "lightgbm",
    "mlflow",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scikit-learn",
    "venn-abers",
)


class RegistryError(ForestallError):
    """The tracking server or the registry cannot do what was asked."""


def connect(tracking_uri: str | None = None) -> mlflow.MlflowClient:
    """Return a client of the tracking server, which has been asked whether it is there.

    Parameters
    ----------
    tracking_uri
        What MLflow takes; else `MLFLOW_TRACKING_URI`; else `sqlite:///mlflow.db` in the working folder.

    Raises
    ------
    RegistryError
        The server or the database does not answer.
    """
    uri = tracking_uri or os.environ.get(_SAID) or _default_store()
    for name, value in MANNERS.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    _ping(uri)
    with registry_errors(f"tracking server {_safe(uri)}"):
        _set_for_mlflow(uri)
        client = mlflow.MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
    return client


def _default_store() -> str:
    """Return the address of the working folder's store: whole, since MLflow keeps what it opened by its address."""
    return f"sqlite:///{Path('mlflow.db').absolute()}"


def _set_for_mlflow(uri: str) -> None:
    """Tell MLflow which store is meant, and leave the environment as it is: the caller's word, for later calls."""
    said = os.environ.get(_SAID)
    mlflow.set_tracking_uri(uri)  # writes the environment too
    if said is None:
        os.environ.pop(_SAID, None)
    else:
        os.environ[_SAID] = said


@contextmanager
def registry_errors(what: str) -> Iterator[None]:
    """Say an error of MLflow in one line that begins with `what`."""
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RegistryError(f"{what}: {lines[0]}") from error


def _ping(uri: str) -> None:
    """Ask once whether the server is there: MLflow itself would ask for minutes."""
    hint = "start it, or choose another by --tracking-uri or MLFLOW_TRACKING_URI"
    if uri.startswith(("http://", "https://")):
        try:
            with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=PING_S):
                return
        except urllib.error.HTTPError:
            return  # it answers; whether it lets us in is seen at the first call
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RegistryError(
                f"tracking server {_safe(uri)} cannot be reached ({reason}); {hint}"
            ) from None
    if uri.partition(":")[0].partition("+")[0] in {"sqlite", "postgresql", "mysql", "mssql"}:
        try:
            engine = sqlalchemy.create_engine(uri)
            with engine.connect():
                pass
            engine.dispose()
        except Exception as error:  # drivers raise what they like
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise RegistryError(
                f"tracking database {_safe(uri)} cannot be opened ({reason}); {hint}"
            ) from None


def _safe(uri: str) -> str:
    """Return the URI without user and password."""
    scheme, mark, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True)
class RunContent:
    """What a run holds.

    Parameters
    ----------
    params, metrics, tags
        As MLflow shows them.
    texts
        Path of the artefact to its text.
    frames
        Path of the artefact to the frame, written as Parquet.
    folders
        Path of the artefact to a local folder.
    figures
        Path of the artefact to a figure of matplotlib.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def running(
    experiment: str, run_name: str | None = None, tags: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Give the id of a run; it is marked FAILED when what happens in it fails.

    Parameters
    ----------
    tags
        Of a run that is gone on with if one with these tags was begun and never finished; else a new one gets them.
    """
    with registry_errors("the run could not be written"):
        mlflow.set_experiment(experiment)
        begun = _begun(experiment, tags) if tags else None
        with mlflow.start_run(run_id=begun, run_name=run_name, tags=dict(tags or {})) as run:
            yield str(run.info.run_id)


def check_experiment(name: str) -> None:
    """Check that runs can be written to the experiment: it is active, or does not exist yet.

    Raises
    ------
    RegistryError
        The experiment was deleted.
    """
    with registry_errors(f"experiment {name}"):
        found = mlflow.get_experiment_by_name(name)
    if found is not None and found.lifecycle_stage != "active":
        raise RegistryError(
            f"the experiment {name} must be active; it was deleted. Restore it (mlflow experiments restore "
            f"--experiment-id {found.experiment_id}), or name another by --experiment-name"
        )


def _begun(experiment: str, tags: Mapping[str, str]) -> str | None:
    """Return the last run with these tags that was begun and is not finished."""
    wanted = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    query = " and ".join([*wanted, "attributes.status != 'FINISHED'"])
    found = mlflow.search_runs(
        experiment_names=[experiment], filter_string=query, max_results=1, output_format="list"
    )
    return str(found[0].info.run_id) if found else None


def log_nested(name: str, content: RunContent, steps: Mapping[str, Sequence[float]]) -> str:
    """Write a run within the one that is open, params, metrics and tags only, and return its id.

    Parameters
    ----------
    steps
        Metrics that have a value at each step.
    """
    with mlflow.start_run(run_name=name, nested=True, tags=dict(content.tags)) as run:
        mlflow.log_params({key: str(value) for key, value in content.params.items()})
        mlflow.log_metrics(dict(content.metrics))
        for key, values in steps.items():
            for step, value in enumerate(values):
                mlflow.log_metric(key, value, step=step)
        return str(run.info.run_id)


def beside_store(file: str) -> Path:
    """Return the path of a file beside the store's database, or in the working folder if the store is elsewhere."""
    scheme, _, path = str(mlflow.get_tracking_uri()).partition(":///")
    return (Path(path).parent if scheme.startswith("sqlite") else Path()).resolve() / file


def log_content(content: RunContent) -> None:
    """Write `content` to the run that is open."""
    mlflow.log_params({plain(name): str(value)[:500] for name, value in content.params.items()})
    mlflow.log_metrics({plain(name): float(value) for name, value in content.metrics.items()})
    mlflow.set_tags(dict(content.tags))
    for path, text in content.texts.items():
        mlflow.log_text(text, path)
    for path, figure in content.figures.items():
        mlflow.log_figure(figure, path)
    for path, folder in content.folders.items():
        mlflow.log_artifacts(str(folder), path)
    with tempfile.TemporaryDirectory() as temporary:
        for path, frame in content.frames.items():
            file = Path(temporary) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            frame.write_parquet(file)
        mlflow.log_artifacts(temporary)


def artefact_text(run_id: str, path: str) -> str:
    """Return a text of a run.

    Raises
    ------
    RegistryError
        The run has none there.
    """
    with registry_errors(f"{path} of run {run_id}"):
        return str(mlflow.artifacts.load_text(f"runs:/{run_id}/{path}"))


def artefact_frame(run_id: str, path: str) -> pl.DataFrame:
    """Return a Parquet file of a run.

    Raises
    ------
    RegistryError
        The run has none there.
    """
    with tempfile.TemporaryDirectory() as temporary, registry_errors(f"{path} of run {run_id}"):
        file = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/{path}", dst_path=temporary)
        return pl.read_parquet(file)


def plain(name: str) -> str:
    """Return a name as MLflow takes it: a character that it refuses is told by its number.

    Examples
    --------
    >>> plain("ablation/without Sub-category (L2)/auc")
    'ablation/without Sub-category _28L2_29/auc'
    """
    return re.sub(r"[^\w\-. :/]", lambda found: f"_{ord(found[0]):02x}", name)


def flat(content: Mapping[str, Any], prefix: str = "", whole: Collection[str] = ()) -> dict[str, Any]:
    """Return a nested mapping with its keys joined by dots; lists, and the mappings named `whole`, as JSON.

    Examples
    --------
    >>> flat({"gate": {"min_labelled": 500}, "families": ["service"]})
    {'gate.min_labelled': 500, 'families': '["service"]'}
    """
    result: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and name not in whole:
            result |= flat(value, f"{name}.", whole)
        else:
            result[name] = json.dumps(value) if isinstance(value, list | tuple | dict) else value
    return result


def environment() -> dict[str, str]:
    """Return the versions of Python and of the libraries that can change a score."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
