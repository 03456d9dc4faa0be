"""100 customers are forgotten, and every file and table that any job has written is searched for them.

python benchmarks/forgetting.py [CUSTOMERS [INTERACTIONS]]

A company is imported, checked, trained on, scored, evaluated, monitored, and its contacts are measured. One
`forestall forget` names all folders and the ledger. Then each file is searched for the ids of the customers, of their
interactions and contacts, and for the pseudonyms of a run, and what is about others is compared with what it was.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

import forestall
from files_without_customers import contents_of, traces_in, what_became_of
from forestall.contacts.ledger import Ledger
from forestall.pseudonyms import SEPARATOR, pseudonym, salts_in
from forestall.simulation import simulate

MODEL = """
name: forgetting-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
moments: {per_interaction: 2}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
policy: {experiment: 2026-forgetting, holdout_share: 0.2, capacity_per_day: 8, cost_per_contact: 12,
         saved_share: 0.25, customer_value: 300}
seed: 7
"""
MAPPING = """
interactions: {interaction_id: visit, started_at: began, customer_id: who, price: price}
events: [{kind: arrived, at: began, actor: customer}]
feedback: {rating: stars, rated_at: rated}
"""
NAMES = {"customer_id": "customer", "interaction_id": "visit", "contact_id": "contact"}


@dataclass(frozen=True)
class Company:
    """A folder with all that the jobs wrote, and the places that `forget` is given."""

    folder: Path
    places: tuple[str, ...]


def main(n_customers: int = 100, n_interactions: int = 4_000) -> None:
    """Print what was removed, and check that nothing is left and nothing else has changed."""
    with tempfile.TemporaryDirectory() as folder:
        with chdir(folder):  # where the artifacts of runs are written
            company = work(Path(folder), n_interactions, MODEL)
        found = forget_and_search(company, n_customers)
    print(json.dumps(found, indent=2))


def work(folder: Path, n_interactions: int, model: str) -> Company:
    """Let a company do all that leaves files, with ids that no other text holds."""
    store = f"sqlite:///{folder / 'mlflow.db'}"
    (folder / "model").mkdir()
    (folder / "model" / "model.yaml").write_text(model)
    _data(folder, n_interactions)
    common: dict[str, Any] = {"tracking_uri": store, "max_rejected": 1.0}
    data, now, ledger = folder / "data", folder / "now", f"sqlite:///{folder / 'contacts.db'}"
    forestall.check(data, output=folder / "check", max_rejected=1.0)
    report = forestall.train(
        data, folder / "model", allow_small=True, examples=True, rejected=folder / "train", **common
    )
    uri = f"models:/{report.name}/1"
    out = {"output": folder / "out", "reasons": True, "contacts": 300, "ledger": ledger}
    forestall.score(uri, now, **out, **common)
    with Ledger(ledger) as offers:
        own = offers.read()
        done = own.filter(pl.col("arm") == "contact").select("experiment", "contact_id")
        offers.record(done.with_columns(result=pl.lit("reached"), done_at=datetime(2026, 11, 1, tzinfo=UTC)))
    own.write_parquet(now / "contacts.parquet")
    forestall.features(now, output=folder / "features.parquet", model=uri, **common)
    forestall.evaluate(uri, now, output=folder / "evaluation", examples=True, **common)
    forestall.monitor(uri, data, now, output=folder / "monitor", scores=folder / "out", **common)
    forestall.effect(now, output=folder / "effect", model=folder / "model", **common)
    names = (
        "data",
        "now",
        "imported",
        "check",
        "train",
        "out",
        "features.parquet",
        "evaluation",
        "monitor",
        "effect",
        "mlruns",
    )
    return Company(folder, (*(str(folder / name) for name in names if (folder / name).exists()), ledger))


def _data(folder: Path, n: int) -> None:
    """Write a folder of data until some day, one from then on, and one that was imported; each has bad rows."""
    simulate(folder / "simulated", n_interactions=n, seed=9)
    source = folder / "simulated"
    tables = {
        name: _renamed(pl.read_parquet(source / f"{name}.parquet"))
        for name in ("interactions", "events", "feedback", "truth")
    }
    rows = tables["interactions"].sort("started_at")
    split = rows["started_at"][int(0.7 * n)]
    for name, part in (
        ("data", rows.filter(pl.col("started_at") < split)),
        ("now", rows.filter(pl.col("started_at") >= split)),
    ):
        place = folder / name
        place.mkdir()
        (place / "about.json").write_bytes((source / "about.json").read_bytes())
        own = part.select("interaction_id")
        some = {key: frame.join(own, on="interaction_id", how="semi") for key, frame in tables.items()}
        some["interactions"] = _spoiled(part)
        lost = some["events"].gather_every(40).with_columns(kind=pl.lit("no word !"))
        some["events"] = pl.concat([some["events"], lost])
        off = some["feedback"].gather_every(20).with_columns(rating=pl.lit(99.0))
        some["feedback"] = pl.concat([some["feedback"], off])
        for key, frame in some.items():
            frame.write_parquet(place / f"{key}.parquet")
    _imported(folder, tables)
    for file in source.iterdir():  # it has the names that were given up
        file.unlink()
    source.rmdir()


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).map_elements(lambda one, name=name: _id(NAMES[name], one), return_dtype=pl.String)
        for name in ("customer_id", "interaction_id")
        if name in frame.columns
    )


def _id(kind: str, name: str) -> str:
    """Return an id of its own length that nothing else holds."""
    return f"{kind}-{hashlib.blake2b(f'{kind} {name}'.encode(), digest_size=6).hexdigest()}"


def _spoiled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return interactions with cells that cannot be read, and with rows that stand twice."""
    number = pl.int_range(pl.len())
    text = pl.when(number % 15 == 0).then(pl.lit("much")).otherwise(pl.col("price").cast(pl.String))
    changed = rows.with_columns(price=text)
    return pl.concat([changed, changed.gather_every(30)])


def _imported(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    rows = tables["interactions"].head(600).join(tables["feedback"], on="interaction_id", how="left")
    rows = _spoiled(rows.unique("interaction_id", maintain_order=True))
    export = rows.select(
        visit="interaction_id",
        began="started_at",
        who="customer_id",
        price="price",
        stars="rating",
        rated="rated_at",
    )
    export.write_csv(folder / "export.csv")
    (folder / "mapping.yaml").write_text(MAPPING)
    with (folder / "export.csv").open("a") as file:  # lines that are no rows
        for visit, who in rows.select("interaction_id", "customer_id").head(200).iter_rows():
            file.write(f"{visit},2026-01-01,{who},1,2,3,4,5,6\n")
    forestall.import_records(
        folder / "mapping.yaml", folder / "export.csv", output=folder / "imported", max_rejected=1.0
    )
    (folder / "export.csv").unlink()  # it is the company's, and no job wrote it


def forget_and_search(company: Company, n_customers: int) -> dict[str, Any]:
    """Forget customers, check that no trace is left and that the rest is as it was, and return what was done."""
    folder = company.folder
    gone = chosen(folder, n_customers)
    traces = traces_of(company, gone)
    before = {path: contents_of(path) for path in _files(folder)}
    held = {path: file_traces for path, one in before.items() if (file_traces := traces_in(one, traces))}
    result = forestall.forget(gone, *company.places)
    assert result.not_found == []
    after = {path: contents_of(path) for path in _files(folder)}
    left = {
        path.relative_to(folder): found for path, one in after.items() if (found := traces_in(one, traces))
    }
    assert not left, f"traces are left in {left}"
    assert set(map(str, before)) >= {str(path) for path in after}
    counts: Counter[str] = Counter()
    for path, one in before.items():
        counts[what_became_of(path, one, after, held, traces)] += 1
    assert forestall.forget(gone, *company.places).not_found == sorted(gone)
    shown = [str(path.relative_to(folder)) for path in held]
    return {
        "customers": len(gone),
        "traces_looked_for": len(traces),
        "files": len(before),
        "files_that_held_a_trace": sorted(re.sub(r"[0-9a-f]{32}", "RUN", one) for one in shown),
        "files_that_hold_one_now": len(left),
        **counts,
    }


def chosen(folder: Path, n: int) -> list[str]:
    """Return customers: those of examples, some of the contact list, some who were imported, then any."""
    rows = pl.concat(
        [pl.read_parquet(folder / name / "interactions.parquet", columns=["interaction_id", "customer_id"])
         for name in ("data", "now")]
    ).drop_nulls()  # fmt: skip
    owner = dict(rows.iter_rows())
    shown = [
        one["interaction_id"]
        for file in sorted(folder.rglob("evaluation.json"))
        for one in json.loads(file.read_text())["examples"]
    ]
    assert shown, "no report shows an example"
    listed, imported = (
        pl.read_parquet(folder / name)["customer_id"]
        .drop_nulls()
        .unique(maintain_order=True)
        .head(n // 3)
        .to_list()
        for name in ("out/contact_list.parquet", "imported/interactions.parquet")
    )
    names = [*(owner[one] for one in shown if one in owner), *listed, *imported, *rows["customer_id"].sort()]
    return list(dict.fromkeys(names))[:n]


def traces_of(company: Company, customers: Iterable[str]) -> list[str]:
    """Return all ids and pseudonyms that tell of customers: theirs, of their interactions, and of their contacts."""
    gone, folder = set(customers), company.folder
    ids = set(gone)
    for file in folder.rglob("*.parquet"):
        frame = pl.read_parquet(file, hive_partitioning=False)
        if {"customer_id", "interaction_id"} <= set(frame.columns):
            own = frame.filter(pl.col("customer_id").is_in(list(gone)))
            ids |= {str(one) for name in NAMES if name in own.columns for one in own[name].drop_nulls()}
    with Ledger(company.places[-1]) as ledger:
        own = ledger.read().filter(pl.col("customer_id").is_in(list(gone)))
        ids |= {one for name in NAMES for one in own[name].drop_nulls()}
    salts: set[str] = set()
    for file in folder.rglob("predictions.parquet"):
        salts |= salts_in(pl.read_parquet(file)["interaction_id"])
    assert salts, "no run has pseudonyms"
    hashes = {pseudonym(one, salt).partition(SEPARATOR)[2] for one in ids for salt in salts}
    return sorted(ids | hashes)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
