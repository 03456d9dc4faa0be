"""A package is tried in a process of its own, and one that ends that process does not end the server."""

from __future__ import annotations

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import mlflow
import pytest

from forestall.registry import RegistryError
from forestall.registry.package import DIGESTS
from forestall.registry.tracking import connect
from forestall.server import trial
from forestall.server.model_follower import ModelFollower
from forestall.server.trial import try_package


@pytest.fixture
def package(two: Any, tmp_path: Path) -> Path:
    connect(two.tracking_uri)
    return Path(mlflow.artifacts.download_artifacts("models:/two-risk/2", dst_path=str(tmp_path / "package")))


def change(package: Path, name: str, old: str, new: str) -> None:
    """Change a file of the model, and its digest as well."""
    folder = package / "artifacts" / "risk_model"
    file = folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    digests = json.loads((folder / DIGESTS).read_text())
    digests[name] = sha256(file.read_bytes()).hexdigest()
    (folder / DIGESTS).write_text(json.dumps(digests))


def test_a_good_package_passes_and_a_broken_one_says_why(package: Path) -> None:
    try_package(package)
    change(package, "booster.txt", "num_leaves=", "num_leaves=9")
    with pytest.raises(RegistryError, match=r"boosters in .* must be as LightGBM writes them; tree 0"):
        try_package(package)


def test_a_process_that_is_killed_or_takes_too_long_is_named(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    monkeypatch.setattr(sys, "executable", str(program))

    def acts(text: str) -> None:
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    acts("kill -SEGV $$")
    with pytest.raises(RegistryError, match="it ended the process that tried it, by SIGSEGV"):
        try_package(package)
    acts("exit 7")
    with pytest.raises(RegistryError, match="exit code 7"):
        try_package(package)
    acts("exec sleep 60")
    monkeypatch.setattr(trial, "TRIAL_S", 0.2)
    with pytest.raises(RegistryError, match="must load and score within"):
        try_package(package)


def test_the_old_version_stays_whatever_the_next_one_does(two: Any, package: Path) -> None:
    two.move(1)
    follower = ModelFollower.load(two.uri, two.tracking_uri)
    tried: list[Path] = []

    def ends(folder: Path) -> None:
        tried.append(folder)
        raise RegistryError("it ended the process that tried it, by SIGSEGV")

    follower.trial = ends
    two.move(2)
    assert follower.update() is follower.update() is False
    assert follower.served.model.version == "1"
    assert "version 2 does not load: it ended the process" in str(follower.problem)
    follower.trial = tried.append
    assert follower.update() is True
    two.move(1)
    assert follower.update() is True
    two.move(2)
    assert follower.update() is True
    assert len(tried) == 4  # refused twice, then each version once
    shutil.rmtree(package)


def test_scores_that_differ_from_the_probes_are_refused_with_the_same_code(package: Path) -> None:
    text = (package / "artifacts" / "risk_model" / "probes.json").read_text()
    risk = json.loads(text)["answers"]["dissatisfaction_risk"][0]
    change(package, "probes.json", repr(risk), repr(risk + 0.01))
    with pytest.raises(
        RegistryError, match=r"must score its probe records as when it was packaged.*dissatisf"
    ):
        try_package(package)
