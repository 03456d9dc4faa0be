"""`forestall contacts`: results are recorded from a file, and the ledger is exported."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from forestall.data.schemas import column_types
from forestall.errors import InputError, UsageError
from forestall.jobs.ledger import keep_ledger
from forestall.jobs.offer_contacts import offer_contacts
from forestall.model.policy import Policy

AT = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = Policy(
    capacity_per_day=5, cost_per_contact=1, saved_share=0.5, customer_value=100,
    experiment="spring", holdout_share=0.1,
)  # fmt: skip


def scored(policy: Policy | None = POLICY) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Return what a scoring job leaves, and its model."""
    listed = pl.DataFrame(
        {
            "interaction_id": ["a", "b"], "customer_id": ["c", None], "arm": ["contact", "holdout"],
            "probability": [0.9, 0.1], "dissatisfaction_risk": [0.6, 0.5],
        }
    )  # fmt: skip
    figures = {"contact_list": {"offered_at": AT.isoformat()}, "scored_at": None}
    model = SimpleNamespace(spec=SimpleNamespace(policy=policy), name="risk", version="3")
    return SimpleNamespace(contact_list=listed, figures=figures), model


def test_offers_of_a_job_are_written_once_and_results_are_recorded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/contacts.db"
    assert offer_contacts(*scored(), url) == 2
    assert offer_contacts(*scored(), url) == 0
    export = tmp_path / "contacts.parquet"
    counts = keep_ledger(ledger=url, export=str(export))
    assert counts["arms"] == {"contact": 1, "holdout": 1}
    found = pl.read_parquet(export)
    assert dict(found.schema) == column_types("contacts")
    assert found["at"].unique().to_list() == [AT]
    key = found.filter(interaction_id="a")["contact_id"].item()
    file = tmp_path / "results.csv"
    file.write_text(
        f"experiment,contact_id,done_at,result,cost\nspring,{key},2026-03-02T10:00:00Z,reached,2.5\n"
    )
    counts = keep_ledger(ledger=url, record=str(file))
    assert (counts["recorded"], counts["with_a_result"], counts["offers"]) == (1, 1, 2)


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/contacts.db"
    with pytest.raises(UsageError, match="add them to model"):
        offer_contacts(*scored(None), url)
    offer_contacts(*scored(), url)
    with pytest.raises(InputError, match="must be a CSV or Parquet file of results"):
        keep_ledger(ledger=url, record=str(tmp_path / "none.csv"))


def test_a_ledger_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--ledger must be a ledger that is there.*check the name"):
        keep_ledger(ledger=f"sqlite:///{tmp_path}/contcats.db")
    assert not list(tmp_path.iterdir())
