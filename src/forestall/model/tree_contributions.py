"""Contributions of features to the log-odds of trees: the Shapley values of TreeSHAP (Lundberg 2020).

LightGBM computes them row by row, `woodelf` (Nadel 2025) tree by tree for all rows at once. Both give the same values:
those of woodelf have single precision. From about eight thousand rows on woodelf takes less time.
"""

from __future__ import annotations

import logging

import lightgbm as lgb
import numpy as np
from joblib import Parallel, delayed

from forestall.model.tree_log_odds import tree_log_odds
from forestall.statistics import Floats

log = logging.getLogger(__name__)
# from this number of rows on woodelf is faster, see benchmarks/reasons.py
MANY_ROWS = 8_000
# more rows at once would take more memory, and no less time
_ROWS_AT_ONCE = 100_000
# a larger difference is no matter of rounding
_SINGLE_PRECISION = 1e-3


def tree_contributions(
    booster: lgb.Booster, matrix: Floats, n_threads: int, log_odds: Floats | None = None
) -> Floats:
    """Return the contributions of the features to the log-odds, and last the base, shape (n, p + 1).

    A row adds up to the log-odds of the booster.

    Parameters
    ----------
    booster
        A booster whose columns are numbers.
    matrix
        Encoded rows, shape (n, p).
    n_threads
        The number of threads.
    log_odds
        The log-odds of the booster for these rows, if they are known already, shape (n,).
    """
    if len(matrix) < MANY_ROWS:
        return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=n_threads))
    base = np.asarray(booster.predict(matrix[:1], pred_contrib=True))[0, -1]
    found = np.empty((len(matrix), matrix.shape[1] + 1))
    for begin in range(0, len(matrix), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        found[part, :-1] = _by_woodelf(booster, matrix[part], n_threads)
    found[:, -1] = base
    if log_odds is None:
        log_odds = tree_log_odds(booster, matrix, n_threads)
    rest = log_odds - found.sum(axis=1)
    if np.abs(rest).max() > _SINGLE_PRECISION:
        log.warning("woodelf reads these trees in another way than LightGBM, which takes over: it is slower")
        return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=n_threads))
    # what single precision has lost goes to the largest contribution, so that rows add up exactly
    largest = np.abs(found[:, :-1]).argmax(axis=1)
    found[np.arange(len(found)), largest] += rest
    return found


def _by_woodelf(booster: lgb.Booster, matrix: Floats, n_threads: int) -> Floats:
    import pandas as pd
    from woodelf import WoodelfExplainer
    from woodelf.core.trees.decision_trees_ensemble import DecisionTreesEnsemble
    from woodelf.core.trees.parse_models import load_decision_tree_ensemble_model

    columns = [f"x{place}" for place in range(matrix.shape[1])]
    # a column is read many times: column by column in memory, and with names as objects, this takes half the time
    by_column = np.asfortranarray(matrix)
    frame = pd.DataFrame(by_column, columns=pd.Index(columns, dtype=object), copy=False)
    trees = load_decision_tree_ensemble_model(booster, columns).trees

    def share(first: int) -> Floats:
        some = DecisionTreesEnsemble(trees[first::n_threads])
        return np.asarray(WoodelfExplainer(some).shap_values(frame, verbose=False), dtype=np.float64)

    n_threads = min(n_threads, len(trees))
    parts = Parallel(n_jobs=n_threads, prefer="threads")(delayed(share)(first) for first in range(n_threads))
    return np.asarray(sum(parts))
