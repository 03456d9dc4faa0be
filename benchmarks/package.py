"""The packaged model in an environment made from its own requirements, and what MLflow's checks of types cost.

A model is trained and logged; a fresh virtual environment is made from the `requirements.txt` in the artefact (which
names the wheel in it); there, with no code of this folder, no pickle and no network, the model answers records.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.utils import _enforce_schema
from mlflow.types.schema import Array, ColSpec, Object, Property, Schema

import forestall
from forestall.jobs.train import train
from forestall.registry.package import signature
from forestall.simulation import simulate

N_RECORDS = 1_000
MODEL = """
name: package-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
moments: {per_interaction: 2}
lightgbm: {learning_rate: 0.1, num_leaves: 7}
gate: {min_labelled: 300, min_dissatisfied: 50}
"""
PREDICT = """
import json, sys, mlflow, pandas as pd, forestall
records = pd.DataFrame(json.load(open(sys.argv[2])))
answer = mlflow.pyfunc.load_model(sys.argv[1]).predict(records)
print(json.dumps({"code": forestall.__file__, "risks": answer["dissatisfaction_risk"].tolist()}))
"""
# no tracking server, no pickle, and a proxy that is not there: nothing can be fetched
ALONE = {
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}


def fresh_environment(package: Path, folder: Path) -> Path:
    """Return the Python of a new environment with what the package's requirements name."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ]
    subprocess.run(command, cwd=package, check=True, env=_clean())
    return python


def answers(python: Path, package: Path, told: list[dict[str, object]], folder: Path) -> dict[str, object]:
    """Return what the model answers in that environment."""
    (folder / "records.json").write_text(json.dumps(told), encoding="utf-8")
    command = [python, "-c", PREDICT, package, folder / "records.json"]
    done = subprocess.run(
        command, cwd=folder, env=_clean() | ALONE, check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def enforcement_ms(schema: Schema, frame: pd.DataFrame) -> float:
    """Return how long MLflow checks a frame against a schema: the best of five."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        _enforce_schema(frame, schema)
        times.append(time.perf_counter() - begin)
    return min(times) * 1000


def nested_schema(ours: ModelSignature) -> Schema:
    """Return the same signature with the events typed to the last field."""
    fields = [Property(name, "string", required=False) for name in ("at", "kind", "actor", "text")]
    events = Array(Object([*fields, Property("value", "double", required=False)]))
    columns = [
        ColSpec(events, "events", required=False) if column.name == "events" else column
        for column in ours.inputs.inputs
    ]
    return Schema(columns)


def main() -> None:
    """Train, install, answer, compare."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
        simulate(folder / "data", 5_000, seed=1)
        os.chdir(folder)
        uri = f"sqlite:///{folder}/mlflow.db"
        report = train(folder / "data", folder, tracking_uri=uri)
        address, target = f"models:/{report.name}/{report.version}", str(folder / "package")
        package = Path(mlflow.artifacts.download_artifacts(address, dst_path=target))
        tables = forestall.read_tables(folder / "data")
        told = forestall.records(tables, forestall.default_moments(tables).head(N_RECORDS))
        model = forestall.load(package)
        expected = model.score(told)["dissatisfaction_risk"].to_list()
        begin = time.perf_counter()
        python = fresh_environment(package, folder / "fresh")
        seconds = time.perf_counter() - begin
        said = answers(python, package, told, folder)
        if not Path(str(said["code"])).is_relative_to(folder / "fresh"):
            raise SystemExit("the fresh environment ran other code than its own")
        gap = max(abs(one - other) for one, other in zip(said["risks"], expected, strict=True))
        size = sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
        print(
            f"the artefact: {size / 1024:.0f} KiB; its environment made from its requirements in {seconds:.0f} s"
        )
        print(f"{len(told):,} records there, offline, without pickle: largest difference of a risk {gap:.1e}")
        if gap > 1e-12 or len(set(expected)) < len(expected) / 4:
            raise SystemExit("the model answers otherwise in its own environment")
        names = [column.name for column in signature(model.spec).inputs.inputs]
        frame = pd.DataFrame(told)[names]
        ours, nested = (
            enforcement_ms(schema, frame)
            for schema in (signature(model.spec).inputs, nested_schema(signature(model.spec)))
        )
        times = f"with typed events {nested:.0f} ms, {nested / ours:.0f} times"
        print(f"MLflow's check of {len(told):,} records: {ours:.1f} ms; {times}")


if __name__ == "__main__":
    sys.exit(main())
