"""Learnt scores of texts: conversations turn by turn, and complaints, beside tf-idf with logistic regression.

python benchmarks/words.py [SET...]

Each file FORESTALL_DATA/text/NAME.txt is a set of conversations: a turn of the user is dissatisfied if its mean rating
is below 3, and is predicted from what was written up to it. `complaints` are single texts. Folds are by conversation.
Of the ratings themselves nothing is a feature. Forestall is trained as by `forestall train`, with settings as shipped.

The set `simulated` is three simulated companies: models with and without scores of texts, and which one `auto` takes.
The set `embeddings` has no ratings: it is what a made-up vector of some columns costs beside its text.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse, stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import forestall
from forestall.model import Spec
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import locate
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.text_columns import TextColumn, texts_so_far
from forestall.moment_features.text_embedding import TextEmbedding
from forestall.moment_features.text_features import LOG_ODDS
from forestall.moment_features.text_score import ROLES, UNIT
from forestall.simulation import simulate_tables
from forestall.statistics import log_losses
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.text_weights import fit_text_weights, text_sample
from forestall.training.training_set import TrainingSet

TEXTS = Path(os.environ.get("FORESTALL_DATA", "data")) / "text"
N_FOLDS, SEED = 5, 0
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
# of the ratings so far nothing may be a feature, so the family `resolution` is left out
FAMILIES = ["service", "greeting"]


def conversations(path: Path) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return a set of conversations as tables, and its user's turns: the turn, the system's turn before it."""
    interactions, events, ratings, turns = [], [], [], []
    for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
        name, start, before = f"d{number:05d}", BEGIN + timedelta(hours=number), ""
        interactions.append((name, start, name))
        for place, line in enumerate(block.strip("\n").split("\n")):
            who, text, *rest = line.split("\t")
            if text == "OVERALL":
                continue
            at = start + timedelta(minutes=place)
            is_user, given = who == "USER", rest[1].split(",") if len(rest) > 1 and rest[1] else []
            events.append((name, at, "message", "customer" if is_user else "staff", text))
            if is_user and given:
                ratings.append(
                    (name, float(np.mean([float(one) for one in given])), at + timedelta(seconds=1))
                )
                turns.append((name, at, text, before))
            before = before if is_user else text
    return _tables(interactions, events, ratings), pl.DataFrame(
        turns, schema=["interaction_id", "as_of", "text", "before"], orient="row"
    ).with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")))


def complaints(path: Path) -> tuple[forestall.Tables, pl.DataFrame]:
    """Return single texts as conversations of one turn; a complaint is rated 1, another text 5."""
    table = pl.read_csv(
        path, has_header=False, new_columns=["id", "text", "label", "domain"], infer_schema=False
    )
    interactions, events, ratings, turns = [], [], [], []
    for number, (text, label) in enumerate(table.select("text", "label").iter_rows()):
        name, at = f"t{number:05d}", BEGIN + timedelta(hours=number)
        interactions.append((name, at, name))
        events.append((name, at, "message", "customer", text))
        ratings.append((name, 1.0 if label == "1" else 5.0, at + timedelta(seconds=1)))
        turns.append((name, at, text, ""))
    return _tables(interactions, events, ratings), pl.DataFrame(
        turns, schema=["interaction_id", "as_of", "text", "before"], orient="row"
    ).with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")))


def _tables(interactions: list[Any], events: list[Any], ratings: list[Any]) -> forestall.Tables:
    return forestall.Tables(
        pl.DataFrame(interactions, schema=["interaction_id", "started_at", "customer_id"], orient="row"),
        pl.DataFrame(events, schema=["interaction_id", "at", "kind", "actor", "text"], orient="row"),
        pl.DataFrame(ratings, schema=["interaction_id", "rating", "rated_at"], orient="row"),
    )


def specification(**settings: Any) -> Spec:
    """Return the specification that all sets are learnt with."""
    label = {"scale": [1, 5], "dissatisfied_at_or_below": 2.99, "target": "next"}
    return Spec(name="words", label=label, families=FAMILIES, moments={"per_interaction": 50}, **settings)


def tfidf(train: pl.DataFrame, test: pl.DataFrame) -> np.ndarray:
    """Return the log-odds of tf-idf with logistic regression on the turn and the system's turn before it."""
    sides = []
    for name in ("text", "before"):
        words = TfidfVectorizer(min_df=2, ngram_range=(1, 2), sublinear_tf=True)
        if train[name].n_unique() > 1:
            sides.append((words.fit_transform(train[name].to_list()), words.transform(test[name].to_list())))
    known, new = (sparse.hstack(side).tocsr() for side in zip(*sides, strict=True))
    return LogisticRegression(max_iter=500).fit(known, train["label"].to_numpy()).decision_function(new)


def compare(
    tables: forestall.Tables,
    turns: pl.DataFrame,
    n_folds: int = N_FOLDS,
    n_run: int = N_FOLDS,
    **settings: Any,
) -> pl.DataFrame:
    """Return the AUC of each fold: of tf-idf, the lexicons, the learnt score alone, and the whole model."""
    spec = specification()
    moments, _ = labelled_moments(tables, spec)
    moments = moments.join(turns, on=["interaction_id", "as_of"], how="left", maintain_order="left")
    fold = np.random.default_rng(SEED).permutation(tables.interactions.height) % n_folds
    number = tables.interactions.select("interaction_id", fold=pl.Series(fold))
    moments = moments.join(number, on="interaction_id", maintain_order="left")
    rows = []
    for one in range(min(n_folds, n_run)):
        part = pl.when(pl.col("fold") == one).then(pl.lit("test")).otherwise(pl.lit("train"))
        split = moments.with_columns(part=part)
        train, test = (split.filter(pl.col("part") == name) for name in ("train", "test"))
        label = test["label"].to_numpy()
        found = {"tf-idf": roc_auc_score(label, tfidf(train, test))}
        for name, score in (("lexicons", "none"), ("model", "auto")):
            work = TrainingSet.of(
                tables, split.drop("text", "before", "fold"), specification(words={"score": score}, **settings), 2,
                {"name": "words", "has_clock": True},
            )  # fmt: skip
            judged = work.judge(n_refits=0, with_baselines=False)[1]
            found[name] = roc_auc_score(judged["label"], judged["risk"])
            if work.text_weights is not None:
                is_test = split["part"] == "test"
                found["score alone"] = roc_auc_score(label, work.rows.frame.filter(is_test)[LOG_ODDS])
        rows.append(found)
        print(f"  fold {one}: " + ", ".join(f"{name} {auc:.3f}" for name, auc in found.items()), flush=True)
    return pl.DataFrame(rows)


def cost(tables: forestall.Tables, turns: pl.DataFrame) -> float:
    """Return microseconds of one core per text: the features of texts at the last moment of each conversation."""
    sources = sources_of(tables, Standards())
    place, as_of = locate(sources, turns.group_by("interaction_id").agg(pl.col("as_of").max()))
    y = (np.arange(len(place)) % 2).astype(float)
    weights = fit_text_weights(text_sample(sources, place, as_of), y, np.ones(len(y)), 20)
    columns = [TextColumn("customer", "last", weights), TextColumn("staff", "last", weights)]
    times = []
    for _ in range(3):
        begin = time.process_time()
        texts_so_far(sources.events, place, as_of, columns)
        times.append(time.process_time() - begin)
    return min(times) / tables.events.height * 1e6


def simulated(n: int = 6_000, seeds: tuple[int, ...] = (11, 12, 13)) -> None:
    """Print by how much scores of texts lower the log-loss on the test part, with a 95 % interval from customers."""
    spec = forestall.read_spec(Path(__file__).parents[1] / "models" / "dissatisfaction")
    for seed in seeds:
        frames = simulate_tables(n, seed=seed)
        frames.pop("truth")
        tables = forestall.Tables(**frames)
        moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
        info = {"name": "words", "has_clock": True}
        work = {wanted: TrainingSet.of(tables, moments, spec, 2, info, scores_texts=wanted)
                for wanted in (True, False, None)}  # fmt: skip
        risks = {one: work[one].judge(n_refits=0, with_baselines=False)[1] for one in (True, False)}
        loss = {
            one: log_losses(test["label"].to_numpy(), test["risk"].to_numpy()) for one, test in risks.items()
        }
        gain = (loss[False] - loss[True]) * (weight := risks[True]["weight"].to_numpy())
        customer = pl.Series(risks[True]["customer_id"]).fill_null(risks[True]["interaction_id"])
        by_customer = (
            pl.DataFrame({"customer": customer, "gain": gain, "weight": weight}).group_by("customer").sum()
        )
        mean = gain.sum() / weight.sum()
        off = (by_customer["gain"] - mean * by_customer["weight"]).to_numpy()
        spread = 1.96 * np.sqrt((off**2).sum()) / weight.sum()
        taken = "takes them" if work[None].text_weights is not None else "leaves them out"
        print(f"  seed {seed}: log-loss lower by {mean:+.4f} ± {spread:.4f}; auto {taken}", flush=True)


def embeddings(n: int = 4_000, sizes: tuple[int, ...] = (24, 384, 768)) -> None:
    """Print the microseconds of one core that the vector of an event takes."""
    frames = simulate_tables(n, seed=1)
    frames.pop("truth")
    rng = np.random.default_rng(0)
    for size in sizes:
        names = [f"e{number:04d}" for number in range(size)]
        values = pl.DataFrame(rng.normal(size=(frames["events"].height, size)), schema=names)
        tables = forestall.Tables(**frames | {"events": frames["events"].hstack(values)})
        events = sources_of(tables, Standards()).events
        some = np.arange(len(events.timeline.at))
        found = TextEmbedding.of(names, np.zeros(size), np.ones(size), rng.normal(size=(size, len(ROLES))))
        times = []
        for _ in range(3):
            begin = time.process_time()
            found.scores(events, some, UNIT)
            times.append(time.process_time() - begin)
        print(f"  {size} columns: {min(times) / len(some) * 1e6:.1f} µs of one core per vector", flush=True)


def main(wanted: list[str]) -> None:
    """Print the AUC of each fold and set, and the mean differences with 95 % intervals over folds."""
    for name, run in (("simulated", simulated), ("embeddings", embeddings)):
        if not wanted or name in wanted:
            print(f"{name}:")
            run()
    for path in sorted([*TEXTS.glob("*.txt"), TEXTS / "complaints.csv"]):
        if wanted and path.stem not in wanted:
            continue
        tables, turns = complaints(path) if path.suffix == ".csv" else conversations(path)
        print(f"{path.stem}: {tables.interactions.height} conversations, {turns.height} rated turns")
        aucs = compare(tables, turns)
        print("  mean AUC: " + ", ".join(f"{name} {aucs[name].mean():.3f}" for name in aucs.columns))
        gain = (aucs["model"] - aucs["tf-idf"]).to_numpy()
        spread = stats.t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
        print(f"  model - tf-idf: {gain.mean():+.3f} ± {spread:.3f}")
        print(f"  {cost(tables, turns):.0f} µs of one core per text", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
