"""model.yaml: strict, with errors that name the place and the nearest known key."""

from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.model import read_spec
from forestall.model.tuning_settings import Space

GOOD = "name: a\nlabel: {scale: [1, 5], dissatisfied_at_or_below: 2}\n"


def write(folder: Path, text: str) -> Path:
    (folder / "model.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("name", ["dissatisfaction", "deepcsat", "itsm"])
def test_the_models_of_the_project_are_valid(name):
    assert read_spec(f"models/{name}").label.scale == (1, 5)


def test_what_is_left_out_has_its_default(tmp_path):
    spec = read_spec(write(tmp_path, GOOD))
    assert (spec.standards.default, spec.moments.per_interaction, spec.label.horizon_days) == (90, 4, 30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "splits: {}\n", "unknown key 'splits', did you mean 'split'?"),
        (GOOD + "split: {test_shre: 0.1}\n", "unknown key 'split.test_shre', did you mean 'test_share'?"),
        (
            "name: a\nlabel: {event: complained, scale: [1, 5], dissatisfied_at_or_below: 2}\n",
            "must have either",
        ),
        (
            "name: a\nlabel: {scale: [1, 5], dissatisfied_at_or_below: 7}\n",
            "must lie within the scale 1 to 5",
        ),
        (
            GOOD + "moments: {per_interaction: 0}\n",
            "moments.per_interaction: input should be greater than or equal to 1",
        ),
        (
            GOOD + "bands: {medium: 0.5, high: 0.4}\n",
            "'critical'; they are 0.5, 0.4, 0.7",
        ),
        (GOOD + "bands: {high: 0.7}\n", "must rise: medium 0.2 < high 0.7 < critical 0.7"),
        (GOOD + "standards: {default: 0}\n", "standards.default: input should be greater than 0"),
        (
            GOOD + "standards: {channels: {chat: -5}}\n",
            "standards.channels.chat: input should be greater than 0",
        ),
        (GOOD + "standards: {venues: {a: .inf}}\n", "standards.venues.a: input should be a finite number"),
        (
            GOOD
            + "policy: {capacity_per_day: 0.5, cost_per_contact: 1, saved_share: 0.5, customer_value: 9}\n",
            "policy.capacity_per_day: input should be greater than or equal to 1",
        ),
        (GOOD + "families: [servce]\n", "families.0: input should be 'service'"),
        (
            GOOD + "tuning: {space: {lambda: [1, 2]}}\n",
            "unknown key 'tuning.space.lambda', did you mean 'lambda_l2'?",
        ),
        (GOOD + "tuning: {space: {lambda_l2: [3, 1]}}\n", "must be [lowest, highest]; got [3, 1]"),
        (GOOD + "families: [history]\ntuning: {leave_out: [history]}\n", "must leave one of 'families'"),
        (
            GOOD + "lightgbm: {learning_rte: 0.1}\n",
            "no setting 'learning_rte', did you mean 'learning_rate'?",
        ),
        (
            GOOD + "lightgbm: {num_leaves: 1}\n",
            "lightgbm.num_leaves must be as LightGBM asks: (num_leaves) > (1)",
        ),
        (GOOD + "lightgbm: {learning_rate: fast}\n", "lightgbm.learning_rate must be as LightGBM asks"),
        (GOOD + "lightgbm: {objective: regression}\n", "must not set 'objective': it is binary"),
        (GOOD + "seed: -1\n", "seed: input should be greater than or equal to 0"),
        ("name: [", "line 2 is not valid YAML"),
        ("- a\n", "must hold keys and values"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, said):
    with pytest.raises(UsageError) as error:
        read_spec(write(tmp_path, text))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_lightgbm_takes_is_taken(tmp_path, capfd):
    settings = "{learning_rate: 0.02, lambda_l2: 1, extra_trees: false, max_bin: 63, path_smooth: 0.5}"
    assert len(read_spec(write(tmp_path, GOOD + f"lightgbm: {settings}\n")).lightgbm) == 5
    assert capfd.readouterr().out == ""  # results belong there, and nothing of LightGBM's


def test_what_is_tried_holds_what_the_model_has():
    space = Space(num_leaves=None).holding({"learning_rate": 0.2, "extra_trees": False})
    assert space["learning_rate"] == [0.02, 0.2]
    assert space["extra_trees"] == [True, False]
    assert "num_leaves" not in space


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"must be a folder with a model\.yaml"):
        read_spec(tmp_path)
