"""The effect of a contact is learnt from the experiments in the table `contacts`."""

import polars as pl
import pytest

from forestall.data import Tables
from forestall.errors import InputError
from forestall.model import Spec, families_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import Label
from forestall.training.effect_training import (
    LearntEffect,
    check_has_experiment,
    effect_rows,
    learn_effect,
)
from made_experiments import made_company, made_differing_company

SPEC = Spec(
    name="effects",
    label=Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=30),
    families=["expectation"],
)


def learnt(tables: Tables) -> LearntEffect:
    return learn_effect(tables, SPEC, sources_of(tables, SPEC.standards), families_of(SPEC, {}))


@pytest.fixture(scope="module")
def company() -> Tables:
    return made_differing_company()


@pytest.fixture(scope="module")
def found(company) -> LearntEffect:
    return learnt(company)


def test_whom_a_contact_helps_and_annoys_is_learnt(found) -> None:
    assert found.effect is not None
    assert found.effect.orders_contacts
    features = pl.DataFrame({name: [None, None] for name, _ in found.effect.columns.columns})
    features = features.with_columns(expectation_channel=pl.Series(["chat", "phone"]))
    helped, annoyed = found.effect.predict(features, pl.Series([0.5, 0.5]).to_numpy())
    assert helped < -0.15
    assert annoyed > 0.15
    assert found.notes == []


def test_sleeping_dogs_are_named_by_what_is_recorded_of_them(found) -> None:
    assert found.order.sleeping is not None
    name, value, own, other = found.order.sleeping.marks[0]
    assert (name, value) == ("expectation_channel", "phone")
    assert own > 0.9
    assert other < 0.1


def test_a_customer_counts_once_and_only_when_the_horizon_is_over(company) -> None:
    rows = effect_rows(company, SPEC)
    assert rows["customer"].n_unique() == rows.height == company.contacts.height
    early = company.replace(events=company.events.filter(pl.col("kind") != "note"))
    assert effect_rows(early, SPEC).height < 0.6 * rows.height


def test_with_too_few_customers_nothing_is_learnt_and_that_is_said(company) -> None:
    few = company.replace(contacts=company.contacts.head(150))
    found = learnt(few)
    assert found.effect is None
    assert "at least 100 are needed" in found.notes[0]


def test_a_contact_that_changes_who_rates_keeps_the_order() -> None:
    tables, _ = made_company(2500, 0.5, held_out=0.5, more_rate=0.3)
    _, contacts = made_company(2500, 0.5, held_out=0.5, more_rate=0.3)
    with_contacts = Tables(tables.interactions, tables.events, tables.feedback, tables.about, contacts)
    found = learnt(with_contacts)
    assert not found.effect.orders_contacts
    assert "changes who rates" in found.notes[0]


def test_an_experiment_is_needed(company) -> None:
    check_has_experiment(company)
    nobody_held_out = company.replace(contacts=company.contacts.filter(pl.col("arm") != "holdout"))
    for tables in (nobody_held_out, company.replace(contacts=company.contacts.clear())):
        with pytest.raises(InputError, match="contacted and held-out customers"):
            check_has_experiment(tables)
