"""Without a clock: rows in any order give the same model, and a telling order is named."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import forestall
from checks import check_blind_to_order, values
from companies import random_moments, simulated
from forestall.data import Tables
from forestall.data_report.report import examine
from forestall.evaluation.metrics import risk_metrics
from forestall.model import RiskModel, Spec, records
from forestall.moment_features import FAMILIES, columns_of, feature_table
from forestall.moment_features.catalogue import without_clock
from forestall.training.learn import TrainingResult, learn

N = 700
MODEL = """
name: no-clock
label: {scale: [1, 5], dissatisfied_at_or_below: 2}
context: {categorical: [team], numeric: [size]}
moments: {per_interaction: 2}
split: {test_share: 0.4}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
"""
MAPPING = """
clock: none
interactions: {KEY customer_id: customer, product: plan}
events:
  - {kind: issue_raised, at: {after: started_at}, actor: customer}
  - {kind: transferred, at: {after: started_at, days: days}, times: passed_on}
  - {kind: resolved, at: {after: started_at, days: days}, actor: staff}
  - {kind: reopened, at: {after: started_at, days: days, seconds: 1}, when: reopened}
feedback: {rating: score}
keep: [team, size]
"""
KEYED = "interaction_id: id,"


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Tickets whose rating depends on the days until they were resolved, and on the team."""
    rng = np.random.default_rng(6)
    days, team = rng.exponential(3, N).round(2), rng.integers(0, 5, N)
    bad = rng.random(N) < 1 / (1 + np.exp(3.0 - 0.5 * days - 0.3 * team))
    return pl.DataFrame(
        {
            "id": [f"t{place:03d}" for place in range(N)],
            "customer": [f"c{one}" for one in rng.integers(0, N // 2, N)],
            "plan": rng.choice(["a", "b", "c"], N),
            "team": [f"team {one}" for one in team],
            "size": rng.normal(size=N).round(2),
            "days": days,
            "passed_on": rng.integers(0, 3, N),
            "reopened": rng.integers(0, 2, N),
            "score": np.where(bad, 1, 5),
        }
    )


def tables_of(folder: Path, rows: pl.DataFrame, key: str = KEYED) -> Tables:
    (folder / "mapping.yaml").write_text(MAPPING.replace("KEY", key))
    rows.write_csv(folder / "rows.csv")
    return forestall.import_records(folder / "mapping.yaml", [folder / "rows.csv"])


def spec(folder: Path) -> Spec:
    (folder / "model.yaml").write_text(MODEL)
    return forestall.model.read_spec(folder)


def in_orders(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        rows,
        rows.sample(fraction=1, shuffle=True, seed=3),
        rows.sort("score", maintain_order=True),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no clock")


@pytest.fixture(scope="module")
def tables(folder, rows) -> list[Tables]:
    """Return the same tickets as they are, shuffled, and sorted by their outcome."""
    return [tables_of(folder, one) for one in in_orders(rows)]


@pytest.fixture(scope="module")
def learnt(folder, tables) -> list[TrainingResult]:
    return [learn(one, spec(folder), n_jobs=1, allow_small=True) for one in tables]


@pytest.mark.slow
def test_rows_in_any_order_give_the_same_model(tables, learnt):
    first, *others = learnt
    assert risk_metrics(first.test["label"], first.test["risk"])["auc"] > 0.6
    risks = first.model.score(tables[0]).sort("interaction_id")
    for other, own in zip(others, tables[1:], strict=True):
        assert other.test.equals(first.test)
        assert other.counts == first.counts
        scored = other.model.score(own).sort("interaction_id")
        assert scored["interaction_id"].equals(risks["interaction_id"])
        for column in ("dissatisfaction_risk", "risk_low", "risk_high"):
            assert scored[column].to_numpy() == pytest.approx(risks[column].to_numpy(), abs=1e-12)


@pytest.mark.slow
def test_rows_without_a_key_in_any_order_give_the_same_metrics(tmp_path, rows):
    """A row's number changes with the order; the split and all other draws do not."""
    (tmp_path / "model.yaml").write_text(MODEL)
    store = f"sqlite:///{tmp_path}/mlflow.db"
    reports = [
        forestall.train(
            tables_of(tmp_path, one.drop("id"), ""), tmp_path, allow_small=True, n_jobs=1, tracking_uri=store
        )
        for one in in_orders(rows)
    ]
    first, shuffled, by_outcome = (report.metrics for report in reports)
    assert first["auc"] > 0.6
    assert shuffled == pytest.approx(first, abs=1e-9)
    # what differs is that the order is named
    assert by_outcome == pytest.approx({**first, "leaks": first["leaks"] + 1}, abs=1e-9)
    said = [note for note in reports[2].notes if "sorted by the outcome" in note]
    assert len(said) == 1
    assert "AUC of 1.00" in said[0]
    assert said[0] in reports[2].card
    assert "order of the rows" in reports[2].html
    assert not any("sorted by the outcome" in note for note in reports[1].notes)


@pytest.mark.slow
def test_the_check_names_the_order(folder, tables):
    orders = [examine(one, spec(folder)).leaks for one in tables]
    assert [one.order.is_leak for one in orders] == [False, False, True]
    assert orders[2].findings[0].found.startswith("The order of the rows alone has an AUC of 1.00")
    assert orders[0].order.auc_low <= 0.5


@pytest.mark.slow
def test_a_record_scores_as_its_row_does(tables, learnt):
    """Alone, without the others; neither a queue nor a history is read, nor missed."""
    model: RiskModel = learnt[0].model
    own = tables[1]
    in_batch = model.score(own, reasons=True)
    sent = records(own)
    alone = model.score(
        [{name: value for name, value in one.items() if name not in ("queue", "history")} for one in sent],
        reasons=True,
    )
    odd = [
        {**one, "queue": {"n_waiting": 900}, "history": [{"started_at": "1999-01-01"}]} for one in sent[:50]
    ]
    kept = [name for name in in_batch.columns if name not in ("interaction_id", "as_of")]
    assert set(in_batch["data_quality"]) == {"ok"}
    assert alone.select(kept).equals(in_batch.select(kept))
    assert model.score(odd, reasons=True).select(kept).equals(in_batch.select(kept).head(50))
    assert {"queue", "history"}.isdisjoint(model.inputs.reads)


@pytest.mark.slow
def test_a_saved_model_keeps_its_features(tables, learnt, tmp_path):
    model = learnt[0].model
    model.save(tmp_path)
    loaded = RiskModel.load(tmp_path)
    assert list(loaded.columns) == list(model.columns)
    assert "service_start_hour" not in loaded.columns
    assert loaded.score(tables[0]).equals(model.score(tables[0]))


def test_what_needs_a_clock_is_left_out():
    kept, known = columns_of(without_clock(FAMILIES)), columns_of(FAMILIES)
    out = known.keys() - kept.keys()
    assert {"service_start_hour", "service_start_weekday", "service_queue_n", "service_venue_lean"} <= out
    assert {"greeting_served_first_n", "history_contact_n", "expectation_wait_vs_venue"} <= out
    assert {"quality_product_defect_share", "quality_price_ratio", "history_is_known"} <= out
    assert {"service_wait_s", "resolution_resolve_s", "quality_age_days", "expectation_venue"} <= kept.keys()


def test_features_without_a_clock_read_neither_order_nor_time():
    """Each interaction may start at any time and stand in any row: every feature is the same."""
    company = simulated()
    company.about["clock"] = "none"
    moments = random_moments(company, 400, seed=2)
    check_blind_to_order(feature_table, company, moments)
    table = feature_table(company, moments)
    shifts = company.interactions.select("interaction_id").with_columns(
        by=pl.duration(
            minutes=pl.Series(np.random.default_rng(1).integers(0, 400_000, company.interactions.height))
        )
    )

    def moved(frame: pl.DataFrame) -> pl.DataFrame:
        times = [name for name, kind in frame.schema.items() if kind == pl.Datetime("us", "UTC")]
        joined = frame.join(shifts, on="interaction_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col(name) + pl.col("by") for name in times).drop("by")

    other = company.replace(
        interactions=moved(company.interactions),
        events=moved(company.events),
        feedback=moved(company.feedback),
    )
    assert values(feature_table(other, moved(moments))).equals(values(table))
    assert table.width - 2 == len(columns_of(without_clock(FAMILIES)))
