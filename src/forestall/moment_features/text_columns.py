"""Columns of the state that come from the learnt scores of texts: a conversation up to the moment.

The texts of one author at one time are one *turn*: the rows of a table have no order, and of several at one time none
is the last. What a turn adds is computed from it and the turns before it, once; a moment reads the last turn that it
knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from forestall.moment_features.events import ACTORS, STAFF, Events
from forestall.moment_features.row_aggregates import Array, Bools, places_in_runs
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import EventField, StateColumn
from forestall.moment_features.text_buckets import BITS, Buckets, all_buckets
from forestall.moment_features.text_embedding import has_vector
from forestall.moment_features.text_score import DECAY, EARLIER, ROLES, UNIT, TextWeights, vector_columns
from forestall.moments.timeline import Ints

Author = Literal["customer", "staff"]
What = Literal["last", "earlier", "mean", "worst", "change", "repeated", "n_turns", "n_words", "n_questions"]
AUTHORS: tuple[Author, ...] = ("customer", "staff")
_COUNTED: tuple[What, ...] = ("repeated", "n_turns", "n_words", "n_questions")
_TEXTS_AT_ONCE = 20_000
_TURN_BITS = 23  # a conversation, a bucket and a turn are one number, whose order is theirs


@dataclass(frozen=True, repr=False)
class TextColumn(StateColumn):
    """A value of an author's texts up to the moment; null where there was no text.

    Parameters
    ----------
    author
        Whose texts.
    what
        In log-odds: `last`, the score of the last turn; `earlier`, what the turns before it add; `mean`, the mean
        score with recent turns weighing more; `worst`, the highest; `change`, the last minus the mean of those
        before it, null for a first one. `repeated`, the share of the last turn's n-grams that the author had
        used before, null for a first turn. `n_turns`, the number of turns; `n_words` and `n_questions` of the last.
    weights
        The learnt weights.
    """

    author: Author
    what: What
    weights: TextWeights

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"learnt text {self.author} {self.what}"

    def read_from(self, standards: Standards) -> frozenset[EventField]:
        """Return the first column of the embedding, which stands for the vector, if the value is a score."""
        del standards
        columns = () if self.what in _COUNTED else vector_columns(self.weights)
        return frozenset(EventField(one) for one in columns[:1])


class Turns(NamedTuple):
    """The turns of one author, by interaction and time.

    Attributes
    ----------
    first
        The first row of each turn in the timeline of the events, ascending, shape (n_turns,).
    turn
        The turn of each text, shape (n_texts,).
    rank
        How many turns of its interaction come before each, shape (n_turns,).
    """

    first: Ints
    turn: Ints
    rank: Ints

    @classmethod
    def of(cls, rows: Ints, owner: Ints, at: Ints) -> Turns:
        """Return the turns of texts, given their rows, interactions and times in the order of the timeline."""
        is_new = np.ones(len(rows), dtype=bool)
        is_new[1:] = (owner[1:] != owner[:-1]) | (at[1:] != at[:-1])
        start = np.flatnonzero(is_new)
        whose = owner[start]
        n = len(start)
        begins = np.ones(n, dtype=bool)
        begins[1:] = whose[1:] != whose[:-1]
        first_of_owner = np.maximum.accumulate(np.where(begins, np.arange(n), 0)) if n else start
        return cls(rows[start], np.cumsum(is_new) - 1, np.arange(n) - first_of_owner)

    def later_by_rank(self) -> Iterator[Ints]:
        """Yield the second turns of all conversations, then the third ones, and so on."""
        order = np.argsort(self.rank, kind="stable")
        edges = np.searchsorted(self.rank[order], np.arange(1, int(self.rank.max(initial=0)) + 2))
        for begin, stop in pairwise(edges.tolist()):
            yield order[begin:stop]

    def sums(self, values: Array) -> Ints:
        """Return the sum of whole numbers over the texts of each turn."""
        sums = np.zeros(len(self.first), dtype=np.int64)
        np.add.at(sums, self.turn, values)
        return sums


class TextRows(NamedTuple):
    """The texts that moments know: their rows in the timeline, interactions, times and authors."""

    rows: Ints
    owner: Ints
    at: Ints
    is_of: Mapping[Author, Bools]

    def parts(self, n: int) -> Iterator[slice]:
        """Yield slices of whole interactions with `n` texts or a few more; at least one, which may be empty."""
        begin = 0
        while begin + n < len(self.rows):
            stop = int(np.searchsorted(self.owner, self.owner[begin + n], side="right"))
            yield slice(begin, stop)
            begin = stop
        if begin < len(self.rows) or not begin:
            yield slice(begin, None)

    def part(self, some: slice) -> TextRows:
        """Return some of the texts."""
        is_of = {author: is_his[some] for author, is_his in self.is_of.items()}
        return TextRows(self.rows[some], self.owner[some], self.at[some], is_of)


def text_rows(events: Events, place: Ints, end: Ints, columns: Sequence[str] = ()) -> TextRows:
    """Return the texts of the moments' interactions up to the last of their moments.

    An event with a vector and no text is one too: a company may keep the vectors only.

    Parameters
    ----------
    events
        The events.
    place, end
        The interaction of each moment, and the end of the events that it knows, both of shape (n_moments,).
    columns
        The columns of the events that are a vector.
    """
    owners, which = np.unique(place, return_inverse=True)
    until = np.zeros(len(owners), dtype=np.int64)
    np.maximum.at(until, which, end)
    begin = events.timeline.begin(owners)
    rows, owner = places_in_runs(begin, np.maximum(until, begin))
    has_text = events.columns["n_texts"][rows].astype(bool)
    if columns:
        has_text |= has_vector(events, rows, columns)
    rows, owner = rows[has_text], owner[has_text]
    actor = events.columns["actor"][rows]
    is_of: dict[Author, Bools] = {
        "customer": actor == ACTORS["customer"],
        "staff": np.isin(actor, STAFF),
    }
    return TextRows(rows, owner, events.timeline.at[rows], is_of)


def texts_so_far(events: Events, place: Ints, as_of: Ints, columns: Sequence[TextColumn]) -> dict[str, Array]:
    """Return values of the texts of interactions up to moments, by name, each of shape (n_moments,).

    Each text is read once, however many moments know it.

    Parameters
    ----------
    events
        The events.
    place, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    columns
        The columns wanted, all with the same weights.
    """
    begin, end = events.timeline.begin(place), events.timeline.known(place, as_of)
    weights = columns[0].weights
    texts = text_rows(events, place, end, vector_columns(weights))
    parts = [_turns_of(events, texts.part(some), weights) for some in texts.parts(_TEXTS_AT_ONCE)]
    found: dict[str, Array] = {}
    for author in AUTHORS:
        first = np.concatenate([part[author].first for part in parts])
        turn = np.searchsorted(first, end) - 1
        is_there = (turn >= 0) & (np.append(first, -1)[turn] >= begin)
        turn = np.where(is_there, turn, -1)
        for one in columns:
            if one.author == author:
                states = [*(part[author].states[one.what] for part in parts), np.array([np.nan])]
                found[one.name] = np.concatenate(states)[turn]
    return found


class _TurnStates(NamedTuple):
    """The first row of each turn of an author, and what it adds up to with those before it."""

    first: Ints
    states: Mapping[What, Array]


def _turns_of(events: Events, texts: TextRows, weights: TextWeights) -> dict[Author, _TurnStates]:
    read = all_buckets(events.texts_at(texts.rows))
    scores = weights.scores(read)
    if weights.embedding is not None:
        scores = scores + weights.embedding.scores(events, texts.rows, UNIT)
    found: dict[Author, _TurnStates] = {}
    for author in AUTHORS:
        mine = np.flatnonzero(texts.is_of[author])
        turns = Turns.of(texts.rows[mine], texts.owner[mine], texts.at[mine])
        states = score_states(turns, scores[mine], author)
        states["repeated"] = repeated_shares(turns, read.of(mine))
        states["n_turns"] = turns.rank + 1.0
        states["n_words"], states["n_questions"] = (
            turns.sums(events.columns[name][texts.rows[mine]]).astype(np.float64)
            for name in ("n_words", "n_questions")
        )
        found[author] = _TurnStates(turns.first, states)
    return found


def score_states(turns: Turns, scores: Ints, author: Author) -> dict[What, Array]:
    """Return what the scores of each turn add up to with those before it, by name, each of shape (n_turns,)."""
    last, earlier = (
        turns.sums(scores[:, ROLES.index(f"{author}, {when}")]) / UNIT for when in ("last", "earlier")
    )
    n = len(last)
    before_it, mean, worst = np.zeros(n), last.copy(), last.copy()
    change, weight = np.full(n, np.nan), np.ones(n)
    # turns of one rank are independent of each other: a step per rank goes through all conversations at once
    for now in turns.later_by_rank():
        before = now - 1
        before_it[now] = DECAY * before_it[before] + EARLIER * earlier[before]
        change[now] = last[now] - mean[before]
        worst[now] = np.maximum(worst[before], last[now])
        weight[now] = DECAY * weight[before] + 1
        mean[now] = mean[before] + change[now] / weight[now]
    return {"last": last, "earlier": before_it, "mean": mean, "worst": worst, "change": change}


def repeated_shares(turns: Turns, read: Buckets) -> Array:
    """Return the share of each turn's buckets that an earlier turn of its conversation has; NaN for a first turn."""
    n = len(turns.first)
    turn = turns.turn[read.rows()]
    conversation = (np.arange(n) - turns.rank)[turn]
    # by conversation and bucket, the turns in their order; equal ones of a turn count once
    key = np.sort((((conversation << BITS) | read.buckets) << _TURN_BITS) | turn)
    turn, pair = key & ((1 << _TURN_BITS) - 1), key >> _TURN_BITS
    is_same = np.zeros(len(turn), dtype=bool)
    is_same[1:] = pair[1:] == pair[:-1]
    is_again = is_same.copy()
    is_again[1:] &= turn[1:] != turn[:-1]
    in_turn = ~is_same | is_again
    counts = np.bincount(turn[in_turn], minlength=n)
    shares = np.bincount(turn[is_again], minlength=n) / np.maximum(counts, 1)
    return np.where((turns.rank > 0) & (counts > 0), shares, np.nan)
