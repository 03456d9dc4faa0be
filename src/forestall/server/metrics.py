"""The metrics of a server, for Prometheus."""

from __future__ import annotations

import collections
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    multiprocess,
)

from forestall.server.model_follower import ModelFollower

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
RISKS = tuple(step / 20 for step in range(1, 21))
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # names the folder where the workers of one server share their counts


class Metrics:
    """The counts of one server process."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self._requests = Counter(
            "forestall_requests", "Requests, by route and status.", ["route", "status"], registry=own
        )
        self._tokens = Counter(
            "forestall_token_requests",
            "Requests with a token, by its name and status.",
            ["token", "status"],
            registry=own,
        )
        self._seconds = Histogram(
            "forestall_request_seconds", "Time to answer.", ["route"], buckets=LATENCIES, registry=own
        )
        self._records = Counter("forestall_records", "Records scored.", ["data_quality"], registry=own)
        self._bands = Counter("forestall_risk_band", "Risks answered, by band.", ["band"], registry=own)
        self._risks = Histogram("forestall_risk", "Risks answered.", buckets=RISKS, registry=own)
        self._misspelt = Counter(
            "forestall_misspelt_fields",
            "Requests that lack a field and have one of nearly its name, of those looked at: one in some seconds.",
            ["field"],
            registry=own,
        )
        self._swaps = Counter("forestall_model_swaps", "Models that replaced another.", registry=own)
        self._serving = Gauge(
            "forestall_model_serving",
            "Processes that answer with this version.",
            ["name", "version"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self._problem = Gauge(
            "forestall_model_problem",
            "1 while the alias cannot be followed; /health says why.",
            registry=own,
            multiprocess_mode="livemax",
        )
        self._named: tuple[str, str] | None = None
        self._n_swaps = 0
        if FOLDER not in os.environ:
            ProcessCollector(registry=own)

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def count_token(self, token: str, status: int) -> None:
        """Count a request that had a token, by the token's name."""
        self._tokens.labels(token, status).inc()

    def count_misspelt(self, field: str) -> None:
        """Count a request that seems to mean a field that it lacks, by the field's own name."""
        self._misspelt.labels(field).inc()

    def count_scores(self, scores: Mapping[str, Sequence[Any]]) -> None:
        """Count the score rows of an answer."""
        for quality, n in collections.Counter(scores["data_quality"]).items():
            self._records.labels(quality).inc(n)
        for band, n in collections.Counter(scores["risk_band"]).items():
            if band is not None:
                self._bands.labels(band).inc(n)
        for risk in scores["dissatisfaction_risk"]:
            if risk is not None:
                self._risks.observe(risk)

    def set_model(self, follower: ModelFollower) -> None:
        """Record which model answers, and whether its alias can be followed."""
        model = follower.served.model
        named = (model.name, model.version or "")
        if self._named not in (None, named):
            self._serving.labels(*self._named).set(0)
        self._serving.labels(*named).set(1)
        self._named = named
        self._problem.set(follower.problem is not None)
        self._swaps.inc(follower.n_swaps - self._n_swaps)
        self._n_swaps = follower.n_swaps

    def text(self) -> bytes:
        """Return all counts in the text format of Prometheus; with several workers, those of all."""
        if FOLDER not in os.environ:
            return bytes(generate_latest(self.registry))
        _remove_ended_workers(os.environ[FOLDER])
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return bytes(generate_latest(together))


def _remove_ended_workers(folder: str) -> None:
    """Remove the current values of workers that have ended; their counts stay."""
    for pid in {file.stem.rpartition("_")[2] for file in Path(folder).glob("gauge_live*_*.db")}:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker removed it at the same time
                multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
        except PermissionError:  # it runs under another user
            continue
