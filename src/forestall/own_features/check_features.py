"""The checks that every feature must pass, on a company's own features and records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import CORE_KINDS
from forestall.errors import FeatureError, nearest
from forestall.moment_features.catalogue import without_clock
from forestall.moment_features.standards import Standards
from forestall.moment_features.terms import leaves
from forestall.own_features import blindness, later_facts, translations
from forestall.own_features.column_arguments import kinds_of
from forestall.own_features.fault import Fault
from forestall.own_features.own_features import OwnFeatures
from forestall.own_features.sample import Sample

FEW, MANY = 500, 3_000
"""Interactions that features are tried on before a training, and by `forestall check-features`."""


@dataclass(frozen=True)
class Checked:
    """What the checks found.

    Attributes
    ----------
    n_interactions, n_moments
        What the features were tried on.
    rules
        The rules that were checked.
    faults
        What features do that they must not.
    notes
        What a reader should know of features that break no rule.
    known
        By feature, the share of moments at which it is known.
    """

    n_interactions: int
    n_moments: int
    rules: tuple[str, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    known: dict[str, float]


def check_own_features(own: OwnFeatures, tables: Tables, standards: Standards, n: int = MANY) -> Checked:
    """Check own features on a sample of a company's records.

    Parameters
    ----------
    own
        The features.
    tables
        The records; columns that features read have their types (see `model.input_tables`).
    standards
        The standards.
    n
        About how many interactions are tried.

    Raises
    ------
    InputError
        There are no interactions.
    FeatureError
        A feature reads a column that the tables do not have.
    """
    families = own.families if tables.about["clock"] != "none" else without_clock(own.families)
    check_columns(own, tables)
    sample = Sample.of(tables, [one for one in families if one.features], standards, n)
    return check_sample(sample, own)


def check_sample(sample: Sample, own: OwnFeatures) -> Checked:
    """Check features on a sample. A feature that breaks a rule is not tried by the rules that follow."""
    rules: dict[str, Sequence[Callable[[Sample], Iterator[Fault]]]] = {
        later_facts.RULE: (later_facts.faults_of_columns, later_facts.faults_of_events),
        blindness.RATING: (blindness.faults_of_rating,),
        blindness.OTHERS: (blindness.faults_of_others,),
        blindness.ORDER: (blindness.faults_of_order,),
        blindness.KEYS: (blindness.faults_of_keys,),
        blindness.DATE: (blindness.faults_of_date,),
        blindness.ALONE: (blindness.faults_of_moments,),
        translations.RANGE: (translations.faults_of_range,),
        translations.SAME: (lambda one: translations.faults_of_translations(one, own),),
    }
    faults: dict[str, Fault] = {}
    if sample.features:
        for checks in rules.values():
            for check in checks:
                for fault in check(sample):
                    faults.setdefault(fault.feature, fault)
    table = sample.compute(sample.tables, sample.all_moments, None) if sample.features else pl.DataFrame()
    known = {name: 1 - table[name].null_count() / table.height for name in sample.features}
    return Checked(
        sample.tables.interactions.height,
        sample.all_moments.height,
        tuple(rules),
        tuple(faults.values()),
        tuple(_notes(sample, table)),
        known,
    )


def refuse_faults(checked: Checked) -> None:
    """Raise an error if a feature breaks a rule.

    Raises
    ------
    FeatureError
        It does; the message has the first fault and says how many there are.
    """
    if checked.faults:
        more = len(checked.faults) - 1
        others = f" ({more} more; `forestall check-features` names them all)" if more else ""
        raise FeatureError(f"{checked.faults[0]}{others}")


def check_columns(own: OwnFeatures, tables: Tables) -> None:
    """Check that tables have the further columns which own features read.

    Raises
    ------
    FeatureError
        They lack one.
    """
    wanted: list[tuple[str, str, Any]] = [
        ("interactions", name, tables.interactions) for name in own.further_columns
    ]
    wanted += [("events", name, tables.events) for name in own.attributes]
    for table, name, frame in wanted:
        if name not in frame.columns:
            do = "keep it by 'keep' in the mapping file, or correct the name"
            raise FeatureError(
                f"{table} must have the column '{name}', which own features read; {do}: {nearest(name, frame.columns)}"
            )


def _notes(sample: Sample, table: pl.DataFrame) -> Iterator[str]:
    there = set(sample.tables.events["kind"])
    for name, feature in sample.features.items():
        for kind in sorted({kind for leaf in leaves([feature.value]) for kind in kinds_of(leaf)} - there):
            hint = "" if kind in CORE_KINDS else f"; {nearest(kind, there)}"
            yield f"{name} reads events of the kind '{kind}', and these records have none{hint}"
        if table[name].null_count() == table.height:
            yield f"{name} is known at no moment of these records"
        elif table[name].n_unique() == 1:
            yield f"{name} has the same value at all moments of these records"
