"""The wording of errors."""

from forestall.errors import GateError, InputError, UsageError, must_be, nearest


def test_an_error_says_what_must_be_what_came_and_what_to_do() -> None:
    assert must_be("seed", "0 or above") == "seed must be 0 or above"
    assert must_be("seed", "0 or above", -1) == "seed must be 0 or above, is -1"
    assert must_be("seed", "0 or above", 0.5, do="round it") == "seed must be 0 or above, is 0.5; round it"
    assert must_be("seed", "given", do="add it") == "seed must be given; add it"


def test_each_kind_of_error_has_its_exit_code() -> None:
    assert [kind.exit_code for kind in (InputError, UsageError, GateError)] == [1, 2, 3]


def test_the_nearest_name_is_suggested_and_without_one_all_are_listed() -> None:
    assert nearest("chanel", ["channel", "venue"]) == "did you mean 'channel'?"
    assert nearest("qqq", ["venue", "channel", "venue"]) == "known: channel, venue"
    assert nearest("qqq", [f"name {i}" for i in range(500)]).endswith("and 440 more")
