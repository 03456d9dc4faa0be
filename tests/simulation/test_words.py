"""Phrases of all languages."""

from forestall.simulation.service import LANGUAGES
from forestall.simulation.words import NAMES, OCCASIONS, WORDS
from forestall.simulation.world import LOCALES


def test_every_language_has_the_same_occasions() -> None:
    for language in LANGUAGES:
        assert set(WORDS[language]) == set(OCCASIONS), language
        assert {len(phrases) for phrases in WORDS[language].values()} == {3}, language


def test_every_locale_has_twelve_names() -> None:
    assert {locale.name: len(NAMES[locale.name]) for locale in LOCALES} == {
        locale.name: 12 for locale in LOCALES
    }
