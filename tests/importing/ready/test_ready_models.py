"""Each ready importer is a valid mapping, and a model that belongs to it reads only what it imports."""

from pathlib import Path

import pytest

from forestall.config import read_config
from forestall.importing.mapping import Mapping
from forestall.model.spec import Spec
from ready_import import MAPPINGS

MODELS = MAPPINGS.parents[1] / "models"
GUIDE = MAPPINGS.parents[1] / "docs" / "guide" / "ready-importers.md"
FILES = sorted(MAPPINGS.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mapping_is_valid_and_described_in_the_guide(file: Path) -> None:
    read_config(file, Mapping)
    assert f"`{file.name}`" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "file", [file for file in FILES if (MODELS / file.stem).is_dir()], ids=lambda file: file.stem
)
def test_its_model_uses_columns_that_the_mapping_keeps(file: Path) -> None:
    path = MODELS / file.stem / "model.yaml"
    plan, spec = read_config(file, Mapping), read_config(path, Spec)
    assert {*spec.context.categorical, *spec.context.numeric} <= set(plan.keep)
    if spec.label.event is None:
        assert plan.feedback
    else:
        assert spec.label.event in plan.kinds()
