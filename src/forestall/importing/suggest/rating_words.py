"""Words and emoji that are ratings, each with its place from 1 (worst) to 5 (best)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from forestall.importing.suggest.name_words import plain_words, read_words

_VARIANT = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_MILD = re.compile(
    r"(?i)やや|まあ|\b(?:somewhat|fairly|rather|quite|eher|ziemlich|plut[ôo]t|noget|lidt|ganska|ganske|nogal|algo|"
    r"un poco|piuttosto|abbastanza)\b"
)


@cache
def _word_ranks() -> dict[str, int | None]:
    ranks: dict[str, int | None] = {}
    for language in read_words("rating_words.yaml").values():
        for rank, words in language.items():
            for word in words:
                ranks.setdefault(_key(word), None if rank == "none" else int(rank))
    return ranks


def _key(word: str) -> str:
    """Return a word as it is compared; an emoji or a smiley, which has no letters, as it stands, of any colour."""
    return " ".join(plain_words(word)) or _VARIANT.sub("", word).strip()


def word_rank(word: str) -> int | str | None:
    """Return the place of a word from 1 (worst) to 5 (best), None for a state of the survey, `unknown` for others.

    Examples
    --------
    >>> word_rank("Very satisfied"), word_rank("👎🏽"), word_rank("Offered"), word_rank("Maybe")
    (5, 2, None, 'unknown')
    """
    return _word_ranks().get(_key(word), "unknown")


def is_picture(word: str) -> bool:
    """Return whether a word is an emoji or a smiley of a rating, such as `😀` or `:-(`."""
    return not plain_words(word) and word_rank(word) != "unknown"


def without_ties(ranks: Mapping[str, int]) -> dict[str, int]:
    """Return the places of words, those of plain words moved to the ends where milder ones have the same.

    Beside `somewhat satisfied`, `satisfied` is the best if nothing is better.
    """
    moved = dict(ranks)
    for inner, end in ((4, 5), (2, 1)):
        mild = {word for word, rank in ranks.items() if rank == inner and _MILD.search(word)}
        plain = {word for word, rank in ranks.items() if rank == inner} - mild
        if mild and plain and end not in ranks.values():
            moved |= dict.fromkeys(plain, end)
    return moved
