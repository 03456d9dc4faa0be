"""The server follows its alias between requests, and keeps the old version if the new one cannot be used."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import threading
from pathlib import Path
from typing import Any

import mlflow
import pytest
from servers import Answer, Server, until

from forestall.registry.aliases import by_number
from forestall.registry.tracking import connect
from forestall.server.model_follower import ModelFollower


def version_of(server: Server) -> str:
    return server.get("/ping").headers["x-model-version"]


def n_swaps(server: Server) -> float:
    lines = server.get("/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith("forestall_model_swaps_total")).split()[1])


def test_every_answer_under_load_names_the_model_that_made_it(
    two: Any, moving: Server, records: list[dict[str, Any]]
) -> None:
    answers: list[Answer] = []
    failures: list[Exception] = []
    is_over = threading.Event()

    def load(n: int) -> None:
        try:
            while not is_over.is_set():
                answers.append(moving.score(records[:n]))
        except Exception as error:
            failures.append(error)

    two.move(1)
    until(lambda: version_of(moving) == "1")
    before = n_swaps(moving)
    threads = [threading.Thread(target=load, args=(n,)) for n in (1, 1, 40)]
    for thread in threads:
        thread.start()
    try:
        for move in range(3):
            version = str(2 - move % 2)
            two.move(version)
            until(lambda version=version: version_of(moving) == version)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert n_swaps(moving) >= before + 3
    assert failures == []
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["x-model-version"] for answer in answers} == {"1", "2"}
    for answer in answers:
        version = answer.headers["x-model-version"]
        assert answer.risks == two.risks[version][: len(answer.risks)]
        assert {row["model_version"] for row in answer.json["predictions"]} == {version}


@pytest.fixture
def follower(two: Any) -> ModelFollower:
    two.move(1)
    return ModelFollower.load(two.uri, two.tracking_uri)


def test_an_update_serves_the_next_version(two: Any, follower: ModelFollower) -> None:
    first = follower.served
    assert follower.update() is False
    two.move(2)
    assert follower.update() is True
    assert (first.model.version, follower.served.model.version) == ("1", "2")
    assert dict(follower.served.headers)[b"x-model-version"] == b"2"
    assert follower.n_swaps == 1


def test_a_version_that_does_not_load_is_reported_and_the_old_one_stays(
    two: Any, follower: ModelFollower, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(two.tracking_uri)
    package = mlflow.artifacts.download_artifacts("models:/two-risk/2", dst_path=str(tmp_path / "package"))
    shutil.rmtree(Path(package) / "artifacts")
    broken = client.create_model_version("two-risk", package)
    client.set_registered_model_alias("two-risk", "champion", broken.version)
    changes: list[str | None] = []
    follower.on_change = lambda one: changes.append(one.problem)
    for _ in range(3):
        assert follower.update() is False
    assert follower.served.model.version == "1"
    health = follower.health()
    assert health["status"] == "degraded"
    assert health["problem"].startswith(f"version {broken.version} does not load: ")
    assert len(changes) == len(caplog.records) == 1  # reported once
    two.move(2)
    assert follower.update() is True
    assert follower.health()["status"] == "ok"


def test_a_missing_alias_or_registry_is_reported_and_the_old_version_stays(
    two: Any, follower: ModelFollower, tmp_path: Path
) -> None:
    client = connect(two.tracking_uri)
    client.delete_registered_model_alias("two-risk", "champion")
    assert follower.update() is False
    assert "no version with the alias 'champion'" in str(follower.problem)
    two.move(1)
    assert follower.update() is False
    assert follower.problem is None
    follower.tracking_uri = "http://127.0.0.1:9"
    assert follower.update() is False
    assert "cannot be reached" in str(follower.problem)
    assert follower.served.model.version == "1"
    follower.tracking_uri = two.tracking_uri
    assert follower.update() is False
    assert follower.problem is None


def test_a_restored_registry_is_noticed_and_a_missing_one_reported(two: Any, tmp_path: Path) -> None:
    two.move(1)
    file, backup = tmp_path / "mlflow.db", tmp_path / "backup.db"
    shutil.copy(two.tracking_uri.removeprefix("sqlite:///"), file)
    follower = ModelFollower.load(two.uri, f"sqlite:///{file}")
    shutil.copy(file, backup)
    connect(follower.tracking_uri).set_registered_model_alias(two.name, "champion", "2")
    assert follower.update() is True
    file.unlink()
    assert follower.update() is False
    assert "must be a file with a registry, and there is none" in str(follower.health()["problem"])
    assert not file.exists()  # SQLite would have made an empty one
    file.write_bytes(b"no database at all" * 100)
    assert follower.update() is False
    assert follower.health()["status"] == "degraded"
    backup.rename(file)  # a restored one, in which the alias has not moved yet
    assert follower.update() is True
    assert (follower.served.model.version, follower.health()["status"]) == ("1", "ok")


def test_a_version_of_a_restored_registry_may_be_another_model(follower: ModelFollower) -> None:
    found = by_number(connect(follower.tracking_uri), "two-risk", "1")
    assert follower._is_served(found)
    assert not follower._is_served(dataclasses.replace(found, run_id="another"))


def test_a_registry_that_hangs_is_reported_and_does_not_delay_shutdown(
    follower: ModelFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, ends = threading.Event(), threading.Event()

    def update(self: ModelFollower) -> bool:
        answers.wait(60)
        self._set_problem(None)
        ends.set()
        return False

    monkeypatch.setattr(ModelFollower, "update", update)
    monkeypatch.setattr("forestall.server.model_follower.SLOW_S", 0.2)

    async def serve(seconds: float) -> None:
        following = asyncio.create_task(follower.follow(0.01))
        await asyncio.sleep(seconds)
        following.cancel()

    asyncio.run(serve(1))
    assert not ends.is_set()  # the update still hangs
    assert "has not answered" in str(follower.health()["problem"])
    answers.set()
    assert ends.wait(10)
    assert follower.health()["status"] == "ok"
