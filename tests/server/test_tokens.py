"""The file of tokens: what it may hold, and that a change of it counts at once."""

from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.server import tokens as module
from forestall.server.tokens import Tokens, read_tokens

LONG = "0123456789abcdef"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "at least one line with a name and a token"),
        ("# nothing\n\n", "at least one line"),
        ("crm", "line 1 must have a name and a token"),
        (f"a {LONG}\ncrm {LONG} x", "line 2 must have a name and a token"),
        (f"c/m {LONG}", "line 1 must have a name"),
        ("crm Straße0123456789", "line 1 must have a name"),
        ("\n\ncrm short", "line 3 must have a token of at least 16 characters, has 5"),
        (f"a {LONG}\nb {LONG}", "line 2 must have a name and a token of its own"),
        (f"a {LONG}\na {LONG}x", "line 2 must have a name and a token of its own"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_no_token_repeated(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "tokens").write_text(content)
    with pytest.raises(UsageError, match=said) as error:
        read_tokens(tmp_path / "tokens")
    assert LONG not in str(error.value)
    assert "short" not in str(error.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    for place in (tmp_path / "nothing", tmp_path, Path("/dev/zero")):
        with pytest.raises(UsageError, match="must be a file"):
            read_tokens(place)
    (tmp_path / "binary").write_bytes(b"a \xff")
    with pytest.raises(UsageError, match="UnicodeDecodeError"):
        read_tokens(tmp_path / "binary")


def test_each_token_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"# of the shops\ncrm  {LONG}\n\nshop\t{LONG}=\n")
    tokens = Tokens(tmp_path / "tokens")
    assert tokens.name_of(LONG) == "crm"
    assert tokens.name_of(f"{LONG}=") == "shop"
    for wrong in ("", LONG[:-1], LONG.upper(), f"{LONG} ", "é", "\udcff"):
        assert tokens.name_of(wrong) is None


def test_a_file_that_changes_counts_and_one_that_becomes_wrong_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"crm {LONG}\n")
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    tokens = Tokens(file)
    file.write_text(f"crm {LONG}-new\n")
    assert tokens.name_of(LONG) is None
    assert tokens.name_of(f"{LONG}-new") == "crm"
    file.write_text("crm\n")
    assert tokens.name_of(f"{LONG}-new") == "crm"
    assert "the tokens stay as they were: " in caplog.text
    file.unlink()
    assert tokens.name_of(f"{LONG}-new") == "crm"
    assert LONG not in caplog.text
