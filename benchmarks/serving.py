"""One, 100 and 1,000 records over HTTP: `forestall serve` beside `mlflow models serve`, reasons off and on.

All servers run at once and are asked in turn, some requests at a time, so that what else the machine does is the
same for all.

python benchmarks/serving.py [REPETITIONS]
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import lightgbm as lgb
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.types.schema import Array, ColSpec, Object, Property, Schema

import forestall
from forestall.registry import package
from forestall.registry.tracking import connect
from serving_company import Registry, learnt, records_of, registry, simulated

SIZES = (1, 100, 1000)
N_TURNS = 3  # each server is asked a part of the requests in a row, and that so many times
OURS, THEIRS = "forestall serve", "mlflow models serve"
NESTED, FLAT = "mlflow, nested typed signature", "mlflow, bare flat LightGBM"


def main(n: int) -> None:
    """Measure and print."""
    from servers import forestall_serve, free_port, running

    tables = simulated(4_000, seed=1)
    model = learnt(tables)
    # of about 12 events each
    records = [one for one in records_of(tables, 4_000, seed=3) if 10 <= len(one["events"]) <= 14][:1_000]
    events = np.mean([len(one["events"]) for one in records])
    with registry() as store, ExitStack() as stack:
        store.register(model, "bench-risk")
        addresses = {
            THEIRS: "models:/bench-risk/1",
            NESTED: _nested(store, model),
            FLAT: _flat(store, tables, model),
        }
        servers = {
            OURS: stack.enter_context(
                forestall_serve("models:/bench-risk/1", store.tracking_uri, store.folder / "ours.log")
            )
        }
        for name, address in addresses.items():
            port = free_port()
            command = (Path(sys.executable).with_name("mlflow"), "models", "serve", "-m", address,
                       "--env-manager", "local", "--port", port)  # fmt: skip
            environment = {"MLFLOW_TRACKING_URI": store.tracking_uri}
            log = store.folder / f"{port}.log"
            servers[name] = stack.enter_context(running(command, port, log, **environment))
        flat = model.features(records).select(_plain(model)).to_pandas()
        bodies = {name: _bodies(name, records, flat) for name in servers}
        print(
            f"records of {events:.1f} events; p50 in ms of {n}, {max(n // 10, 5)} and {max(n // 30, 3)} requests\n"
        )
        _print(_measure({name: server.port for name, server in servers.items()}, bodies, n))
        _print_in_process(model, records, n)


def _measure(ports: dict[str, int], bodies: dict[str, dict[str, bytes]], n: int) -> dict[str, dict[str, Any]]:
    lines = {name: http.client.HTTPConnection("127.0.0.1", port, timeout=120) for name, port in ports.items()}
    times: dict[str, dict[str, list[float]]] = {
        name: {what: [] for what in some} for name, some in bodies.items()
    }
    for what, n_times in (
        ("1", n),
        ("1 with reasons", n),
        ("100", max(n // 10, 5)),
        ("1000", max(n // 30, 3)),
    ):
        for _ in range(N_TURNS):
            for name, line in lines.items():
                if what in bodies[name]:
                    times[name][what] += _ask(line, bodies[name][what], -(-n_times // N_TURNS))
    return times


def _ask(line: http.client.HTTPConnection, body: bytes, n: int) -> list[float]:
    """Ask again and again, and return how long each answer took; the first request warms up."""
    line.close()  # MLflow's server may have hung up while others were asked
    times = []
    for _ in range(n + 1):
        begin = time.perf_counter()
        line.request("POST", "/invocations", body, {"content-type": "application/json"})
        answer = line.getresponse()
        said = answer.read()
        times.append(time.perf_counter() - begin)
        assert answer.status == 200, said[:500]
    return times[1:]


def _print(times: dict[str, dict[str, Any]]) -> None:
    whats = ("1", "100", "1000", "1 with reasons")
    print(f"{'':<32}" + "".join(f"{what:>16}" for what in whats) + f"{'1, p99':>10}")
    p50 = {
        name: {what: np.median(some) * 1e3 for what, some in told.items() if some}
        for name, told in times.items()
    }
    for name, told in p50.items():
        cells = "".join(f"{told[what]:16.2f}" if what in told else f"{'':>16}" for what in whats)
        print(f"{name:<32}{cells}{np.quantile(times[name]['1'], 0.99) * 1e3:10.2f}")
    ours, theirs, nested, flat = (p50[name] for name in (OURS, THEIRS, NESTED, FLAT))
    print(
        f"\none record: {theirs['1'] / ours['1']:.1f} times faster than mlflow models serve (goal: 2)"
        f"\n100 records: {nested['100'] / ours['100']:.0f} times faster than a nested typed signature (goal: 20)"
        f"\n1,000 records: {nested['1000'] / ours['1000']:.0f} times faster than a nested typed signature (goal: 40)"
        f"\none record under mlflow models serve: {theirs['1'] / flat['1']:.2f} times a bare flat LightGBM (goal: 1.5)"
    )


def _print_in_process(model: forestall.RiskModel, records: list[dict[str, Any]], n: int) -> None:
    took = []
    for _ in range(n):
        begin = time.perf_counter()
        model.score(records[:1])
        took.append(time.perf_counter() - begin)
    print(f"the same record in process: p50 {np.median(took) * 1e3:.2f} ms")


def _bodies(name: str, records: list[dict[str, Any]], flat: pd.DataFrame) -> dict[str, bytes]:
    if name == FLAT:
        split = flat.to_dict(orient="split", index=False)
        return {"1": json.dumps({"dataframe_split": {**split, "data": split["data"][:1]}}).encode()}
    told = {str(n): json.dumps({"dataframe_records": records[:n]}).encode() for n in SIZES}
    one = {"dataframe_records": records[:1], "params": {"reasons": True}}
    return told | {"1 with reasons": json.dumps(one).encode()}


def _nested(store: Registry, model: forestall.RiskModel) -> str:
    """Register the same model with a signature whose nested columns are typed, and return its address."""
    past = {
        **dict.fromkeys(("started_at", "ended_at", "rated_at", "channel", "venue"), "string"),
        **dict.fromkeys(("rating", "wait_s"), "double"),
        "n_events": "long",
        "resolved": "boolean",
    }
    event = dict.fromkeys(("at", "kind", "actor", "text"), "string") | {"value": "double"}
    queue = {"n_waiting": "long", "n_served_first": "long", "mean_wait_s": "double"}
    typed = {"events": Array(_object(event)), "history": Array(_object(past)), "queue": _object(queue)}
    untyped = package.signature(model.spec)
    columns = [
        ColSpec(typed.get(one.name, one.type), one.name, required=one.required) for one in untyped.inputs
    ]
    connect(store.tracking_uri)
    with mlflow.start_run():
        made = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(package.__file__).with_name("loader.py")),
            artifacts={
                package.ARTIFACT: str(package.save_risk_model(model, store.folder / package.ARTIFACT))
            },
            signature=ModelSignature(Schema(columns), untyped.outputs, untyped.params),
            pip_requirements=[],
        )
    mlflow.register_model(made.model_uri, "nested")
    return "models:/nested/1"


def _object(fields: dict[str, str]) -> Object:
    return Object([Property(name, kind, required=False) for name, kind in fields.items()])


def _plain(model: forestall.RiskModel) -> list[str]:
    return [name for name, (_, feature) in model.columns.items() if not feature.is_category]


def _flat(store: Registry, tables: forestall.Tables, model: forestall.RiskModel) -> str:
    """Register a LightGBM model of the same features, as numbers, and return its address."""
    connect(store.tracking_uri)
    frame = model.features(tables).select(_plain(model)).to_pandas().astype(float)
    rng = np.random.default_rng(1)
    data = lgb.Dataset(frame, label=rng.integers(0, 2, len(frame)))
    booster = lgb.train({"objective": "binary", "num_leaves": 15, "verbose": -1}, data, num_boost_round=300)
    with mlflow.start_run():
        made = mlflow.lightgbm.log_model(
            booster, name="flat", signature=infer_signature(frame, np.zeros(len(frame)))
        )
    mlflow.register_model(made.model_uri, "flat")
    return "models:/flat/1"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
