"""Kinds of events: which there are, and which features each feeds."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from forestall.data.own_kinds import is_own, least_interactions
from forestall.data.schemas import CORE_KINDS
from forestall.data_report.finding import MAPPING, MAX_WORDS, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.moment_features import Family
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import Amount, EventColumn
from forestall.moment_features.kinds_read import kinds_read
from forestall.moment_features.shared_terms import ATTENDED
from forestall.reporting.text.formats import enumeration, number, percent

_FEW, _MOST = 0.05, 0.5
_CLOSE = 0.75  # how alike two names of kinds must be


@dataclass(frozen=True)
class Kind:
    """One kind of event.

    Parameters
    ----------
    kind
        Its name.
    n
        The number of events.
    share
        The share of the interactions that have one.
    no_actor, no_value
        The shares of the events without an actor, and without a value.
    features
        The features that know it by name, by family.
    """

    kind: str
    n: int
    share: float
    no_actor: float
    no_value: float
    features: dict[str, list[str]]


@dataclass(frozen=True)
class Kinds:
    """The kinds of events.

    Parameters
    ----------
    kinds
        Those that may be shown: all that features know; the company's own if there are at most 20 of them.
    n_own, n_own_events
        The company's own kinds, which no feature knows by name, and their events.
    absent
        Kinds that features know and that are not in the records, with their number of features.
    n_without
        Interactions without any event.
    findings
        What was found.
    """

    kinds: list[Kind]
    n_own: int
    n_own_events: int
    absent: dict[str, int]
    n_without: int
    findings: list[Finding]


def kinds(records: Records, families: Sequence[Family]) -> Kinds:
    """Return the kinds of events, and what each feeds."""
    feeds = _feeds(families)
    counts = (
        records.events.with_columns(value=records.tables.events["value"])
        .group_by("kind")
        .agg(
            n=pl.len(),
            share=pl.col("place").n_unique() / records.n,
            no_actor=pl.col("actor").is_null().mean(),
            no_value=pl.col("value").is_null().mean(),
        )
        .sort(["n", "kind"], descending=[True, False])
    )
    every = [Kind(**row, features=feeds.get(row["kind"], {})) for row in counts.iter_rows(named=True)]
    known = [one for one in every if one.features or not is_own(one.kind)]
    own = [one for one in every if not one.features and is_own(one.kind)]
    there = {one.kind for one in every}
    found = Kinds(
        [one for one in every if one in known or len(own) <= MAX_WORDS],
        len(own),
        sum(one.n for one in own),
        {
            kind: sum(map(len, by_family.values()))
            for kind, by_family in sorted(feeds.items())
            if kind not in there
        },
        records.n - records.events["place"].n_unique(),
        [],
    )
    found.findings.extend(_findings(found, own, records, families))
    return found


def _feeds(families: Sequence[Family]) -> dict[str, dict[str, list[str]]]:
    """Return by kind of event, and by family, the features that read it by name."""
    feeds: dict[str, dict[str, list[str]]] = {}
    family_of = {family.column(feature): family.name for family in families for feature in family.features}
    for feature, read in kinds_read(families).items():
        for kind in read:
            feeds.setdefault(kind, {}).setdefault(family_of[feature], []).append(feature)
    return feeds


def _findings(
    found: Kinds, own: Sequence[Kind], records: Records, families: Sequence[Family]
) -> Iterator[Finding]:
    if not records.events.height:
        yield Finding(
            "kinds",
            "error",
            "There are no events.",
            "An interaction without an event is not scored: the model abstains from all of them.",
            MAPPING,
            yaml_line("events", [{"kind": "arrived", "at": {"after": "started_at"}, "actor": "customer"}]),
        )
        return
    if found.n_without:
        share = found.n_without / records.n
        yield Finding(
            "kinds",
            "warning" if share > _FEW else "note",
            f"{number(found.n_without)} of {number(records.n)} interactions ({percent(share, 1)}) have no "
            "event.",
            "They are not scored: the model abstains.",
            MAPPING,
            yaml_line("events", [{"kind": "arrived", "at": {"after": "started_at"}, "actor": "customer"}]),
        )
    yield from _wait_never_ends(records)
    if own:
        yield _own_kinds(found, own, records)
    yield from _without_details(found, families)


def _wait_never_ends(records: Records) -> Iterator[Finding]:
    attended = {one.event_kind for one in ColumnsBySource([ATTENDED]).all if isinstance(one, EventColumn)}
    n = int(records.milestones["served_at"].is_not_null().sum())
    if n / records.n < _FEW:
        yield Finding(
            "kinds",
            "warning",
            f"{number(n)} of {number(records.n)} interactions have an event that ends the customer's wait "
            f"({enumeration(sorted(attended))}, or the matter resolved or delivered).",
            "The wait runs on until the end or the moment. Waiting is the strongest family of features in "
            "most companies.",
            MAPPING,
            yaml_line("events", [{"kind": "responded", "at": "First response", "actor": "staff"}]),
        )


def _own_kinds(found: Kinds, own: Sequence[Kind], records: Records) -> Finding:
    share = found.n_own_events / records.events.height
    least = least_interactions(records.n)
    n_common = sum(round(one.share * records.n) >= least for one in own)
    near = {one.kind: core for one in own if (core := _near(one.kind))}
    is_shown = len(own) <= MAX_WORDS
    named = f": {enumeration([f'{one.kind} ({number(one.n)})' for one in own[:5]])}" if is_shown else ""
    first = ", the most frequent" if is_shown and len(own) > 5 else ""
    is_one = len(own) == 1
    line = ""
    if is_shown:
        example = dict(list(near.items())[:5]) or {own[0].kind: "…"}
        line = yaml_line("event_log", {"kinds": example}, "a kind that features know; null leaves it out")
    return Finding(
        "kinds",
        "warning" if share > _MOST else "note",
        f"{number(len(own))} kind{'' if is_one else 's'} of events, {percent(share)} of all events, "
        f"{'is' if is_one else 'are'} known to no feature by name{first}{named}.",
        f"They are treated as the company's own: {number(n_common)} of them {'is' if n_common == 1 else 'are'} in at "
        f"least {number(math.ceil(least))} interactions, common enough for training to consider how often and how long "
        "ago they happened (`kinds.own` in model.yaml). The others count only as “something happened”. If one of them "
        "means the same as a kind that features know, map it to that kind: features know what it means.",
        MAPPING,
        line,
    )


def _near(kind: str) -> str:
    """Return the kind that features know with nearly the same name, or a nearly equal word in the name, if any."""
    words = [kind, *(word for word in kind.split("_") if len(word) > 4)]
    for word in words:
        close = difflib.get_close_matches(word, sorted(CORE_KINDS), n=1, cutoff=_CLOSE)
        if close:
            return close[0]
    return ""


def _without_details(found: Kinds, families: Sequence[Family]) -> Iterator[Finding]:
    """Yield kinds whose features need an actor or a value that their events do not have."""
    leaves = ColumnsBySource(feature.value for family in families for feature in family.features).all
    by_actor = {one.event_kind for one in leaves if isinstance(one, EventColumn) and one.actor}
    by_value = {one.event_kind for one in leaves if isinstance(one, Amount)}
    for what, wanted, attribute, example in (
        ("actor", by_actor, "no_actor", {"actor": "staff"}),
        ("value", by_value, "no_value", {"value": "Amount"}),
    ):
        lacking = [one for one in found.kinds if one.kind in wanted and getattr(one, attribute) > _MOST]
        if not lacking:
            continue
        names = enumeration(
            [f"{one.kind} ({percent(getattr(one, attribute))} without)" for one in lacking[:5]]
        )
        yield Finding(
            "kinds",
            "warning" if what == "actor" and any(one.kind == "message" for one in lacking) else "note",
            f"Most events of some kinds have no {what}: {names}.",
            f"Features that read the {what} of these events take it as unknown."
            if what == "value"
            else "Features that count what staff, a manager or the customer did do not see these events.",
            MAPPING,
            yaml_line("events", [{"kind": lacking[0].kind, "at": "…", **example}]),
        )
