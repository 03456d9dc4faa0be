"""The contact list as a page: whom to contact first, why, and what has happened so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from forestall.contacts.time_lines import stages, time_lines
from forestall.data import Tables
from forestall.model.contact_effect import EFFECT
from forestall.model.policy import Policy
from forestall.model.spec import Spec
from forestall.moment_features.stage import STAGES
from forestall.reporting.page import json_for_script, template_text, write_html
from forestall.reporting.report import KeyFigure
from forestall.reporting.text.formats import amount, enumeration, given_percent, number

CONTACT_PAGE = "contact_list.html"
MAX_ROWS = 10_000
"""The most customers that the page shows; the table beside it has all of them."""

BANDS = ("critical", "high", "medium", "low")
_FILTERS = ("venue", "channel", "product")
_NUMBERS = {
    "dissatisfaction_risk": 4,
    "risk_low": 4,
    "risk_high": 4,
    "customer_value": 2,
    "expected_loss": 2,
    "expected_saving": 2,
    "effect": 4,
}


class ContactList(NamedTuple):
    """What the page shows.

    Parameters
    ----------
    listed, counts
        The contact list and its counts: see `contacts.contact_list.contact_list`.
    rows
        Score rows, which have all reasons; those of the listed moments are used.
    tables
        The records.
    spec
        The model's specification.
    """

    listed: pl.DataFrame
    counts: Mapping[str, Any]
    rows: pl.DataFrame
    tables: Tables
    spec: Spec


def write_contact_page(found: ContactList, path: str | Path, *, texts: bool = False) -> Path:
    """Write a contact list as one HTML page that needs no network, and return its path.

    Parameters
    ----------
    found
        The list.
    path
        The file to write.
    texts
        Whether the time lines show what customers and staff wrote.
    """
    shown = found.listed.head(MAX_ROWS)
    content = _content(found, shown, texts=texts)
    by = {
        name: found.rows[name][0] if found.rows.height else None
        for name in ("model_name", "model_version", "scored_at")
    }
    return write_html(
        "contact_list.html.j2",
        path,
        (),
        own_style=template_text("contact_list.css"),
        own_script=template_text("contact_list.js"),
        content=json_for_script(content),
        headline=headline(found.listed.height),
        basis=basis(found),
        key_figures=_key_figures(found),
        has_reasons=content["has_reasons"],
        has_texts=texts,
        n_listed=found.listed.height,
        n_hidden=found.listed.height - shown.height,
        max_rows=MAX_ROWS,
        model_name=by["model_name"],
        model_version=by["model_version"],
        as_of=_only_time(shown["as_of"]),
        scored_at=f"{by['scored_at']:%Y-%m-%d %H:%M} UTC" if by["scored_at"] else "",
    )


def _only_time(times: pl.Series) -> str:
    """Return the time that all moments share, if they do: that of `--as-of`."""
    distinct = times.drop_nulls().unique()
    return f"{distinct[0]:%Y-%m-%d %H:%M} UTC" if len(times) > 1 and len(distinct) == 1 else ""


def headline(n: int) -> str:
    """Return how many customers are to be contacted."""
    return "No customer to contact" if not n else f"{number(n)} customer{'s' * (n != 1)} to contact first"


def basis(found: ContactList) -> str:
    """Return how the list is ordered, and who is not on it."""
    if has_effect(found):
        return _by_effect(found)
    order = "Ordered by expected loss (risk × customer value)"
    n_unknown = found.listed["expected_loss"].null_count()
    if found.listed.height and n_unknown == found.listed.height:
        order = "Ordered by risk, because no customer's value is known"
    elif n_unknown:
        order += "; customers of unknown value come last, ordered by risk"
    if found.counts.get("order"):
        order += ". " + found.counts["order"].rstrip(".")
    return f"{order}." + _left_out(found)


def has_effect(found: ContactList) -> bool:
    """Return whether the list is ordered by the effect of a contact."""
    return EFFECT in found.listed.columns


def _by_effect(found: ContactList) -> str:
    """Return how a list by the effect is ordered, and who is not on it."""
    return (
        "Ordered by expected saving: customer value × the effect of a contact, as measured in the company's own "
        f"experiments.{_left_out(found)}"
    )


def _left_out(found: ContactList) -> str:
    """Return who is not on the list."""
    known, late = found.counts["already_known"], found.counts["too_late"]
    left_out = [
        f"{number(n)} interaction{'s' * (n != 1)} {which}"
        for n, which in (
            (known, "whose customer has already complained, rated or triggered the label event"),
            (late, "whose label horizon is over"),
            (found.counts.get("sleeping_dogs", 0), "whose customer a contact would make unhappier"),
        )
        if n
    ]
    return f" Not on the list: {enumeration(left_out)}." if left_out else ""


def _key_figures(found: ContactList) -> list[KeyFigure]:
    counts, policy = found.counts, found.spec.policy
    figures = [
        KeyFigure(
            "contacts", number(found.listed.height), f"of {number(counts['worth_a_contact'])} candidates"
        )
    ]
    if found.listed.height:
        risk = found.listed["dissatisfaction_risk"]
        figures.append(KeyFigure("expected dissatisfied", amount(float(risk.sum())), "sum of the risks"))
    if found.listed["expected_loss"].drop_nulls().len():
        figures.append(KeyFigure("expected loss", amount(counts["expected_loss"]), "without a contact"))
    if has_effect(found):
        how = "by the measured effect of a contact"
        figures.append(KeyFigure("expected saving", amount(counts["expected_saving"]), how))
    elif policy is not None:
        figures.append(KeyFigure("expected saving", amount(counts["expected_saving"]), _assumption(policy)))
    return figures


def _assumption(policy: Policy) -> str:
    return f"if {given_percent(policy.saved_share)} are won back ({'measured' if policy.measured else 'assumed'})"


def _content(found: ContactList, shown: pl.DataFrame, *, texts: bool) -> dict[str, Any]:
    """Return the data of the page, by column; names are places in lists of names."""
    about = found.tables.about
    facts = _with_facts(found, shown)
    lines = time_lines(shown, found.tables, texts=texts)
    columns: dict[str, Any] = {name: facts[name].to_list() for name in ("interaction_id", "customer_id")}
    columns |= {
        name: facts[name].round(digits).to_list()
        for name, digits in _NUMBERS.items()
        if name in facts.columns
    }
    columns["as_of"] = shown["as_of"].dt.epoch("s").to_list()
    columns["n_earlier"] = lines["n_earlier"].to_list()
    columns["seconds_before"] = lines["seconds_before"].to_list()
    names: dict[str, list[str]] = {}
    for name, order in (
        *((one, ()) for one in _FILTERS),
        ("stage", STAGES),
        ("risk_band", BANDS),
        ("data_quality", ()),
    ):
        names[name], columns[name] = _places(facts[name].cast(pl.String), order)
    for name in ("kind", "actor"):
        names[name], columns[name] = _places_in_lists(lines[name])
    has_reasons = bool(facts["reasons"].is_not_null().any())
    if has_reasons:
        columns["reasons"] = [  # null below the band from which reasons were computed
            None if some is None else [one["text"] for one in some] for some in facts["reasons"].to_list()
        ]
    if texts:
        columns["text"] = lines["text"].to_list()
    return {
        "names": names,
        "columns": columns,
        "has_reasons": has_reasons,
        "has_clock": about["clock"] != "none",
        "zone": about["timezone"],
    }


def _with_facts(found: ContactList, shown: pl.DataFrame) -> pl.DataFrame:
    """Return the listed rows with all their reasons, and what their interactions are."""
    reasons = found.rows.select("interaction_id", "as_of", "reasons")
    return (
        shown.join(reasons, on=["interaction_id", "as_of"], how="left", maintain_order="left")
        .join(
            found.tables.interactions.select("interaction_id", *_FILTERS),
            on="interaction_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(stage=stages(shown, found.tables, found.spec))
    )


def _places(values: pl.Series, order: Sequence[str]) -> tuple[list[str], list[int | None]]:
    """Return the names among the values, known ones first in their order, and the place of each value."""
    found = values.drop_nulls().unique().sort().to_list()
    names = [*(one for one in order if one in found), *(one for one in found if one not in order)]
    place = {name: number_ for number_, name in enumerate(names)}
    return names, [None if one is None else place[one] for one in values]


def _places_in_lists(lists: pl.Series) -> tuple[list[str], list[list[int | None]]]:
    names, _ = _places(lists.explode(), ())
    place = {name: number_ for number_, name in enumerate(names)}
    return names, [[None if one is None else place[one] for one in some] for some in lists.to_list()]
