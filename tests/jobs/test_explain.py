"""`forestall.explain`: one interaction, moment by moment."""

import polars as pl
import pytest

import forestall
from forestall.errors import InputError


def test_each_event_has_its_risk_and_reasons(work):
    events = pl.read_parquet(work.data / "events.parquet")
    longest = events["interaction_id"].value_counts(sort=True)["interaction_id"][0]
    found = forestall.explain(work.champion, work.data, longest, tracking_uri=work.tracking_uri)
    assert (found.interaction_id, found.model_name, found.model_version) == (longest, "quick-risk", "1")
    times = [moment["as_of"] for moment in found.moments]
    assert times == sorted(set(times))
    own = set(events.filter(pl.col("interaction_id") == longest)["kind"])
    happened = {kind for moment in found.moments for kind in (moment["happened"] or "").split(", ")}
    assert happened - {""} <= own
    reasons = found.to_dict()["moments"][-1]["reasons"]
    assert found.summary()["moments"][-1]["reasons"] == [reason["text"] for reason in reasons] != []


def test_an_unknown_interaction_is_refused_without_its_id(work):
    with pytest.raises(InputError, match="--interaction must be an interaction_id of the data") as error:
        forestall.explain(work.champion, work.data, "Mrs Botha", tracking_uri=work.tracking_uri)
    assert "Botha" not in str(error.value)
