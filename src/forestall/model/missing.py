"""Missing is not good: what is always there in training and is gone at scoring was lost, not absent.

LightGBM reads a gap where training had none as 0, the best wait there is. A moment with a lost fact is therefore
scored twice, as it is and with what is typical of its stage in place of the lost, and the higher risk is answered.

Lost is

- a feature that is missing and that at least 99 % of the training moments of the same stage had (of a stage that
  training hardly saw nothing is known: what is not there may only be not yet);
- a column of `interactions` that training had and the data do not: left out of a record, empty in a whole table (in a
  frame of records, which cannot tell a gap from a missing key, the whole column must be gone);
- a single gap in a column that at least 99 % of the training interactions filled;
- a record's `queue` where it is left out, and its `history` where that of a known customer is left out.

With a column all features that come from it are lost, also those that have a value without it (the wait over the
standard, when the venue that has a standard of its own is gone). What comes only with time (a response that has not
come yet) is a gap of training moments of that stage as well, and is not lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data import Tables
from forestall.features.name_columns import has_gaps, is_there
from forestall.features.record_circumstances import RecordCircumstances
from forestall.features.sources import Sources
from forestall.features.stage import STAGES
from forestall.features.state_columns import HISTORY, QUEUE

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ALWAYS = 0.99  # present in at least this share of a stage's training moments
_FEW = 50  # of a stage with fewer training moments it is not known what is always there


@dataclass(frozen=True)
class Typical:
    """What is always present at each stage, and what it typically is there.

    Parameters
    ----------
    present
        (n_stages, n_features) whether a feature is always there.
    seen
        (n_stages, n_features) whether it ever is; of a stage with few training moments, at any stage.
    median
        (n_stages, n_features) its median, encoded, of the same moments; NaN where it never is there.
    given
        By column of `interactions`: the share of the training's interactions that had it.
    """

    present: Bools
    seen: Bools
    median: Floats
    given: dict[str, float]

    @classmethod
    def of(cls, frame: pl.DataFrame, matrix: Floats, stage: pl.Series, given: Mapping[str, float]) -> Typical:
        """Return what is typical of training moments.

        Parameters
        ----------
        frame
            (n, p) features.
        matrix
            (n, p) the same, encoded.
        stage
            (n,) their stages.
        given
            See the class.
        """
        gaps = gaps_of(frame)
        everyone = np.ones(len(matrix), dtype=bool)
        rows = [(stage == one).to_numpy() for one in STAGES]
        is_told = np.array([some.sum() >= _FEW for some in rows])
        rows = [some if told else everyone for some, told in zip(rows, is_told, strict=True)]
        share = np.stack([1 - gaps[some].mean(axis=0) for some in rows])
        median = np.stack([_median(np.where(gaps[some], np.nan, matrix[some])) for some in rows])
        return cls((share >= ALWAYS) & is_told[:, None], share > 0, median, dict(given))

    def lost(self, gaps: Bools, stage: Iterable[str]) -> tuple[Bools, Floats]:
        """Return which facts of moments were lost, (n, p), and what is typical in their place, (n, p)."""
        places = _places(stage)
        return gaps & self.present[places], self.median[places]

    def lost_with(self, is_read: Bools, stage: Iterable[str]) -> Bools:
        """Return which features are lost with a column, (n, p), where the column is.

        Parameters
        ----------
        is_read
            (p,) whether a feature comes from the column.
        stage
            (n,) the moments' stages.
        """
        return is_read & self.seen[_places(stage)]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        median = [[None if np.isnan(value) else float(value) for value in row] for row in self.median]
        present, seen = (part.astype(int).tolist() for part in (self.present, self.seen))
        return {"present": present, "seen": seen, "median": median, "given": self.given}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Typical:
        """Return what `as_dict` wrote."""
        present, seen = (np.array(content[name], dtype=bool) for name in ("present", "seen"))
        return cls(present, seen, np.array(content["median"], dtype=np.float64), content["given"])


def given_share(interactions: pl.DataFrame, columns: Iterable[str]) -> dict[str, float]:
    """Return the share of the interactions that have each column."""
    there = [name for name in columns if name in interactions.columns]
    return {name: 1 - interactions[name].null_count() / interactions.height for name in there}


def lost_columns(
    data: Any, sources: Sources, given: Mapping[str, float], known_later: Iterable[str]
) -> dict[str, Bools]:
    """Return for each column that was lost somewhere the interactions without it, (n_interactions,).

    Parameters
    ----------
    data
        `Tables` or interaction records.
    sources
        Made from them.
    given
        By column, the share of the training's interactions that had it.
    known_later
        Columns that are known only from some event on: a gap in them may be due to time.
    """
    interactions, found = sources.interactions, {}
    there = set(interactions.columns)
    always = {name for name, share in given.items() if share >= ALWAYS}.difference(known_later)
    for name, share in given.items():
        if share == 0 or name not in there or not has_gaps(interactions[name]):
            continue
        gaps = ~is_there(interactions[name])
        lost = gaps if name in always else gaps & _is_left_out(data, gaps, name)
        if lost.any():
            found[name] = lost
    circumstances = sources.circumstances
    if isinstance(circumstances, RecordCircumstances):
        no_past = ~circumstances.has_past & is_there(interactions["customer_id"])
        no_queue: Bools = np.isnan(np.array(list(circumstances.queues.values()))).all(axis=0)
        found |= {name: lost for name, lost in ((HISTORY, no_past), (QUEUE, no_queue)) if lost.any()}
    return found


def gaps_of(frame: pl.DataFrame) -> Bools:
    """Return where features are missing, (n, p)."""
    return frame.select(pl.all().is_null()).to_numpy().reshape(frame.shape)


def _is_left_out(data: Any, gaps: Bools, name: str) -> Bools | bool:
    """Return whether each interaction lacks the column altogether, as against having it empty."""
    if isinstance(data, Tables):
        return bool(gaps.all())
    if hasattr(data, "columns"):
        return name not in data.columns
    if isinstance(data, Mapping):
        return name not in data
    return np.array([name not in record for record in data], dtype=bool)


def _places(stage: Iterable[str]) -> npt.NDArray[np.int64]:
    return np.array([STAGES.index(one) for one in stage], dtype=np.int64)


def _median(matrix: Floats) -> Floats:
    medians = np.full(matrix.shape[1], np.nan)
    some = ~np.isnan(matrix).all(axis=0)
    medians[some] = np.nanmedian(matrix[:, some], axis=0)
    return medians
