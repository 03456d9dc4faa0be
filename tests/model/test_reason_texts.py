"""The languages of reasons: complete, with the same values, and with numbers as in that language."""

import re

import pytest

from forestall.errors import UsageError
from forestall.model.reason_texts import languages, read_messages
from forestall.model.reasons import feature_text, lost_feature_text, text_template
from forestall.moment_features import columns_of
from forestall.moment_features.catalogue import ALL_FAMILIES
from forestall.moment_features.own_kinds import OwnKinds

FEATURES = columns_of(ALL_FAMILIES)
OTHERS = [code for code in languages() if code != "en"]


def holes(text: str) -> list[str]:
    """Return the values that a text names, without the words that go with a number."""
    return sorted(re.findall(r"\{(?:value|hours|standard)\}", text))


def test_there_are_three_languages():
    assert languages() == ["af", "da", "en"]


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_a_text_for_every_feature_and_no_other(code):
    assert list(read_messages(code).language.features) == list(FEATURES)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_names_the_same_values_as_english(code):
    told = read_messages(code).language.features
    wrong = [name for name, feature in FEATURES.items() if holes(told[name]) != holes(feature.reason)]
    assert not wrong


@pytest.mark.parametrize("code", languages())
def test_every_feature_has_a_text_with_and_without_a_value(code):
    messages = read_messages(code)
    for name, feature in FEATURES.items():
        assert text_template(name, feature, messages)
        for value in ("x",) if feature.is_category else (1.5, 0.0, 1.0):
            text = feature_text(name, feature, value, 90.0, messages)
            assert text
            assert not re.search(r"[{}|]", text)
        assert not re.search(r"[{}|]", lost_feature_text(name, feature, 90.0, messages))


@pytest.mark.parametrize(
    ("code", "column", "value", "said"),
    [
        ("da", "service_wait_s", 250.0, "ventede 4 min 10 s på at blive betjent, standarden er 90 s"),
        ("da", "service_total_s", 5400.0, "1 t 30 min i alt indtil nu"),
        ("da", "quality_price", 1234.5, "en pris på 1.234"),
        ("da", "history_rating_mean", 2.5, "vurderede 2,5 i gennemsnit"),
        ("da", "history_rated_share", 0.25, "vurderer 25\xa0% af henvendelserne"),
        ("da", "history_open_n", 1.0, "1 tidligere henvendelse er stadig åben"),
        ("da", "history_open_n", 2.0, "2 tidligere henvendelser er stadig åbne"),
        ("da", "service_start_hour", 9.5, "ankom kl. 09.30 UTC"),
        ("da", "service_start_weekday", 1.0, "ankom en mandag"),
        ("da", "resolution_by_manager", 0.0, "en leder deltog: nej"),
        ("af", "service_wait_s", 250.0, "het 4 min 10 s gewag om bedien te word, die standaard is 90 s"),
        ("af", "service_total_s", 5400.0, "tot dusver altesaam 1 u 30 min"),
        ("af", "service_start_weekday", 7.0, "het op 'n Sondag aangekom"),
        ("af", "history_rating_mean", 2.5, "het gemiddeld 'n 2,5 gegee"),
        ("da", "service_wait_business_s", 27 * 3600.0, "ventede 27 t af åbningstiden på at blive betjent"),
        ("af", "quality_defect_n", 1.0, "1 defek tot dusver"),
        ("af", "quality_defect_n", 3.0, "3 defekte tot dusver"),
    ],
)
def test_numbers_and_plurals_are_those_of_the_language(code, column, value, said):
    assert feature_text(column, FEATURES[column], value, 90.0, read_messages(code)) == said


def test_features_of_own_kinds_and_attributes_have_a_text_in_each_language():
    own = OwnKinds(("noted",), ("noted",), ("noted",), numbers=("amount",), texts=("team",))
    keys = {one.text_key: one for one in own.features}
    for code in OTHERS:
        told = read_messages(code).language.own
        assert told.keys() == keys.keys()
        names = ("value", "kind")
        for key, feature in keys.items():
            expected = [name for name in names if f"{{{name}}}" in feature.reason]
            assert [name for name in names if f"{{{name}}}" in told[key]] == expected


@pytest.mark.parametrize(
    ("code", "key", "value", "said"),
    [
        ("en", "kind_noted_n", 1.0, "'noted' happened 1 time"),
        ("en", "kind_noted_n", 3.0, "'noted' happened 3 times"),
        ("en", "kind_noted_ago_s", 250.0, "'noted' last happened 4 min 10 s ago"),
        ("en", "kind_last", "noted", "the last event was 'noted'"),
        ("en", "event_amount_mean", 2.5, "'amount' was 2.5 on average"),
        ("da", "kind_noted_n", 3.0, "'noted' skete 3 gange"),
        ("da", "event_amount_highest", 2.5, "'amount' var højst 2,5"),
        ("af", "kind_noted_ago_s", 250.0, "'noted' het laas 4 min 10 s gelede gebeur"),
    ],
)
def test_a_reason_names_the_kind_and_its_value(code, key, value, said):
    own = OwnKinds(("noted",), ("noted",), ("noted",), numbers=("amount",))
    feature = {one.name: one for one in own.features}[key]
    assert feature_text(f"context_{key}", feature, value, 90.0, read_messages(code)) == said


def test_a_value_with_placeholders_is_written_unchanged():
    text = feature_text(
        "expectation_venue", FEATURES["expectation_venue"], "{standard} {a|b}", 90.0, read_messages("en")
    )
    assert text == "at {standard} {a|b}"


def test_an_unknown_language_is_refused_with_the_available_ones():
    with pytest.raises(UsageError, match="language must be one of af, da, en"):
        read_messages("tlh")


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("value", [1e15, -1e20, 1e308, 5e-324, 9.9e14])
def test_a_very_large_number_is_written_too(code, value):
    assert read_messages(code).number(value)


BUSINESS = [name for name in FEATURES if name.endswith("_business_s")]


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("name", BUSINESS)
def test_opening_time_has_no_days(code, name):
    """A day with nine opening hours is no day of 24 hours."""
    messages = read_messages(code)
    units = messages.language.units
    text = feature_text(name, FEATURES[name], 3 * 86_400.0 + 60, 90.0, messages)
    assert f"72 {units.h} 1 {units.min}" in text
    assert f" {units.d} " not in text


def test_a_lost_duration_of_opening_time_has_a_gap():
    name, messages = "service_wait_business_s", read_messages("en")
    assert lost_feature_text(name, FEATURES[name], 90.0, messages) == (
        "not known: waited … of opening time to be served; the higher of two risks counts"
    )
