"""The definition of a label: a rating or an event."""

import pytest
from pydantic import ValidationError

from forestall.moments import Label


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"event": "complained", "scale": (1, 5), "dissatisfied_at_or_below": 2},
        {"scale": (1, 5)},
        {"scale": (1, 5), "dissatisfied_at_or_below": 5},
        {"scale": (1, 5), "dissatisfied_at_or_below": 0},
        {"event": "complained", "horizon_days": 0},
    ],
)
def test_a_label_is_a_rating_or_an_event(wrong):
    """A label that is neither or both, or a threshold that separates no ratings, is refused."""
    with pytest.raises(ValidationError):
        Label(**wrong)


def test_a_threshold_off_the_scale_is_an_error_with_its_limits() -> None:
    with pytest.raises(ValidationError, match="must be at least 1 and below 5, as 'scale' says, is 5"):
        Label(scale=(1, 5), dissatisfied_at_or_below=5)


def test_each_key_has_a_description() -> None:
    assert all(field.description for field in Label.model_fields.values())
