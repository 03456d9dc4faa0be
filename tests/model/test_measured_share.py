import json
from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.model.spec import read_spec

MODEL = """\
name: tickets
label: {scale: [1, 5], dissatisfied_at_or_below: 2}
policy: {capacity_per_day: 8, cost_per_contact: 12, saved_share: measured, customer_value: 300}
"""
FOUND = {
    "saved_share": 0.18, "estimate": 0.3, "experiment": "spring", "outcome": "rating", "date": "2026-05-01",
    "decides": "confidence sequence",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.yaml").write_text(MODEL)
    return tmp_path


def test_the_lower_end_is_used_and_its_source_is_kept(folder: Path) -> None:
    (folder / "effect.json").write_text(json.dumps({"measured_saved_share": FOUND}))
    policy = read_spec(folder).policy
    assert policy.saved_share == 0.18
    assert policy.measured == "experiment spring, 2026-05-01, rating, lower end of the confidence sequence"
    # a share that is assumed has no source
    (folder / "model.yaml").write_text(MODEL.replace("measured", "0.25"))
    assert read_spec(folder).policy.measured is None


def test_without_an_experiment_that_shows_a_saving_it_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"must be backed by an experiment.*copy the effect.json"):
        read_spec(folder)
    (folder / "effect.json").write_text(json.dumps({"measured_saved_share": {"saved_share": 0.2}}))
    with pytest.raises(UsageError, match=r"must be the effect\.json of `forestall effect`"):
        read_spec(folder)
    (folder / "effect.json").write_text(json.dumps({"measured_saved_share": None}))
    with pytest.raises(UsageError, match="must show a saving"):
        read_spec(folder)
    for text in ("{", "[]", "{}"):
        (folder / "effect.json").write_text(text)
        with pytest.raises(UsageError, match=r"must be the effect\.json"):
            read_spec(folder)
