"""Imports only go down the house; MLflow is known in one room, and typer in another."""

import ast
from pathlib import Path

import pytest

import forestall

HOUSE = Path(forestall.__file__).parent
FLOORS = [
    {"errors", "plain_files"},
    {"names", "one_line", "pseudonyms", "yaml_text"},
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


def imports(tree: ast.Module) -> list[str]:
    """Give the full names of the modules that a file imports, in functions too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports within the house are written in full"
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def upward(room: str, tree: ast.Module) -> list[str]:
    """Give the imports of a file that do not go down from `room`."""
    wrong = []
    for name in imports(tree):
        parts = name.split(".")
        if parts[0] != "forestall":
            continue
        other = parts[1] if len(parts) > 1 else ""
        if other != room and FLOOR.get(other, len(FLOORS)) >= FLOOR[room]:
            wrong.append(name)
    return wrong


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Give what each file of the house holds, by its path in it."""
    return {file.relative_to(HOUSE).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def test_imports_only_go_down(trees: dict[str, ast.Module]) -> None:
    wrong = {name: upward(room_of(HOUSE / name), tree) for name, tree in trees.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_only_the_registry_knows_mlflow(trees: dict[str, ast.Module]) -> None:
    knows: dict[str, set[str]] = {"mlflow": set(), "typer": set()}
    for name, tree in trees.items():
        for library in knows.keys() & {one.split(".")[0] for one in imports(tree)}:
            knows[library].add(room_of(HOUSE / name))
    assert knows == {"mlflow": {"registry"}, "typer": {"cli"}}


def test_the_test_sees_an_import_that_goes_up() -> None:
    assert upward("data", ast.parse("from forestall.model import RiskModel")) == ["forestall.model.RiskModel"]
    assert upward("moment_features", ast.parse("import forestall.jobs.train")) == ["forestall.jobs.train"]
    assert upward("jobs", ast.parse("def f():\n    from forestall import load")) == ["forestall.load"]
    down = "from forestall.errors import InputError\nfrom forestall.moment_features import x"
    assert upward("model", ast.parse(down)) == []


def test_a_file_has_at_most_300_lines_and_a_function_60(trees: dict[str, ast.Module]) -> None:
    long = [
        f"{name}: {node.name} has {lines} lines"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > 60
    ]
    assert long == []
    assert [file for file in FILES if file.read_text(encoding="utf-8").count("\n") > 300] == []
