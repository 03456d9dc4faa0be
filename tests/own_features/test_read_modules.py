"""Modules are found without running what is around them, read anew each time, and read twice."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.errors import FeatureError, InputError, UsageError
from forestall.model.spec import Spec
from forestall.own_features import NO_FEATURES, read_own_features
from forestall.own_features.module_source import find_source
from made_records import made, starts

TEXT = "from forestall.feature_terms import *\nF = Family('own', 'd', [Feature('x', {}, 'd', reason='r {{value}}')])\n"


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_module_is_found_beside_model_yaml_first_then_here_then_where_python_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("model", "here", "path")]
    for folder in folders:
        write(folder, "mine.py", f"# {folder.name}")
    monkeypatch.chdir(folders[1])
    monkeypatch.syspath_prepend(str(folders[2]))
    assert find_source("mine", folders[:1]).text == "# model"
    assert find_source("mine").text == "# here"
    (folders[1] / "mine.py").unlink()
    assert find_source("mine").text == "# path"


@pytest.mark.slow
def test_modules_beside_the_model_yaml_of_a_read_specification_are_found(
    tmp_path: Path,
) -> None:
    write(tmp_path, "mine.py", TEXT.format("number('Nothing')"))
    label = "label: {scale: [1, 5], dissatisfied_at_or_below: 2}"
    write(tmp_path, "model.yaml", f"name: a\n{label}\nfeatures: [mine]\n")
    spec = forestall.read_spec(tmp_path)
    tables = made(starts("2024-03-02T10:00:00Z")).tables
    moments = pl.DataFrame({"interaction_id": ["a"], "as_of": ["2024-03-02T10:00:00Z"]})
    with pytest.raises(FeatureError, match="must have the column 'Nothing', which own features read"):
        forestall.learn(tables, spec)  # it found the module, and stops before it learns
    with pytest.raises(InputError, match="missing: Nothing"):
        forestall.FeatureTable(tables, model=spec).fit(moments)
    with pytest.raises(UsageError, match="no module mine in the working folder or among Python's modules"):
        forestall.learn(tables, Spec.model_validate(spec.model_dump(mode="json")))


def test_the_packages_around_a_module_are_not_run(tmp_path: Path) -> None:
    write(tmp_path, "company/__init__.py", "raise SystemExit")
    write(tmp_path, "company/deep/__init__.py", "raise SystemExit")
    write(tmp_path, "company/deep/features.py", "# deep")
    assert find_source("company.deep.features", [tmp_path]).text == "# deep"
    assert "company" not in sys.modules


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere_at_all", "there is no module nowhere_at_all"),
        ("json.nothing", "there is no module json.nothing"),
        ("math", "there is no module math"),
        ("../own", "such as my_company.features"),
        ("a b", "such as my_company.features"),
        ("odd", "a file of Python in UTF-8"),
        ("large", "at most 200,000 bytes"),
    ],
)
def test_what_is_no_module_of_text_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "odd.py").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "large.py").write_bytes(b"#" * 200_001)
    with pytest.raises(UsageError, match=said):
        find_source(name, [tmp_path])


@pytest.mark.slow
def test_a_changed_module_is_read_anew_in_the_same_process(tmp_path: Path) -> None:
    """Two versions of a module do not mix: neither becomes an entry of `sys.modules`."""
    file = write(tmp_path, "mine.py", TEXT.format("WAIT_S"))
    first = read_own_features(["mine"], tmp_path)
    file.write_text(TEXT.format("Count('message')"))
    second = read_own_features(["mine"], tmp_path)
    assert first.as_dict() != second.as_dict()
    assert "mine" not in sys.modules
    assert read_own_features([]) is NO_FEATURES
    with pytest.raises(UsageError, match="a list of different modules"):
        read_own_features(["mine", "mine"], tmp_path)


@pytest.mark.slow
def test_a_declaration_that_differs_in_a_second_process_is_refused(tmp_path: Path) -> None:
    """The order of a set of texts is another in each process."""
    write(tmp_path, "mine.py", TEXT.format("Count('_'.join({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}))"))
    with pytest.raises(FeatureError, match="the feature own_x is not declared the same in a second process"):
        read_own_features(["mine"], tmp_path)
