"""Tampered packages: the small twin of `benchmarks/tampering.py`, with followers in this process instead of servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import mlflow
import pytest

from forestall.registry.package_files import package_files
from forestall.registry.tracking import connect
from forestall.server.model_follower import ModelFollower
from proofs import load_proof
from workshop import Work


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    return load_proof("tampered_packages")


@pytest.fixture
def registered(proof: ModuleType, work: Work, tmp_path: Path) -> Iterator[object]:
    connect(work.tracking_uri)
    package = mlflow.artifacts.download_artifacts(work.champion, dst_path=str(tmp_path / "original"))
    yield proof.Registered.of(Path(package), tmp_path)
    mlflow.set_tracking_uri(None)


def test_no_tampered_package_replaces_the_old_version(proof: ModuleType, registered: object) -> None:
    followers = {
        alias: ModelFollower.load(f"models:/{proof.NAME}@{alias}", registered.tracking_uri, key)
        for alias, key in (("unsigned", None), ("signed", registered.public_key))
    }
    wheel = next(file for file in package_files(registered.package) if file.endswith(".whl"))
    tried = (
        proof.Attack("loader.py", "changed", "open"),
        proof.Attack(wheel, "changed", "sealed"),
        proof.Attack("requirements.txt", "removed", "sealed"),
        proof.Attack(proof.BOOSTER, "other scores", "sealed"),
        *(proof.Attack("loader.py", "changed", "registry") for _ in range(3)),  # a signature of three kinds
        proof.Attack(proof.BOOSTER, "other scores", "registry"),
        proof.Attack(proof.BOOSTER, "a child beyond the last", "untagged"),
    )
    for number, attack in enumerate(tried):
        version = registered.attack(attack, number)
        alias = "signed" if attack.needs_key else "unsigned"
        registered.move(alias, version)
        assert followers[alias].update() is False
        assert followers[alias].served.model.version == "1"
        assert proof.is_named(attack, str(followers[alias].problem)), followers[alias].problem
        said = proof.refusal(registered, attack, version)
        assert said == "booster" or proof.is_named(attack, said)
    assert not registered.canary.exists()
    for alias, follower in followers.items():
        registered.move(alias, "1")
        assert follower.update() is False
        assert follower.problem is None


def test_each_file_is_changed_and_each_booster_broken_at_full_scale(proof: ModuleType) -> None:
    files = [f"file-{number}" for number in range(15)]
    tried = proof.attacks(files, proof.N_PACKAGES)
    assert len(set(tried)) == proof.N_PACKAGES
    for seal in proof.SEALS:
        assert {one.file for one in tried if (one.change, one.seal) == ("changed", seal)} >= set(files)
        assert {one.change for one in tried if one.seal == seal} >= set(proof.BROKEN)
    text = b"tree\nnum_class=1\ntree_sizes=9\n\nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=1\nthreshold=0.5\n"
    text += b"decision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=0.1 0.2\nis_linear=0\n\nTree=1\nend of trees\n"
    broken = {kind: change(text) for kind, change in proof.BROKEN.items()}
    assert len(set(broken.values()) - {text}) == len(broken) > 20
