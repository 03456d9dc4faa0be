"""The options of the estimator that are checked before it is fitted."""

from __future__ import annotations

from typing import Any

from forestall.errors import nearest
from forestall.model.boosting import check_settings
from forestall.model.calibration import CALIBRATORS
from forestall.model.presets import PRESETS


def check_options(options: Any) -> None:
    """Check the options of a `RiskClassifier`.

    Raises
    ------
    ValueError
        An option is not what it must be.
    """
    if options.calibration != "auto" and options.calibration not in CALIBRATORS:
        raise ValueError(
            f"calibration must be auto, {', '.join(CALIBRATORS[:-1])} or {CALIBRATORS[-1]}; "
            f"got {options.calibration!r}"
        )
    if options.preset not in ("auto", *PRESETS):
        raise ValueError(f"preset must be auto, {nearest(options.preset, PRESETS)}; got {options.preset!r}")
    if options.n_folds < 2:
        raise ValueError(f"n_folds must be at least 2; got {options.n_folds}")
    for name in ("n_members", "max_rounds", "max_trees", "least_customers"):
        if getattr(options, name) < 1:
            raise ValueError(f"{name} must be at least 1; got {getattr(options, name)}")
    check_settings(options.lightgbm or {})
    if not 0 < options.calibration_share < 1:
        raise ValueError(f"calibration_share must be between 0 and 1; got {options.calibration_share}")
