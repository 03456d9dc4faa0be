"""Progress of a fit."""

import numpy as np
from joblib import delayed

from forestall.model.estimator import RiskClassifier
from forestall.model.fit_progress import in_threads, listening, tell_part


def test_each_part_is_told_in_order_and_only_to_who_listens():
    told = []
    with listening(lambda *part: told.append(part)):
        assert in_threads("squares", [delayed(pow)(k, 2) for k in range(4)], 2) == [0, 1, 4, 9]
        with listening(None):
            tell_part(1, 1, "nothing")
    tell_part(1, 1, "nothing")
    assert told == [(done, 4, "squares") for done in range(5)]


def test_a_fit_tells_its_folds_boosters_and_refits_and_is_the_same():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = (X[:, 0] + rng.normal(size=400) > 0).astype(int)
    settings = {"max_rounds": 10, "n_refits": 3, "n_folds": 3, "preset": "noisy"}
    told = []
    with listening(lambda *part: told.append(part)):
        fitted = RiskClassifier(**settings).fit(X, y)
    assert [what for done, total, what in told if done == total] == [
        "folds", "boosters", "refits", "refits of quarters", "twins",
    ]  # fmt: skip
    assert ("folds", 3) in {(what, total) for _, total, what in told}
    alone = RiskClassifier(**settings).fit(X, y)
    assert (fitted.predict_proba(X) == alone.predict_proba(X)).all()
