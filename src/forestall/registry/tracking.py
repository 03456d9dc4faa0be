"""The tracking server: the connection to it, and how a run is written."""

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

from forestall.errors import ForestallError, UsageError, must_be
from forestall.registry.open_runs import close_dead_runs, marked_alive, unfinished_run

log = logging.getLogger(__name__)

_VARIABLE = "MLFLOW_TRACKING_URI"
PING_S = 5.0
# MLflow's settings, unless the environment has others. It retries for some time if a server stops answering, but not
# for four minutes, and prints nothing of its own on stdout, where results belong.
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# The distributions whose versions can change a score.
LIBRARIES = (
    "forestall", "glum", "lightgbm", "mlflow", "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "venn-abers",
)  # fmt: skip


class RegistryError(ForestallError):
    """The tracking server or the registry refused a request or did not answer."""


def connect(tracking_uri: str | None = None) -> mlflow.MlflowClient:
    """Return a client of the tracking server, after checking that the server answers.

    Parameters
    ----------
    tracking_uri
        An address that MLflow accepts. Default: `MLFLOW_TRACKING_URI`, or `sqlite:///mlflow.db` in the working
        folder if that is not set.

    Raises
    ------
    UsageError
        The address is the path of a database file.
    RegistryError
        The server or the database does not answer.
    """
    uri = tracking_uri or os.environ.get(_VARIABLE) or _default_store()
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    _ping(uri)
    with registry_errors(f"tracking server {without_credentials(uri)}"):
        _set_for_mlflow(uri)
        client = mlflow.MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
    return client


def _default_store() -> str:
    """Return the absolute address of the working folder's store: MLflow caches an open store by its address."""
    return f"sqlite:///{Path('mlflow.db').absolute()}"


def _set_for_mlflow(uri: str) -> None:
    """Set MLflow's store and restore the environment, which MLflow changes: later calls must see the caller's value."""
    value = os.environ.get(_VARIABLE)
    mlflow.set_tracking_uri(uri)
    if value is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = value


@contextmanager
def registry_errors(what: str) -> Iterator[None]:
    """Raise an error of MLflow as a `RegistryError` of one line that begins with `what`."""
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as error:
        raise RegistryError(f"{what}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, without SQLAlchemy's advice to programmers."""
    lines = [
        line for line in str(error).strip().splitlines() if not line.startswith("(raised as a result of")
    ]
    return lines[0] if lines else type(error).__name__


def _ping(uri: str) -> None:
    """Check once that the server answers: MLflow itself would retry for minutes."""
    hint = "start it, or choose another by --tracking-uri or MLFLOW_TRACKING_URI"
    if uri.endswith((".db", ".sqlite", ".sqlite3")) and ":" not in uri:
        raise UsageError(must_be("the tracking address", f"sqlite:///{uri} for this database file", uri))
    if uri.startswith(("http://", "https://")):
        try:
            with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=PING_S):
                return
        except urllib.error.HTTPError:
            return  # it answers; the first call shows whether access is allowed
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RegistryError(
                f"tracking server {without_credentials(uri)} cannot be reached ({reason}); {hint}"
            ) from None
    if uri.partition(":")[0].partition("+")[0] in {"sqlite", "postgresql", "mysql", "mssql"}:
        try:
            engine = sqlalchemy.create_engine(uri)
            with engine.connect():
                pass
            engine.dispose()
        except Exception as error:  # each driver has exceptions of its own
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise RegistryError(
                f"tracking database {without_credentials(uri)} cannot be opened ({reason}); {hint}"
            ) from None


def without_credentials(uri: str) -> str:
    """Return an address without user and password."""
    scheme, mark, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True)
class RunContent:
    """The content of a run.

    Parameters
    ----------
    params, metrics, tags
        As MLflow shows them.
    texts
        Text by artifact path.
    frames
        Frame by artifact path; written as Parquet.
    folders
        Local folder by artifact path.
    figures
        Figure by artifact path.
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
    experiment: str,
    run_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    more_tags: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Open a run and yield its id; if the block fails, the run is marked FAILED.

    Runs of the experiment that a killed process left RUNNING on this machine are marked KILLED first.

    Parameters
    ----------
    experiment
        The experiment's name.
    run_name
        The run's name; MLflow makes one up by default.
    tags
        If the experiment has an unfinished run with these tags, that run is continued. Otherwise the new run gets them.
    more_tags
        Tags that the run gets in either case.

    Raises
    ------
    RegistryError
        The run cannot be written.
    """
    with registry_errors("the run could not be written"):
        mlflow.set_experiment(experiment)
        close_dead_runs(experiment)
        unfinished = unfinished_run(experiment, tags) if tags else None
        with marked_alive() as alive:
            all_tags = {**(tags or {}), **(more_tags or {}), **alive}
            with mlflow.start_run(run_id=unfinished, run_name=run_name, tags=all_tags) as run:
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


def log_nested(name: str, content: RunContent, steps: Mapping[str, Sequence[float]]) -> str:
    """Write a nested run within the open one and return its id; of its content params, metrics and tags.

    Parameters
    ----------
    name
        The run's name.
    content
        What to write.
    steps
        Metrics with a value for each step.
    """
    with mlflow.start_run(run_name=name, nested=True, tags=dict(content.tags)) as run:
        mlflow.log_params({key: str(value) for key, value in content.params.items()})
        mlflow.log_metrics(dict(content.metrics))
        for key, values in steps.items():
            for step, value in enumerate(values):
                mlflow.log_metric(key, value, step=step)
        return str(run.info.run_id)


def log_content(content: RunContent) -> None:
    """Write content to the open run."""
    mlflow.log_params({plain(name): str(value)[:500] for name, value in content.params.items()})
    mlflow.log_metrics({plain(name): float(value) for name, value in content.metrics.items()})
    mlflow.set_tags(dict(content.tags))
    for path, text in content.texts.items():
        mlflow.log_text(text, path)
    for path, figure in content.figures.items():
        # with its own copy of plotly.js: MLflow would let the page fetch it from another host
        mlflow.log_figure(figure, path, save_kwargs={"include_plotlyjs": True})
    for path, folder in content.folders.items():
        mlflow.log_artifacts(str(folder), path)
    with tempfile.TemporaryDirectory() as temporary:
        for path, frame in content.frames.items():
            file = Path(temporary) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            frame.write_parquet(file)
        mlflow.log_artifacts(temporary)


def plain(name: str) -> str:
    """Return a name that MLflow accepts: a character that it refuses is replaced by its code point.

    Examples
    --------
    >>> plain("ablation/without Sub-category (L2)/auc")
    'ablation/without Sub-category _28L2_29/auc'
    """
    return re.sub(r"[^\w\-. :/]", lambda found: f"_{ord(found[0]):02x}", name)


def flat(content: Mapping[str, Any], prefix: str = "", whole: Collection[str] = ()) -> dict[str, Any]:
    """Return a nested mapping with its keys joined by dots; lists, and the mappings named in `whole`, become JSON.

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
    """Return the versions of Python and of the libraries whose versions can change a score."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
