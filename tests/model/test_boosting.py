"""Boosters: the best number of rounds, and the settings of LightGBM."""

import numpy as np
import pytest

from forestall.model.boosting import _ALIASES, _known_names, best_rounds, boosting, check_settings


def test_the_best_number_of_rounds_is_that_of_the_mean_over_folds():
    """The low loss of the first fold in its second round does not decide."""
    assert best_rounds([np.array([0.6, 0.1, 0.5]), np.array([0.6, 0.9, 0.3])], [1.0, 1.0]) == 3
    assert best_rounds([np.array([0.6, 0.4]), np.array([0.6, 0.5, 0.45])], [1.0, 1.0]) == 3


def test_settings_are_accepted_only_under_lightgbms_own_name():
    """A default under LightGBM's own name would override a setting under scikit-learn's name."""
    for theirs, own in _ALIASES.items():
        with pytest.raises(ValueError, match=f"must set '{own}'"):
            check_settings({theirs: 1})
        check_settings({own: 1})
        assert boosting({own: 1}, [0] * 4, 100, 0, 1).params[own] == 1


@pytest.mark.parametrize(
    "name",
    [
        *("sigmoid", "linear_tree", "boosting", "early_stopping_round", "class_weight", "bagging_seed"),
        *("forcedsplits_filename", "forcedbins_filename", "parser_config_file", "data", "valid", "machines"),
    ],
)
def test_settings_that_break_the_risk_are_refused(name):
    with pytest.raises(ValueError, match=f"must not set '{name}'"):
        check_settings({name: 1})


def test_no_setting_that_names_a_file_is_left():
    """LightGBM would read it, whoever wrote the model.yaml."""
    assert not [name for name in _known_names() if "file" in name]
