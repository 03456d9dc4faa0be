"""A check of large data: every row is checked, and the report looks at drawn customers."""

import json

import polars as pl
import pytest

import forestall
from forestall.jobs import drawn_tables
from forestall.reporting.text.formats import number
from forestall.streaming.source import Source

N_DRAWN = 1500


@pytest.fixture(scope="module")
def faulty(company, tmp_path_factory):
    """Return the folder of a company with bad events, a repeated key and ratings off the scale."""
    folder = tmp_path_factory.mktemp("faulty")
    for table in ("interactions", "events", "feedback"):
        frame = pl.read_parquet(company / f"{table}.parquet")
        if table == "interactions":
            frame = pl.concat([frame, frame.head(3)])
        elif table == "events":
            kind = pl.when(pl.int_range(pl.len()) % 911 != 5).then("kind").otherwise(pl.lit("two words"))
            frame = frame.with_columns(kind=kind)
        else:
            rating = pl.when(pl.int_range(pl.len()) % 101 != 7).then("rating").otherwise(pl.lit(99.0))
            frame = frame.with_columns(rating=rating)
        frame.write_parquet(folder / f"{table}.parquet")
    (folder / "about.json").write_bytes((company / "about.json").read_bytes())
    return folder


@pytest.fixture(scope="module")
def checked(faulty, quick_model, tmp_path_factory):
    """Return the output and the result of a check in parts, and of one of the whole tables."""
    results = []
    for is_large in (True, False):
        out = tmp_path_factory.mktemp("out") / "out"
        with pytest.MonkeyPatch.context() as patch:
            if is_large:
                patch.setattr(drawn_tables, "MOST_INTERACTIONS", N_DRAWN)
                patch.setattr(Source, "n_parts", 8)
            results.append((out, forestall.check(faulty, model=quick_model, output=out)))
    return results


def test_every_row_is_checked(checked):
    (large_out, large), (whole_out, whole) = checked
    for name in ("rows", "rejected", "rejected_share"):
        assert large.figures[name] == whole.figures[name]
    assert large.figures["rejected"]["feedback"]["rating_off_scale"] > 0
    assert large.passed == whole.passed
    for table in ("interactions", "events", "feedback"):
        rejected = [pl.read_parquet(out / "rejected" / f"{table}.parquet") for out in (large_out, whole_out)]
        assert rejected[0].sort(pl.all()).equals(rejected[1].sort(pl.all()))


@pytest.mark.slow
def test_the_answers_are_about_drawn_customers(checked):
    (out, large), (_, whole) = checked
    n = large.figures["drawn"]["interactions"]
    assert 0 < n <= N_DRAWN
    assert "drawn" not in whole.figures
    said = json.loads((out / "check.json").read_text())
    assert said["drawn"]["interactions"] == n
    assert said["report"]["response"]["n"] == n
    page = (out / "data_report.html").read_text()
    assert (
        f"All rows were checked; the answers below are about {number(n)} interactions of drawn customers."
        in page
    )
    assert large.figures["labelled_share"] == pytest.approx(whole.figures["labelled_share"], abs=0.05)


def test_drawn_customers_are_whole_and_rows_keep_their_order(faulty, monkeypatch):
    monkeypatch.setattr(drawn_tables, "MOST_INTERACTIONS", N_DRAWN)
    monkeypatch.setattr(Source, "n_parts", 8)
    drawn = drawn_tables.draw_tables(faulty, None)
    whole = forestall.read_tables(faulty)
    customers = drawn.tables.interactions["customer_id"].drop_nulls()
    of_customers = whole.interactions.filter(pl.col("customer_id").is_in(customers.implode()))
    known = drawn.tables.interactions.filter(pl.col("customer_id").is_not_null())
    assert known.select(of_customers.columns).equals(of_customers)
    for name in ("events", "feedback"):
        ours = getattr(drawn.tables, name)
        ids = drawn.tables.interactions.select("interaction_id")
        theirs = getattr(whole, name).join(ids, on="interaction_id", how="semi")
        assert ours.height == theirs.height
        for column in ("at", "kind") if name == "events" else ("rating",):
            by_id = [
                frame.group_by("interaction_id", maintain_order=True).agg(column) for frame in (ours, theirs)
            ]
            assert by_id[0].sort("interaction_id").equals(by_id[1].sort("interaction_id"))
    assert drawn.n_rows is not None
    assert drawn.n_rows["interactions"] == whole.interactions.height


def test_one_customer_with_all_interactions_is_taken_whole(faulty, tmp_path, monkeypatch):
    for table in ("interactions", "events", "feedback"):
        frame = pl.read_parquet(faulty / f"{table}.parquet")
        if table == "interactions":
            frame = frame.with_columns(customer_id=pl.lit("one"))
        frame.write_parquet(tmp_path / f"{table}.parquet")
    monkeypatch.setattr(drawn_tables, "MOST_INTERACTIONS", 10)
    monkeypatch.setattr(Source, "n_parts", 4)
    drawn = drawn_tables.draw_tables(tmp_path, None)
    assert drawn.n_rows is not None
    assert drawn.tables.interactions.height == drawn.n_rows["interactions"]
