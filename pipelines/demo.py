"""The whole job on simulated data: simulate a company, train, promote, score. `make run` runs it."""

from __future__ import annotations

import json
from pathlib import Path

import forestall
from forestall.cli import Steps, exit_code_of, show

PAST, NEW = Path("demo/past"), Path("demo/new")  # the data to train on, and the data to score
N_PAST, N_NEW = 12_000, 4_000


def simulate_once(folder: Path, interactions: int, seed: int, steps: Steps) -> Path:
    """Return a simulated data folder; an existing one if it was made in the same way."""
    note = folder.with_suffix(".json")
    wanted = {"interactions": interactions, "seed": seed}
    if not (folder.is_dir() and note.is_file() and json.loads(note.read_text()) == wanted):
        forestall.simulate(folder, interactions=interactions, seed=seed, progress=steps)
        note.write_text(json.dumps(wanted))
    return folder


def main() -> None:
    """Run the demonstration in the working folder."""
    with Steps() as steps:
        past = simulate_once(PAST, N_PAST, 7, steps)
        new = simulate_once(NEW, N_NEW, 8, steps)
        report = forestall.train(past, "models/dissatisfaction", progress=steps)
        gate = forestall.promote(report.name, progress=steps)
        version = gate.version if gate.moved else gate.champion or gate.version
        model_uri = f"models:/{report.name}/{version}"
        result = forestall.score(model_uri, new, output=".", reasons=True, run_id="demo", progress=steps)
        Path("report.html").write_text(report.html, encoding="utf-8")
        Path("MODEL_CARD.md").write_text(report.card, encoding="utf-8")
    show({"gate": gate.to_dict(), "scores": result.to_dict()})
    print(
        f"\nversion {report.version} of {report.name} is "
        + ("champion now." if gate.moved else f"not promoted; version {gate.champion} stays champion.")
        + "\n\nopen  report.html              how good the model is, and where it is not"
        "\n      MODEL_CARD.md            what it is for, and what it is not for"
        "\n      scores/*.parquet         the risk of each interaction, with its reasons"
        "\n      contact_list.html        whom to contact first, and why"
        "\n      .venv/bin/mlflow ui --backend-store-uri sqlite:///mlflow.db"
    )


if __name__ == "__main__":
    raise SystemExit(exit_code_of(main))
