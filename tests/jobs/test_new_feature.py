"""`forestall new-feature`: a module of ten lines, and a test that passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workshop import Run, error_of


@pytest.mark.slow
def test_a_starter_has_ten_lines_and_its_test_passes(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("new-feature", "parking", "--output", "shop/features")
    assert code == 0
    assert "forestall check-features" in out
    module = tmp_path / "shop" / "features" / "parking.py"
    lines = [line for line in module.read_text().splitlines() if line]
    assert len(lines) <= 10
    assert all(len(line) <= 120 for line in lines)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_parking.py"]
    done = subprocess.run(words, cwd=module.parent, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_nothing_is_overwritten_and_a_name_must_be_one_of_a_family(run: Run, tmp_path: Path) -> None:
    assert run("new-feature", "parking", "--format", "json")[0] == 0
    (tmp_path / "parking.py").unlink()
    code, _, said = run("new-feature", "parking")
    assert code == 2
    assert "test_parking.py exists; choose another name" in error_of(said)
    assert not (tmp_path / "parking.py").exists()
    assert run("new-feature", "random")[0] == 2  # the test beside it imports Python's modules
    for name in ("Parking", "service", "service_more", "a-b", "x" * 50):
        assert run("new-feature", name)[0] == 2
    (tmp_path / "file").write_text("")
    code, _, said = run("new-feature", "lot", "--output", "file")
    assert code == 2
    assert "cannot be written" in error_of(said)
