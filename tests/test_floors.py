"""Imports only go down the house; MLflow is known in one room, and typer in another."""

import ast
from pathlib import Path

import pytest

import forestall

HOUSE = Path(forestall.__file__).parent
FLOORS = [
    {"errors", "plain_files"},
    {"names", "pseudonyms", "yaml_text"},
    {"config", "defaults", "json_text", "statistics"},
    {"locations"},
    {"publishing"},
    {"data"},
    {"moments", "simulation"},
    {"moment_features", "importing"},
    {"feature_terms"},
    {"own_features"},
    {"model"},
    {"streaming"},
    {"job_files"},
    {"contacts", "evaluation"},
    {"registry", "reporting", "spark"},
    {"training"},
    {"assessment", "data_report", "forgetting", "scikit_learn"},
    {"plots", "promotion"},
    {"monitoring"},
    {"server"},
    {"jobs"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(file for file in HOUSE.rglob("*.py") if file != HOUSE / "__init__.py")


def room_of(file: Path) -> str:
    return file.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(source: str) -> list[str]:
    """Give the full names of the modules that `source` imports, in functions too."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports within the house are written in full"
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def upward(room: str, source: str) -> list[str]:
    """Give the imports of `source` that do not go down from `room`."""
    wrong = []
    for name in imports(source):
        parts = name.split(".")
        if parts[0] != "forestall":
            continue
        other = parts[1] if len(parts) > 1 else ""
        if other != room and FLOOR.get(other, len(FLOORS)) >= FLOOR[room]:
            wrong.append(name)
    return wrong


def id_of(file: Path) -> str:
    return file.relative_to(HOUSE).as_posix()


@pytest.mark.parametrize("file", FILES, ids=id_of)
def test_imports_only_go_down(file: Path) -> None:
    assert upward(room_of(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", FILES, ids=id_of)
def test_only_the_registry_knows_mlflow(file: Path) -> None:
    known = {name.split(".")[0] for name in imports(file.read_text(encoding="utf-8"))}
    if room_of(file) not in {"registry", "server"}:
        assert "mlflow" not in known
    if room_of(file) != "cli":
        assert "typer" not in known


def test_the_test_sees_an_import_that_goes_up() -> None:
    assert upward("data", "from forestall.model import RiskModel") == ["forestall.model.RiskModel"]
    assert upward("moment_features", "import forestall.jobs.train") == ["forestall.jobs.train"]
    assert upward("jobs", "def f():\n    from forestall import load") == ["forestall.load"]
    assert (
        upward("model", "from forestall.errors import InputError\nfrom forestall.moment_features import x")
        == []
    )


@pytest.mark.parametrize("file", FILES, ids=id_of)
def test_a_file_has_at_most_300_lines_and_a_function_60(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert source.count("\n") <= 300
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert long == []
