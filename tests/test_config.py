"""Configuration files: unknown keys, wrong values, and files that cannot be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, field_validator

from forestall import config
from forestall.config import Strict, parse_config, read_config
from forestall.errors import UsageError
from forestall.model import Spec


class Limits(Strict):
    most: int = Field(default=3, ge=1)
    words: list[str] = Field(default_factory=list, max_length=2)

    @field_validator("words")
    @classmethod
    def _check_words(cls, words: list[str]) -> list[str]:
        if "" in words:
            raise ValueError("A word must not be empty")
        return words


class Settings(Strict):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=50)
    limits: Limits = Field(default_factory=Limits)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"name": "a", "limit": {}}, "f: unknown key 'limit', did you mean 'limits'?"),
        ({"name": "a", "limits": {"must": 1}}, "f: unknown key 'limits.must', did you mean 'most'?"),
        ({}, "f: name must be given"),
        ({"name": "a", "limits": {"most": 0}}, "f: limits.most must be greater than or equal to 1, is 0"),
        ({"name": "a", "limits": {"words": [""]}}, "f: limits.words: a word must not be empty"),
        ({"name": "a", "limits": 900}, "f: limits must be keys and values, is 900"),
        ({"name": "a", "limits": {"words": "x"}}, "f: limits.words must be a list, in square brackets, is x"),
        (
            {"name": "a", "limits": {"words": ["x"] * 3}},
            "f: limits.words must be a list with at most 2 in it",
        ),
        ({"name": "a", "limits": {"most": "many"}}, "f: limits.most must be a whole number, is many"),
        ({"name": "a", "limits": {"most": 1.5}}, "f: limits.most must be a whole number, is 1.5"),
        (
            {"name": "a/b", "limits": {}},
            "f: name must be a name of letters, digits, '.', '_' and '-', is a/b",
        ),
        ({"name": "x" * 99}, "f: name must be a text of at most 50 characters"),
        ({"name": [1, 2]}, "f: name must be a valid string"),  # a list may be long: it is not repeated
        ({"name": "a", "limits": {"most": 0, "x": 1}}, "is 0; f: unknown key 'limits.x'"),
    ],
)
def test_each_problem_is_a_sentence_with_its_key(content: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_config(content, Settings, "f")
    assert said in str(error.value)
    assert "[1, 2]" not in str(error.value)


def test_a_long_value_is_not_repeated() -> None:
    with pytest.raises(UsageError) as error:
        parse_config({"name": "a", "limits": {"most": "x" * 100}}, Settings, "f")
    assert "xxx" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: b: c", "line 1 is not valid YAML"),
        (b"- a", "must be a file of keys and values"),
        (b"name: \xff", "cannot be read: UnicodeDecodeError"),
        (None, "does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: bytes | None, said: str) -> None:
    file = tmp_path / "settings.yaml"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(UsageError) as error:
        read_config(file, Settings)
    assert str(error.value).startswith(str(file))
    assert said in str(error.value)


def test_a_valid_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("name: a\nlimits: {most: 5}\n")
    assert read_config(tmp_path / "settings.yaml", Settings) == Settings(name="a", limits=Limits(most=5))


def test_each_pattern_of_a_specification_has_words() -> None:
    """A pattern in an error is for programmers."""
    patterns = set(_patterns(Spec.model_json_schema()))
    assert len(patterns) > 1
    assert patterns <= config._PLAIN_FORMS.keys()


def _patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns of all fields of a JSON schema."""
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield schema["pattern"]
    for part in parts:
        yield from _patterns(part)
