"""Phrases by language and occasion. `{name}` is replaced by the customer's name, `{product}` by the product's."""

from __future__ import annotations

from forestall.simulation.words import af, da, de, en, pt

OCCASIONS = (
    "greet_rude", "greet_curt", "greet_neutral", "greet_polite", "greet_by_name",
    "say_rude", "say_curt", "say_neutral", "say_polite",
    "answer_rude", "answer_curt", "answer_neutral", "answer_polite",
    "sorry", "informed", "issue", "fault", "friendly", "plain", "upset", "complaint", "again",
)  # fmt: skip
WORDS = {"af": af.WORDS, "da": da.WORDS, "en": en.WORDS, "de": de.WORDS, "pt": pt.WORDS}
# twelve names per locale, as staff would say them
NAMES = {
    "af-ZA": (
        "Pieter", "mnr. Botha", "Annelie", "mev. Nel", "Johan", "Marlene", "Francois", "mev. Venter",
        "Elmarie", "Hennie", "mnr. Steyn", "Riaan",
    ),
    "en-ZA": (
        "Thabo", "Ms Naidoo", "Lerato", "Mr Dlamini", "Sipho", "Priya", "Nomsa", "Mr Pillay", "Zanele",
        "Kagiso", "Ms Khumalo", "Craig",
    ),
    "da-DK": (
        "Mette", "hr. Jensen", "Lars", "fru Nielsen", "Søren", "Kirsten", "Anders", "Ida", "Freja",
        "Jens", "fru Holm", "Niels",
    ),
    "en-GB": (
        "Emma", "Mr Taylor", "Oliver", "Mrs Clarke", "Harry", "Grace", "Mr Hughes", "Sophie", "George",
        "Alice", "Ms Wright", "Jack",
    ),
    "de-DE": (
        "Herr Schmidt", "Frau Weber", "Lukas", "Frau Fischer", "Jonas", "Anna", "Herr Becker", "Lena",
        "Felix", "Herr Wagner", "Frau Koch", "Paul",
    ),
    "pt-PT": (
        "João", "senhora Silva", "Maria", "senhor Costa", "Tiago", "Inês", "Rui", "senhora Santos",
        "Beatriz", "Pedro", "senhor Almeida", "Ana",
    ),
}  # fmt: skip
