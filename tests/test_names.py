"""Names that users give: one rule, and an error that does not repeat them."""

import pytest

from forestall.errors import UsageError
from forestall.job_files import check_run_id
from forestall.names import LONGEST, check_name

BAD = [
    "",
    ".",
    "..",
    "../../x",
    "a/b",
    "a\\b",
    " a",
    "a ",
    "a\nb",
    "a\0",
    "\u202e",
    "x" * (LONGEST + 1),
    "/etc",
]


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_name_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(UsageError, match="--run-id must be a name of 1 to 200 printable characters") as error:
        check_run_id(name)
    assert len(str(error.value)) < 150


@pytest.mark.parametrize("name", ["2026-11-01", "..a", "night 1", "nuit-été", "🙂", "x" * LONGEST])
def test_a_name_is_returned(name: str) -> None:
    assert check_name(name, "--run-id") == name


@pytest.mark.parametrize("name", ["/Users/jo/risk", "a/b/c", "risk"])
def test_a_path_of_names_is_one_where_parts_are_allowed(name: str) -> None:
    assert check_name(name, "--experiment-name", slash=True) == name


@pytest.mark.parametrize("name", ["../x", "a//b", "a/../b", "a/", "/", "a/ \n"])
def test_a_path_never_leads_out(name: str) -> None:
    with pytest.raises(UsageError, match="--experiment-name"):
        check_name(name, "--experiment-name", slash=True)
