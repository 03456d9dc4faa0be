"""Odd but legal records: read as the tables of the same values are, and never to a customer's seeming good."""

from copy import deepcopy
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import checks
from companies import simulated
from forestall.data import Tables
from forestall.errors import InputError
from forestall.model import RiskModel, Spec
from forestall.moment_features.events import Events
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.table import feature_table
from forestall.training.learn import learn

SPEC = Spec(
    name="quick",
    label={"scale": [1, 5], "dissatisfied_at_or_below": 2},
    moments={"per_interaction": 2},
    lightgbm={"learning_rate": 0.2, "num_leaves": 7},
)


@pytest.fixture(scope="module")
def tables() -> Tables:
    made = simulated(n=1_500, seed=8)
    return Tables(made.interactions, made.events, made.feedback)


@pytest.fixture(scope="module")
def model(tables: Tables) -> RiskModel:
    return learn(tables, SPEC, evaluate=False, allow_small=True).model


@pytest.fixture(scope="module")
def told(tables: Tables) -> list[dict[str, Any]]:
    return records(tables)[:200]


def changed(told: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    return [{**record, **fields} for record in deepcopy(told)]


def risks(model: RiskModel, told: list[dict[str, Any]]) -> pl.Series:
    return model.score(told)["dissatisfaction_risk"]


@pytest.mark.parametrize("column", ["channel", "venue", "locale", "product_category", "customer_id"])
@pytest.mark.parametrize("blank", ["", "  ", " "])
def test_a_blank_text_is_missing(model, told, column, blank):
    """As in tables; it is no name of its own that nobody has ever complained at."""
    blanks, gaps = (model.score(changed(told, **{column: value})) for value in (blank, None))
    assert blanks.drop("customer_id").equals(gaps.drop("customer_id"), null_equal=True)


def test_a_blank_text_of_an_event_is_none(model, told):
    blanks, gaps = deepcopy(told), deepcopy(told)
    for some, text in ((blanks, " "), (gaps, None)):
        for event in (event for record in some for event in record["events"]):
            event["text"] = event["text"] or text
    assert risks(model, blanks).equals(risks(model, gaps))


@pytest.mark.parametrize("day", ["2025-03-01", date(2025, 3, 1)])
@pytest.mark.parametrize("column", ["purchased_at", "promised_at"])
def test_a_day_is_the_beginning_of_a_purchase_and_the_end_of_all_else(model, told, day, column):
    end = "2025-03-01T00:00:00Z" if column == "purchased_at" else "2025-03-01T23:59:59.999999Z"
    days, ends = (model.features(changed(told, **{column: value})) for value in (day, end))
    checks.assert_same(days, ends, "equal to the time")


def test_a_moment_that_is_a_day_is_its_beginning(model, told):
    days, begins = (
        model.features(changed(told, as_of=value)) for value in ("2027-01-01", "2027-01-01T00:00Z")
    )
    checks.assert_same(days, begins, "equal to the day's beginning")


def test_a_whole_number_is_the_name_that_tables_make_of_it(model, told):
    whole, text = (model.score(changed(told, customer_id=value)) for value in (12.0, "12"))
    assert whole.equals(text, null_equal=True)
    assert whole["customer_id"].unique().to_list() == ["12"]


@pytest.mark.parametrize("missing", [pd.NA, pd.NaT, float("nan"), np.nan])
def test_what_pandas_has_for_none_is_missing(model, told, missing):
    fields = ("channel", "customer_id", "price", "promised_at", "is_commodity")
    odd, gaps = (model.score(changed(told, **dict.fromkeys(fields, value))) for value in (missing, None))
    assert odd.equals(gaps, null_equal=True)


@pytest.mark.parametrize("missing", ["", "  ", np.datetime64("NaT")])
def test_a_blank_time_is_missing(model, told, missing):
    fields = ("promised_at", "purchased_at", "as_of", "started_at")
    for field in fields:
        odd, gaps = (model.score(changed(told, **{field: value})) for value in (missing, None))
        assert odd.equals(gaps, null_equal=True)


@pytest.mark.parametrize("field", ["price", "is_commodity", "events", "history", "queue", "venue"])
def test_a_blank_text_is_missing_wherever_it_stands(model, told, field):
    odd, gaps = (model.score(changed(told, **{field: value})) for value in (" ", None))
    assert odd.equals(gaps, null_equal=True)


def test_a_blank_time_of_an_event_leaves_it_out(model, told):
    more = deepcopy(told)
    for record in more:
        record["events"].append({"at": "", "kind": "complained", "actor": "customer"})
    assert risks(model, more).equals(risks(model, told))


def test_words_are_read_as_tables_read_them(model, told):
    said = changed(
        told, price=" 12.50 ", is_commodity="Yes", customer_value="1e3", promised_at=" 2030-01-01 "
    )
    meant = changed(told, price=12.5, is_commodity=True, customer_value=1000, promised_at=date(2030, 1, 1))
    assert model.score(said).equals(model.score(meant), null_equal=True)


def test_json_that_is_too_deep_is_named(model, told):
    for field in ("events", "history", "queue"):
        with pytest.raises(InputError, match=f"record 0: {field} must be valid JSON"):
            model.score(changed(told[:1], **{field: "[" * 100_000}))


def test_without_a_start_the_moment_is_the_last_event_told(model):
    at = "2026-01-0{}T00:00:00Z".format
    events = [{"at": at(day), "kind": kind} for day, kind in enumerate(("arrived", "closed", "message"), 1)]
    rows = model.score([{"interaction_id": "a", "events": events}, {"interaction_id": "b"}])
    assert rows["as_of"].dt.to_string("%F").to_list() == ["2026-01-02", None]
    assert rows["data_quality"].to_list() == ["abstained"] * 2
    assert model.score_as_lists([{"interaction_id": "b"}])["as_of"] == [None]


def test_each_record_is_scored_as_on_its_own_whichever_fields_the_others_lack(model, told):
    """A record without a start beside one without `as_of` once ended a whole batch."""
    own = {**told[0], "as_of": told[0]["events"][-1]["at"]}
    lacking = [set(), {"started_at"}, {"as_of"}, {"started_at", "as_of"}]
    lacking += [fields | {"events"} for fields in lacking]
    forms = [{name: value for name, value in own.items() if name not in fields} for fields in lacking]
    alone = [model.score([form]) for form in forms]
    for first, second in product(range(len(forms)), repeat=2):
        both = model.score([forms[first], forms[second]])
        assert both.equals(pl.concat([alone[first], alone[second]])), (lacking[first], lacking[second])
    assert model.score([]).height == 0


def test_an_array_where_a_number_must_be_is_named(model, told):
    with pytest.raises(InputError, match="record 0: price must be a number"):
        model.score(changed(told, price=np.array([1.0, 2.0])))


def test_tens_of_thousands_of_kinds_touch_nobody_else(model, told):
    """Kinds are numbered, and the numbers must not run out."""
    start = "2026-01-01T00:00:00Z"
    odd = {"interaction_id": "odd", "started_at": start, "as_of": "2026-01-02T00:00:00Z"}
    events = [{"at": start, "kind": f"a{number}"} for number in range(33_000)]
    together = risks(model, [*told[:50], {**odd, "events": events}])
    assert together.head(50).equals(risks(model, told[:50]))


def test_kinds_are_numbered_beyond_two_bytes():
    made = Events.of(
        pl.DataFrame({
            "at": range(40_000), "kind": [f"k{number}" for number in range(40_000)], "actor": ["staff"] * 40_000,
            "text": [None] * 40_000, "value": [0.0] * 40_000,
        }, schema_overrides={"text": pl.String}),
        pl.Series([0] * 40_000).to_numpy(), pl.Series([0]).to_numpy(), pl.Series(["en-GB"]),
    )  # fmt: skip
    assert made.columns["kind"].min() == 0


@pytest.mark.parametrize("amount", [1e17, 1e300])
def test_huge_amounts_stay_huge(model, told, amount):
    """They must not turn round into gifts."""
    last = told[0]["as_of"]
    costly = changed(told, events=[{"at": last, "kind": "refunded", "value": amount}], as_of=last)
    cost = model.features(costly)["quality_failure_cost"].drop_nulls()
    assert len(cost)
    assert (cost >= 0).all()
    slow = deepcopy(told)
    for item in (item for record in slow for item in record["history"] or ()):
        item["wait_s"] = amount
    assert (model.features(slow)["history_wait_mean_s"].drop_nulls() >= 0).all()


def test_what_became_of_earlier_contacts_is_not_known_to_be_good(model, told):
    """Where nobody told whether they were resolved, none is counted as resolved."""
    silent = deepcopy(told)
    for item in (item for record in silent for item in record["history"] or ()):
        del item["resolved"]
    features = model.features(silent).filter(pl.col("history_contact_n") > 0)
    assert features.height > 20
    assert features["history_unresolved_n"].null_count() == features.height
    assert features["history_last_unresolved"].null_count() == features.height


def test_a_companys_own_columns_do_not_get_in_the_way(model, tables):
    """Whatever they are called: ticket exports have queues."""
    own = {
        "queue": pl.lit("first line"),
        "standard_s": pl.lit(5.0),
        "past:n": pl.lit(7.0),
        "n:*": pl.lit(3.0),
    }
    odd = tables.replace(interactions=tables.interactions.with_columns(**own))
    assert model.score(odd).equals(model.score(tables), null_equal=True)
    assert feature_table(odd).equals(feature_table(tables), null_equal=True)
    assert model.score(records(odd)[:100]).equals(model.score(records(tables)[:100]), null_equal=True)


def test_an_event_of_an_endless_value_is_left_out_as_of_tables(model, told):
    """Tables reject it; a record that kept it without its value would be another interaction."""
    for endless in (float("inf"), -float("inf")):
        more = deepcopy(told)
        for record in more:
            record["events"].append({"at": record["as_of"], "kind": "served", "value": endless})
        assert risks(model, more).equals(risks(model, told))


def test_a_small_z_is_utc(model, told):
    small = changed(told)
    for record in small:
        record["as_of"] = record["as_of"].replace("+00:00", "z")
    assert risks(model, small).equals(risks(model, told))


def test_a_huge_price_or_rating_stops_nothing():
    """It is clipped where whole numbers are summed, and no job ends by it."""
    made = simulated(n=60, seed=3)
    huge = made.replace(
        interactions=made.interactions.with_columns(price=pl.lit(1e20)),
        feedback=made.feedback.with_columns(rating=pl.lit(1e20)),
    )
    assert feature_table(huge).height == 60
