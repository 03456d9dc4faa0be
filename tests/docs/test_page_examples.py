"""Every example of the manual runs as it is written, and prints what the manual shows."""

from pathlib import Path

import pytest
from page_examples import DOCS, ExampleRunner, pages

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_the_examples_of_a_page_run(page: Path, examples: ExampleRunner) -> None:
    assert examples.folder(page).is_dir()
