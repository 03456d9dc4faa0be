"""The notebooks run from top to bottom, and each ends in a picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from refits import FEW

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
QUICKSTART = NOTEBOOKS[0]
PICTURE = "application/vnd.plotly.v1+json"
# What runs before a notebook: it finds no names of another one, but need not import again what takes seconds to import.
NEW = """
%reset -f
import os
from forestall.model.estimator import RiskClassifier

RiskClassifier.__init__.__kwdefaults__["n_refits"] = {refits}
os.environ["FORESTALL_WORKSHOP"] = {workshop!r}
os.chdir({folder!r})
%reset -f
"""
Run = Callable[..., nbformat.NotebookNode]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a notebook; all run in one kernel and, unless another one is named, in one workshop."""
    shared_workshop = tmp_path_factory.mktemp("workshop")
    kernel = KernelManager()
    kernel.start_kernel(cwd=str(FOLDER))

    def call(notebook: nbformat.NotebookNode, workshop: Path = shared_workshop) -> nbformat.NotebookNode:
        new = NEW.format(refits=FEW, workshop=str(workshop), folder=str(FOLDER))
        notebook.cells.insert(0, nbformat.v4.new_code_cell(new))
        client = NotebookClient(notebook, km=kernel, timeout=600)
        try:
            client.execute()
        finally:
            client.kc.stop_channels()  # a client that did not start the kernel leaves them open
        return notebook

    yield call
    kernel.shutdown_kernel()


@pytest.fixture(scope="module")
def quickstart(run: Run) -> nbformat.NotebookNode:
    """Give the quickstart after its run: it leaves the model that others use."""
    return run(nbformat.read(QUICKSTART, as_version=4))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_notebook_runs_and_ends_in_a_picture(
    path: Path, run: Run, quickstart: nbformat.NotebookNode
) -> None:
    notebook = quickstart if path == QUICKSTART else run(nbformat.read(path, as_version=4))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]
    assert len(cells) >= 6
    assert any(PICTURE in out.get("data", {}) for out in cells[-1].outputs)


def test_without_the_quickstart_a_notebook_says_what_to_run(run: Run, tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("from shared import quickstart\nquickstart()")
    with pytest.raises(
        CellExecutionError, match=r"needs the model of 01-quickstart\.ipynb: run that one first"
    ):
        run(nbformat.v4.new_notebook(cells=[cell]), tmp_path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_notebook_is_committed_without_output(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)


def test_the_manual_lists_each_notebook() -> None:
    page = (FOLDER.parent / "docs" / "guide" / "notebooks.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"`{path.name}`" not in page] == []
