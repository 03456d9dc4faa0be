"""The README is a page long, and its examples run."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from page_examples import DOCS, ROOT, ExampleRunner, is_file, read_page, run_page, write_file

README = ROOT / "README.md"
MOST_LINES, N_CONTACTS = 150, 20


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.slow
def test_the_examples_of_the_readme_run(examples: ExampleRunner, tmp_path: Path) -> None:
    """They need an export, as in Get started, and a model's folder, as on the page about training."""
    shutil.copy(examples.folder(DOCS / "get-started.md") / "export.csv", tmp_path)
    (model,) = [one for one in read_page(DOCS / "guide" / "train.md").examples if is_file(one)]
    write_file(model, tmp_path)
    run_page(read_page(README), tmp_path)
    assert pl.read_parquet(tmp_path / "out" / "contact_list.parquet").height == N_CONTACTS
