"""The wheel of the code, and its digest."""

import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import forestall
from forestall.registry import wheel
from forestall.registry.wheel import code_digest, requirements, write_wheel


def test_the_same_code_makes_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(write_wheel(tmp_path / name))
    assert files[0].name == f"forestall-{forestall.__version__}-py3-none-any.whl"
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_wheel_holds_what_pip_needs(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_wheel(tmp_path)) as file:
        assert file.testzip() is None
        info = f"forestall-{forestall.__version__}.dist-info"
        assert {f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"} <= set(file.namelist())
        assert not [name for name in file.namelist() if "simulation/" in name or "__pycache__" in name]


def test_every_requirement_has_a_fixed_release() -> None:
    first, *others = requirements("wheel/forestall.whl")
    assert first == "wheel/forestall.whl"
    assert all(str(Requirement(line).specifier).startswith("==") for line in others)


def test_the_digest_changes_with_code_that_scores_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(**files: str) -> str:
        paths = []
        for name, text in files.items():
            path = tmp_path / name
            path.write_text(text)
            paths.append((name.replace("__", "/") + ".py", path))
        monkeypatch.setattr(wheel, "_files", lambda: iter(paths))
        return code_digest.__wrapped__()  # type: ignore[no-any-return]  # without the cache

    first = digest(model__a="1", reporting__b="1")
    assert digest(model__a="1", reporting__b="2") == first
    assert digest(model__a="2", reporting__b="1") != first
    assert digest(model__c="1", reporting__b="1") != first
