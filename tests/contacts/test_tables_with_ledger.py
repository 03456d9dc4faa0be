"""Tables with the contacts of a ledger."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from forestall.contacts.ledger import Ledger
from forestall.contacts.tables_with_ledger import with_ledger
from forestall.data import Tables
from forestall.errors import UsageError

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)


def tables(contacts: pl.DataFrame | None = None) -> Tables:
    return Tables(
        pl.DataFrame({"interaction_id": ["a"], "started_at": [AT]}),
        pl.DataFrame({"interaction_id": ["a"], "at": [AT], "kind": ["arrived"]}),
        contacts=contacts,
    )


def offers(**of_interactions: float) -> pl.DataFrame:
    """Return an offer with a risk for each interaction."""
    return pl.DataFrame(
        [
            {
                "contact_id": f"k-{one}",
                "interaction_id": one,
                "customer_id": "c",
                "at": AT + timedelta(minutes=1),
                "experiment": "spring",
                "arm": "contact",
                "probability": 0.9,
                "risk": risk,
                "model_name": "m",
                "model_version": "1",
            }
            for one, risk in of_interactions.items()
        ]
    )


def test_offers_of_interactions_in_the_tables_are_added_and_those_of_the_ledger_count(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/contacts.db"
    with Ledger(url) as ledger:
        ledger.offer(offers(a=0.5, elsewhere=0.5))
    found = with_ledger(tables(offers(a=0.4)), url).contacts
    assert found.select("interaction_id", "risk").rows() == [("a", 0.5)]


def test_a_ledger_that_is_only_read_must_be_there(tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path}/contcats.db"
    without = tables()
    with pytest.raises(UsageError, match=r"--ledger must be a ledger that is there.*check the name"):
        with_ledger(without, missing)  # else every label would count as if nobody had been contacted
    assert not list(tmp_path.iterdir())
    assert with_ledger(without, None) is without
