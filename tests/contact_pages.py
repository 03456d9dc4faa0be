"""Contact pages for tests: scored by hand, with names that try to become HTML."""

from __future__ import annotations

import json
import re
from typing import Any

import polars as pl

from companies import at, company, visit
from forestall.contacts.contact_list import contact_list
from forestall.data import Tables
from forestall.model import Spec
from forestall.registry.score_rows import score_rows
from forestall.reporting.contact_page import ContactList

LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30}
POLICY = {"capacity_per_day": 10_000, "cost_per_contact": 10, "saved_share": 0.5, "customer_value": 300}
SCRIPT = "<script>alert(1)</script>"
LINK = '<a href="https://evil.example">offer</a>'
BOLD = "<b>bold</b> &amp; --ink"
_BANDS = ((0.7, "critical"), (0.4, "high"), (0.2, "medium"), (0, "low"))


def found_list(
    tables: Tables,
    risks: dict[str, float],
    as_of: float = 600,
    policy: Any = POLICY,
    reasons: Any = ("waited long",),
) -> ContactList:
    """Return the contact list of interactions, scored at one time; the reasons are the same for all."""
    facts = tables.interactions.select("interaction_id", "customer_id", "customer_value")
    rows = pl.DataFrame({"interaction_id": list(risks), "dissatisfaction_risk": list(risks.values())}).join(
        facts, on="interaction_id", maintain_order="left"
    )
    told = [
        {"family": "service", "feature": "wait_s", "contribution": 0.5, "text": text}
        for text in reasons or ()
    ]
    risk = pl.col("dissatisfaction_risk")
    rows = rows.with_columns(
        as_of=pl.lit(at(as_of)),
        risk_low=risk * 0.8,
        risk_high=risk * 0.8 + 0.2,
        risk_band=pl.Series([next(name for least, name in _BANDS if one >= least) for one in risks.values()]),
        expected_loss=risk * pl.col("customer_value"),
        reasons=pl.Series([told if reasons else None] * rows.height),
        data_quality=pl.lit("ok"),
    )
    scored = score_rows(rows, model_name="visits", model_version="3")
    spec = Spec(name="visits", label=LABEL, policy=policy)
    listed, counts = contact_list(scored, tables, spec, None, at(as_of))
    return ContactList(listed, counts, scored, tables, spec)


def with_some_reasons(found: ContactList, reasons: dict[str, list[Any] | None]) -> ContactList:
    """Return the same list with other reasons of some interactions; None: they were not computed."""
    own = pl.Series(
        [reasons.get(one, []) for one in found.rows["interaction_id"]], dtype=found.rows["reasons"].dtype
    )
    is_other = pl.col("interaction_id").is_in(list(reasons))
    rows = found.rows.with_columns(reasons=pl.when(is_other).then(own).otherwise("reasons"))
    return found._replace(rows=rows)


def hostile() -> Tables:
    """Return two visits whose names try to become HTML, with events before and after the moment of the score."""
    events = (
        (0, "arrived", "customer"),
        (60, "b_script", LINK),
        (300, "message", "customer", "my secret words"),
    )
    return company(
        visit(SCRIPT, 0, *events, (900, "complained", "customer"), customer_id=BOLD, venue=LINK, channel=SCRIPT,
              product=LINK, customer_value=1000.0),
        visit("two", 0, (0, "arrived", "customer"), customer_id="plain", venue="Nørre", channel="phone",
              customer_value=500.0),
    )  # fmt: skip


def content_of(page: str) -> dict[str, Any]:
    """Return the data in a contact page."""
    found = re.search(r'id="content">(.*?)</script>', page, re.S)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content
