"""`forestall doctor`: whether this machine has what the other commands need, and what to do where it has not."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

from forestall.defaults import PORT
from forestall.errors import ForestallError
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_result import JobResult
from forestall.registry.addresses import WHERE_FILES_ARE, lost_champions
from forestall.registry.tracking import connect, registry_errors, without_credentials

GIB = 2**30
LEAST_FREE = GIB  # bytes: a training of 100,000 interactions writes less
LEAST_JAVA = 17
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
Status = Literal["ok", "problem", "not installed"]


@dataclass(frozen=True)
class Check:
    """What was found out about one thing.

    Attributes
    ----------
    what
        What was checked.
    status
        `ok`, `problem`, or `not installed` for something that only some commands need.
    found
        What was found.
    do
        What to do; empty if there is nothing to do.
    """

    what: str
    status: Status
    found: str
    do: str = ""


@dataclass(frozen=True, repr=False)
class Diagnosis(JobResult):
    """The checks of `doctor`, in their order."""

    checks: list[Check]

    @property
    def is_well(self) -> bool:
        """Whether no check found a problem."""
        return all(check.status != "problem" for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return {"is_well": self.is_well, "checks": [dict(vars(check)) for check in self.checks]}


def doctor(
    *,
    output: str | Path = ".",
    host: str = "127.0.0.1",
    port: int = PORT,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> Diagnosis:
    """Check this machine: libraries, registry, disk, Java for Spark, and the port of the server.

    Parameters
    ----------
    output
        The folder where results will be written.
    host, port
        Where `forestall serve` will listen.
    tracking_uri
        The registry's address, see `forestall.registry.tracking.connect`.
    progress
        See `forestall.jobs`.
    """
    progress("checking libraries")
    checks = [_python(), *_libraries()]
    progress("checking the registry")
    checks.append(_registry(tracking_uri))
    progress("checking disk, Java and port")
    for place in dict.fromkeys([Path(output).absolute(), Path(tempfile.gettempdir())]):
        checks.append(_disk(place))
    return Diagnosis([*checks, _java(), _port(host, port)])


def _python() -> Check:
    return Check("Python", "ok", ".".join(map(str, sys.version_info[:3])))


def _libraries() -> Iterator[Check]:
    """Yield a check for each library outside the versions that Forestall allows, or one for all of them."""
    n_right = 0
    for line in requires("forestall") or ():
        wanted = Requirement(line)
        is_optional = wanted.marker is not None
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            if not is_optional:
                yield Check(
                    f"library {wanted.name}", "problem", "not installed", f"pip install '{_plain(wanted)}'"
                )
            continue
        if wanted.specifier.contains(installed, prereleases=True):
            n_right += 1
        else:
            yield Check(
                f"library {wanted.name}",
                "problem",
                f"{installed}, Forestall needs {wanted.specifier}",
                f"pip install '{_plain(wanted)}'",
            )
    yield Check("libraries", "ok", f"{n_right} have versions that Forestall allows")


def _plain(wanted: Requirement) -> str:
    return f"{wanted.name}{wanted.specifier}"


def _registry(tracking_uri: str | None) -> Check:
    what, store = "registry", Path("mlflow.db")
    if tracking_uri is None and not os.environ.get("MLFLOW_TRACKING_URI") and not store.exists():
        return Check(what, "ok", f"none yet; the first training makes {store} in this folder")
    try:
        client = connect(tracking_uri)
        with registry_errors("the registry"):
            names = [model.name for model in client.search_registered_models(max_results=1_000)]
        lost = lost_champions(client, names)
    except ForestallError as error:
        return Check(what, "problem", str(error), "start the tracking server, or give --tracking-uri")
    found = f"{without_credentials(client.tracking_uri)}: {len(names)} registered models"
    if lost:
        return Check(
            what, "problem", f"{found}; files that are not there: {', '.join(lost)}", WHERE_FILES_ARE
        )
    return Check(what, "ok", found)


def _disk(folder: Path) -> Check:
    """Check the free room of the file system that holds a folder, or will hold it."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    what = f"disk of {folder}"
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Check(
            what, "problem", "can't be written to", "choose another folder, or change its permissions"
        )
    found = f"{free / GIB:.1f} GiB free"
    if free < LEAST_FREE:
        return Check(what, "problem", found, "free at least 1 GiB, or use another disk")
    return Check(what, "ok", found)


def _java() -> Check:
    what = "Java for --engine spark"
    if find_spec("pyspark") is None:
        return Check(
            what, "not installed", "pyspark is not installed", "pip install 'forestall[spark]' to use Spark"
        )
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    do = f"install Java {LEAST_JAVA} or newer, or set JAVA_HOME"
    if java is None:
        return Check(what, "problem", "pyspark is installed, but there is no java on the PATH", do)
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(what, "problem", f"java does not start ({type(error).__name__})", do)
    number = _JAVA_VERSION.search(said.stderr + said.stdout)
    if number is None or said.returncode != 0:
        return Check(what, "problem", "java does not tell its version", do)
    found = f"Java {number[1]}"
    return Check(what, "ok", found) if int(number[1]) >= LEAST_JAVA else Check(what, "problem", found, do)


def _port(host: str, port: int) -> Check:
    what = f"port {port} of {host} for serve"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            one.bind((host, port))
        except OSError as error:
            return Check(
                what, "problem", (error.strerror or "it can't be used").lower(), "give another --port"
            )
    return Check(what, "ok", "free")
