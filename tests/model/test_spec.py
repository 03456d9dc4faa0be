"""`model.yaml`: errors name the key, and the nearest known key."""

from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.model import read_spec
from forestall.model.policy import Bands, Policy, Thresholds
from forestall.model.spec import Card, Context, Gate, Moments, Spec, Split
from forestall.model.tuning_settings import Space, Tuning

GOOD = "name: a\nlabel: {scale: [1, 5], dissatisfied_at_or_below: 2}\n"
POLICY = "cost_per_contact: 10, saved_share: 0.5, customer_value: 300"


def write(folder: Path, text: str) -> Path:
    (folder / "model.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("name", ["dissatisfaction", "deepcsat", "itsm"])
def test_the_committed_models_are_valid(name):
    assert read_spec(f"models/{name}").label.scale == (1, 5)


def test_a_key_left_out_has_its_default(tmp_path):
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
            "must be at least 1 and below 5",
        ),
        (
            GOOD + "moments: {per_interaction: 0}\n",
            "moments.per_interaction must be greater than or equal to 1, is 0",
        ),
        (GOOD + "families: [servce]\n", "families.0 must be 'service'"),
        (
            GOOD + "tuning: {space: {lambda: [1, 2]}}\n",
            "unknown key 'tuning.space.lambda', did you mean 'lambda_l2'?",
        ),
        (GOOD + "tuning: {space: {lambda_l2: [3, 1]}}\n", "must be [lowest, highest], is [3, 1]"),
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
        (GOOD + "lightgbm: {objective: regression}\n", "must not set 'objective': the objective is binary"),
        (GOOD + "seed: -1\n", "seed must be greater than or equal to 0, is -1"),
        (
            GOOD + "bands: {medium: 0.5, high: 0.4}\n",
            "bands: 'medium', 'high' and 'critical' must be rising risks, is 0.5, 0.4 and 0.7",
        ),
        (GOOD + "bands: {high: 0.7}\n", "must be rising risks, is 0.2, 0.7 and 0.7"),
        (GOOD + "standards: {default: 0}\n", "standards.default must be greater than 0, is 0"),
        (
            GOOD + "standards: {channels: {phone: 0}}\n",
            "standards.channels.phone must be greater than 0, is 0",
        ),
        (
            GOOD + "standards: {venues: {North: -90}}\n",
            "standards.venues.North must be greater than 0, is -90",
        ),
        (GOOD + "standards: {venues: {North: .inf}}\n", "standards.venues.North must be a finite number"),
        (
            GOOD + f"policy: {{capacity_per_day: 0.5, {POLICY}}}\n",
            "must be at least 1 contact a day, is 0.5; for fewer contacts set 1 and schedule",
        ),
        ("name: [", "line 2 is not valid YAML"),
        ("- a\n", "must be a file of keys and values"),
    ],
)
def test_a_mistake_is_reported_with_its_key(tmp_path, text, said):
    with pytest.raises(UsageError) as error:
        read_spec(write(tmp_path, text))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_valid_lightgbm_settings_are_accepted_and_print_nothing(tmp_path, capfd):
    settings = "{learning_rate: 0.02, lambda_l2: 1, extra_trees: false, max_bin: 63, path_smooth: 0.5}"
    assert len(read_spec(write(tmp_path, GOOD + f"lightgbm: {settings}\n")).lightgbm) == 5
    assert capfd.readouterr().out == ""  # stdout is for results


def test_the_search_space_holds_the_models_own_settings():
    space = Space(num_leaves=None).holding({"learning_rate": 0.2, "extra_trees": False})
    assert space["learning_rate"] == [0.02, 0.2]
    assert space["extra_trees"] == [True, False]
    assert "num_leaves" not in space


def test_rising_bands_are_accepted(tmp_path):
    bands = read_spec(write(tmp_path, GOOD + "bands: {medium: 0.1, high: 0.11, critical: 0.12}\n")).bands
    assert (bands.medium, bands.high, bands.critical) == (0.1, 0.11, 0.12)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UsageError, match=r"must be a folder with a model\.yaml"):
        read_spec(tmp_path)


@pytest.mark.parametrize(
    "section", [Spec, Bands, Card, Context, Gate, Moments, Policy, Space, Split, Thresholds, Tuning]
)
def test_every_key_is_described(section):
    """The manual's page of model.yaml is made of the descriptions."""
    for name, field in section.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_own_kinds_are_auto_none_or_a_list_without_the_event_of_the_label(tmp_path):
    label = "label: {event: lost, horizon_days: 30}"

    def read(kinds: str) -> Spec:
        file = tmp_path / "model.yaml"
        file.write_text(f"name: m\n{label}\n{kinds}\n", encoding="utf-8")
        return read_spec(tmp_path)

    assert read("").kinds.own == "auto"
    assert read("kinds: {own: none, attributes: [team]}").kinds.model_dump() == {
        "own": "none",
        "attributes": ["team"],
    }
    for kinds, said in {
        "kinds: {own: atuo}": "kinds.own: 'own' must be auto, none or a list of names, is atuo",
        "kinds: {own: [1]}": "kinds.own: 'own' must be auto, none or a list of names",
        "kinds: {won: auto}": "unknown key 'kinds.won', did you mean 'own'",
        "kinds: {own: [packed, lost]}": "'kinds.own' must not name the label's own event, 'lost'",
    }.items():
        with pytest.raises(UsageError) as caught:
            read(kinds)
        assert said in str(caught.value)


def test_a_specification_knows_its_folder_which_is_no_part_of_what_it_says(tmp_path):
    spec = read_spec(write(tmp_path, GOOD))
    assert spec.folders == read_spec(tmp_path / "model.yaml").folders == (tmp_path,)
    assert spec.model_copy(update={"seed": 8}).folders == (tmp_path,)
    in_python = Spec.model_validate(spec.model_dump(mode="json"))
    assert in_python == spec
    assert in_python.folders == ()
    assert str(tmp_path) not in spec.model_dump_json()
    assert in_python != spec.model_copy(update={"seed": 8})
