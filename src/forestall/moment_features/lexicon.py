"""Lexicons: the words and phrases that are counted in texts, one data file a language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from forestall.config import Strict, read_config
from forestall.errors import UsageError
from forestall.moment_features.text_tokens import tokens_of

FOLDER = Path(__file__).parent / "lexicons"
CATEGORIES = (
    "greetings",
    "thanks",
    "apologies",
    "polite",
    "rude",
    "positive",
    "negative",
    "farewells",
    "promises",
)
COURTESIES = ("greetings", "thanks", "apologies", "farewells")


class Lexicon(Strict):
    """The words and phrases of one language, as its file lists them.

    Case and accents are ignored; an apostrophe or a hyphen separates words as a space does.

    Parameters
    ----------
    language
        Its code, the first part of locales (`en` of `en-ZA`).
    greetings, thanks, apologies, polite, rude, positive, negative, farewells, promises
        The counted lists. A word or phrase is in one of them only.
    negations
        Words that make a positive word after them negative.
    titles
        Words before a name (`Mrs`).
    particles
        Words with which a name may start after a title (`van`).
    nobody
        Words in the place of a name that are no names (`team`).
    common
        Frequent words, by which the language is recognised.
    """

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    name: str
    greetings: list[str]
    thanks: list[str]
    apologies: list[str]
    polite: list[str]
    rude: list[str]
    positive: list[str]
    negative: list[str]
    farewells: list[str]
    promises: list[str]
    negations: list[str] = Field(default_factory=list)
    titles: list[str] = Field(default_factory=list)
    particles: list[str] = Field(default_factory=list)
    nobody: list[str] = Field(default_factory=list)
    common: list[str]

    def entries(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each entry as the name of its list and its words.

        Raises
        ------
        UsageError
            An entry holds no word.
        """
        for name in (*CATEGORIES, "negations", "titles", "particles", "nobody", "common"):
            for text in getattr(self, name):
                entry = tuple(token.casefold() for token in tokens_of(text) if token[0].isalnum())
                if not entry:
                    raise UsageError(f"lexicon {self.language}: an entry of {name} holds no word")
                yield name, entry


def read_lexicons(folder: str | Path = FOLDER) -> list[Lexicon]:
    """Return the lexicons in a folder, by language code.

    Raises
    ------
    UsageError
        The folder has no lexicon, a file is not a lexicon, or a language has two files.
    """
    lexicons = [read_config(path, Lexicon) for path in sorted(Path(folder).glob("*.yaml"))]
    if not lexicons:
        raise UsageError(f"{folder} must hold lexicons (one .yaml file a language); there is none")
    codes = [lexicon.language for lexicon in lexicons]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise UsageError(f"{folder}: each language must have one file; {twice[0]} has more")
    return sorted(lexicons, key=lambda lexicon: lexicon.language)
