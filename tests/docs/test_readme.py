"""The README is a page long, and its examples run."""

import pytest
from page_examples import DOCS, ROOT, ExampleRunner

README = ROOT / "README.md"
MOST_LINES = 150


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.slow
def test_the_examples_of_the_readme_run(examples: ExampleRunner) -> None:
    folder = examples.folder(README, continues=DOCS / "get-started.md")
    assert (folder / "out" / "contact_list.parquet").is_file()
