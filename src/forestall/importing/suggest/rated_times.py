"""Which times belong to the rating, where no word of their own name says so."""

from __future__ import annotations

import polars as pl

from forestall.importing.suggest.name_words import plain_words
from forestall.importing.suggest.rating_evidence import RatingColumn
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.time_evidence import TimeColumn

_OF_TIME = {"at", "date", "time", "on", "timestamp", "datum", "dato", "fecha"}
_LEAST_ALIKE = 0.98
_FEWEST = 20


def is_time_of_rating(time: TimeColumn, rating: RatingColumn, scene: Scene) -> bool:
    """Return whether a time is that of the rating, by its name or by the rows that have it.

    Such as `conversation_rating.created_at` beside `conversation_rating.rating`, `stars_at` beside `stars`, and a
    `Datum` that is filled where there is a rating and nowhere else.
    """
    return _is_named_alike(time.name, rating.column, scene) or _is_filled_alike(time.values, rating.score)


def _is_named_alike(time: str, rating: str, scene: Scene) -> bool:
    if scene.table_of(time) != scene.table_of(rating):
        return False
    *time_objects, time_name = time.split(".")
    *rating_objects, rating_name = rating.split(".")
    if time_objects != rating_objects:
        return False
    if time_objects and len(time_objects) > bool(scene.table_of(time)) and _is_small(time_objects, scene):
        return True
    words = plain_words(time_name)
    return set(words) & _OF_TIME != set() and _without_time(words) == plain_words(rating_name)


def _is_small(objects: list[str], scene: Scene) -> bool:
    """Return whether an object is about the rating alone: its name says it, or it has few other values."""
    place = ".".join(objects) + "."
    has_key = any(name.startswith(place) and plain_words(name)[-1:] == ("id",) for name in scene.profiles)
    return not has_key and sum(name.startswith(place) for name in scene.profiles) <= 6


def _without_time(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _OF_TIME)


def _is_filled_alike(times: pl.Series, score: pl.Series) -> bool:
    """Return whether a time is filled in the rated rows and, nearly, nowhere else; False where all rows are rated."""
    if len(times) != len(score):
        return False
    has_time, is_rated = times.is_not_null(), score.is_not_null()
    n_rated, n_unrated = int(is_rated.sum()), int((~is_rated).sum())
    both = int((has_time & is_rated).sum())
    if min(n_rated, n_unrated, both) < _FEWEST:
        return False
    return both >= _LEAST_ALIKE * n_rated and both >= _LEAST_ALIKE * int(has_time.sum())
