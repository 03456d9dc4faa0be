"""YAML is bounded before it is parsed, and its faults are named with their line."""

import os
from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.yaml_text import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, rf"f, line 1 must be nested at most {MAX_DEPTH} deep"),
        ("{a: " * 100_000, "nested at most"),
        ("\n".join(" " * depth + "a:" for depth in range(3000)), f"line {MAX_DEPTH + 1} must be nested"),
        (BOMB, r"line 6 must have at most 100,000 values"),
        ("x: [" + "1," * 100_000 + "]", "at most 100,000 values"),
        ("a: &a [1, *a]", "line 1 must not refer to something that it is a part of"),
        ("a: *b", "line 1"),
        ("a: 1\nb: 2\na: 3", "line 3 must have each key once in a section, has one twice"),
        ("a:\n  b: 1\n  'b': 2", "line 3 must have each key once"),
        ("a: 1\nday: 2026-02-30", "line 2 must hold a date or number that is possible"),
        ("a: 1\n\nn: " + "9" * 5000, "line 3 must hold a date or number"),
        ("a: b: c", "f, line 1 is not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "f, line 1 is not valid YAML"),
        ("a: \x00", "is not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_too_much_or_not_possible_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        parse_yaml(text, "f")
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: [1, {b: c}]", {"a": [1, {"b": "c"}]}),
        ("x: &x {a: 1}\ny: {<<: *x, b: 2}\nz: [*x, *x]", {"x": {"a": 1}, "y": {"a": 1, "b": 2}, "z": [{"a": 1}] * 2}),
        ("? [1, 2]\n: a", None),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        ("a: {k: 1}\nb: {k: 2}\n? k\n: 3", {"a": {"k": 1}, "b": {"k": 2}, "k": 3}),
        ("a: '2026-02-30'", {"a": "2026-02-30"}),
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str, value: object) -> None:
    if text.startswith("?"):
        with pytest.raises(UsageError, match="not valid YAML"):  # a list cannot be a key
            parse_yaml(text, "f")
        return
    found = parse_yaml(text, "f")
    assert found == value or text.startswith("[")


def test_a_file_that_is_too_large_or_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match="must have at most 1,000,000 bytes"):
        read_yaml(file)
    with pytest.raises(UsageError, match="cannot be read: IsADirectoryError"):
        read_yaml(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="must be a file, is a pipe or a device"):
        read_yaml(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a pipe or a device"):
        read_yaml("/dev/zero")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", "010"),
        ("09", "09"),
        ("12:30", "12:30"),
        ("0x1F", "0x1F"),
        ("01.50", "01.50"),
        ("0", 0),
        ("-7", -7),
        ("1_000", 1000),
        ("0.5", 0.5),
        (".5", 0.5),
        ("-1.5e-3", -0.0015),
        (".inf", float("inf")),
    ],
)
def test_numbers_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert parse_yaml(text, "a.yaml") == value
