"""The ledger in PostgreSQL does what it does in SQLite."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from forestall.contacts.ledger import Ledger
from forestall.errors import UsageError

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)


def offers(numbers: range, arm: str = "contact") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "contact_id": [f"k{n}" for n in numbers],
            "interaction_id": [f"i{n}" for n in numbers],
            "customer_id": [f"c{n}" for n in numbers],
            "at": [AT + timedelta(minutes=n) for n in numbers],
            "experiment": "spring",
            "arm": arm,
            "probability": 0.9,
            "risk": 0.5,
            "model_name": "m",
            "model_version": "1",
        }
    )


def test_offers_and_results_are_kept_once_by_two_jobs_at_once(database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        new = [pool.submit(_offered, database) for _ in range(2)]
        assert sum(one.result() for one in new) == 300
    done = pl.DataFrame({"experiment": ["spring"], "contact_id": ["k1"], "result": ["reached"]})
    done = done.with_columns(done_at=pl.lit(AT + timedelta(days=1)))
    with Ledger(database) as ledger:
        assert [ledger.record(done), ledger.record(done)] == [1, 0]
        kept = ledger.read("spring")
        assert (kept.height, kept["result"].drop_nulls().to_list()) == (300, ["reached"])
        assert kept["at"][7] == AT + timedelta(minutes=7)
        again = offers(range(5), arm="holdout").with_columns(contact_id="new " + pl.col("contact_id"))
        with pytest.raises(UsageError, match="the arm of a customer must stay the same"):
            ledger.offer(again)
        assert ledger.read("spring").height == 300
        assert ledger.forget_each(["c1", "nobody"], salt="secret") == {"c1": 1}
        assert "c1" not in ledger.read()["customer_id"].to_list()
        assert ledger.read("spring")["result"].drop_nulls().to_list() == ["reached"]
        assert ledger.forget(["c2"]) == 1


def _offered(database: str) -> int:
    with Ledger(database) as ledger:
        return ledger.offer(offers(range(300)))


def test_times_are_utc_whatever_the_zone_of_the_server(database: str) -> None:
    mark = "&" if "?" in database else "?"
    done_at = AT + timedelta(days=1)
    done = pl.DataFrame({"experiment": ["autumn"], "contact_id": ["k3"], "result": ["reached"]})
    with Ledger(f"{database}{mark}options=-c%20timezone%3DAsia/Kolkata") as ledger:
        ledger.offer(offers(range(3, 5)).with_columns(experiment=pl.lit("autumn")))
        ledger.record(done.with_columns(done_at=pl.lit(done_at)))
        kept = ledger.read("autumn")
    assert kept["at"].to_list() == [AT + timedelta(minutes=n) for n in (3, 4)]
    assert kept["done_at"].to_list() == [done_at, None]
