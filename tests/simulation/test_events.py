"""Events of visits: in order of time, with words in the language of the speaker."""

import numpy as np
import polars as pl

from forestall.simulation.events import EventCollector, event_rows
from forestall.simulation.service import LANGUAGES
from forestall.simulation.words import OCCASIONS, WORDS
from forestall.simulation.world import LOCALES, Columns


def test_words_are_in_the_language_of_the_speaker(tables: dict[str, pl.DataFrame]) -> None:
    home = {locale.name: locale.language for locale in LOCALES}
    plain = {
        phrase: language
        for language in LANGUAGES
        for occasion in OCCASIONS
        for phrase in WORDS[language][occasion]
        if "{" not in phrase and sum(phrase in words[occasion] for words in WORDS.values()) == 1
    }
    said = tables["events"].join(
        tables["interactions"].select("interaction_id", "locale"), on="interaction_id"
    )
    said = said.filter(pl.col("text").is_in(list(plain))).with_columns(
        spoken=pl.col("text").replace_strict(plain), own=pl.col("locale").replace_strict(home)
    )
    customers = said.filter(pl.col("actor") == "customer")
    assert customers["spoken"].equals(customers["own"])
    staff = said.filter(pl.col("actor") == "staff")
    assert 0.02 < (staff["spoken"] != staff["own"]).mean() < 0.2
    assert {"af", "da", "en"} <= set(staff["spoken"])
    assert not tables["events"]["text"].drop_nulls().str.contains("{", literal=True).any()


def test_events_are_in_order_of_visit_and_time(visits: Columns) -> None:
    some = {name: values[:500] for name, values in visits.items()}
    rows = event_rows(some, np.random.default_rng(1))
    assert rows.select("visit", "after_us").equals(rows.select("visit", "after_us").sort("visit", "after_us"))
    assert rows["visit"].n_unique() == 500
    arrived = rows.filter(kind="arrived")
    assert arrived["after_us"].to_list() == [0] * 500
    ends = rows.filter(pl.col("kind").is_in(["closed", "abandoned"]))
    assert ends["visit"].to_list() == list(range(500))
    assert (ends.filter(kind="abandoned").height > 0) == bool(some["has_left"].any())


def test_an_event_is_added_to_the_visits_of_its_mask(visits: Columns) -> None:
    some = {name: values[:4] for name, values in visits.items()}
    collector = EventCollector(some, np.random.default_rng(1))
    mask = np.array([True, False, True, False])
    collector.add("defect", mask, np.arange(4.0), 0, value=np.arange(4.0) * 10)
    added = {name: parts[0].tolist() for name, parts in collector.rows.items()}
    assert added["visit"] == [0, 2]
    assert added["after"] == [0.0, 2.0]
    assert added["value"] == [0.0, 20.0]
    assert added["words"] == [-1, -1]  # no occasion, no words
