"""Results in an object store: one of several jobs wins, no kill and no fault of the store mixes or loses anything."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import kill_in_store
import pytest
from publishing_jobs import job, run

from faulty_store import CUT, LOSE, PASS, REFUSE, UNCONDITIONAL, Proxy, faulty_proxy
from forestall.errors import InputError, UsageError
from forestall.locations import location_of
from forestall.publishing import BusyError, Publication, open_output
from forestall.publishing.store_state import StoreState
from object_store import SECRET, objects


@pytest.fixture
def out(s3: Any, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Give a new prefix and its address."""
    name = f"out-{abs(hash(request.node.nodeid))}"
    return name, f"s3://company/{name}"


@pytest.fixture
def proxy(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Give a proxy in front of the store, through which the jobs go; they try for two seconds."""
    with faulty_proxy(os.environ["AWS_ENDPOINT_URL"]) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.address)
        monkeypatch.setenv("FORESTALL_STORE_RETRY_S", "2")
        yield running


def results(s3: Any, name: str) -> dict[str, str]:
    """Return the results that the manifest names, and check that there is nothing else."""
    stored = objects(s3, name)
    manifest = json.loads(stored.pop("manifest.json"))
    named = {part["at"]: part["path"] for part in manifest["parts"]}
    assert set(stored) == set(named)
    return {named[at]: content.decode() for at, content in stored.items()}


def expected(version: str, at: str = "noon") -> dict[str, str]:
    parts = {f"scores/part-{number}.txt": f"version {version}, part {number}, {at}" for number in range(3)}
    extra = {"extra.txt": "extra"} if version == "1" else {}
    return {**parts, **extra, "list.txt": f"list of version {version}", "summary.json": "night"}


def test_results_are_replaced_and_the_old_files_removed(s3, out):
    name, address = out
    assert not run(address, "1")
    assert results(s3, name) == expected("1")
    assert not run(address, "2")
    assert results(s3, name) == expected("2")
    assert run(address, "2", at="midnight")
    assert results(s3, name) == expected("2")


def test_an_error_leaves_the_old_results_and_nothing_else(s3, out):
    name, address = out
    run(address, "1")
    with open_output(address) as place:
        late = place.publication(job(version="2"))
        write(late.__enter__(), "2")
        assert not late.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert results(s3, name) == expected("1")


def write(publication: Publication, version: str) -> None:
    for number in range(3):
        text = f"version {version}, part {number}, noon"
        publication.write_part(f"scores/part-{number}.txt", lambda file, text=text: file.write_text(text))


@pytest.mark.parametrize("has_old", [False, True], ids=["a new output", "over old results"])
def test_of_two_jobs_at_once_one_wins_and_the_other_says_so(s3, out, has_old):
    name, address = out
    if has_old:
        run(address, "1")
    with ExitStack() as late:
        place = late.enter_context(open_output(address))
        slow = place.publication(job(version="3"))
        write(slow.__enter__(), "3")
        run(address, "2")
        with pytest.raises(
            BusyError, match="has got the results of another job meanwhile; nothing of this job"
        ):
            slow.__exit__(None, None, None)
    assert results(s3, name) == expected("2")


def test_of_five_jobs_at_once_one_wins(s3, out):
    name, address = out
    with ExitStack() as stack:
        jobs = [stack.enter_context(open_output(address)).publication(job(version=str(n))) for n in range(5)]
        for number, one in enumerate(jobs):
            write(one.__enter__(), str(number))
        jobs[3].__exit__(None, None, None)
        for number in (0, 1, 2, 4):
            with pytest.raises(BusyError):
                jobs[number].__exit__(None, None, None)
    found = results(s3, name)
    assert found == {part: text for part, text in expected("3").items() if part.startswith("scores/")}


def test_the_same_job_twice_goes_on_in_the_second_process(s3, out):
    name, address = out
    with ExitStack() as stack:
        slow = stack.enter_context(open_output(address)).publication(job(version="2"))
        first = slow.__enter__()
        first.write_part("scores/part-0.txt", lambda file: file.write_text("version 2, part 0, noon"))
        quick = stack.enter_context(open_output(address)).publication(job(version="2", at="midnight"))
        second = quick.__enter__()
        assert second.started == {"at": "noon"}
        with pytest.raises(BusyError, match="another process, which goes on with the same job") as error:
            first.write_part("scores/part-1.txt", lambda file: file.write_text("x"))
        assert not slow.__exit__(type(error.value), error.value, error.value.__traceback__)
        write(second, "2")
        quick.__exit__(None, None, None)
    assert set(results(s3, name)) == {f"scores/part-{number}.txt" for number in range(3)}


def ended(address: str, *words: str) -> int:
    """Run the job in a process of its own, and return how it ended."""
    done = subprocess.run(
        [sys.executable, kill_in_store.__file__, address, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode <= 0, done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize(
    ("has_old", "when"),
    [(False, "AFTER"), (True, "BEFORE"), (True, "AFTER")],
    ids=["new", "old", "old, after"],
)
def test_a_kill_at_any_write_loses_mixes_and_leaves_nothing(s3, out, when, has_old):
    name, address = out
    n_kills = 0
    while True:
        here, place = f"{name}-{n_kills}", f"{address}-{n_kills}"
        if has_old:
            run(place, "1")
        if ended(place, "2", str(n_kills + 1), when) == 0:
            break
        n_kills += 1
        manifest = StoreState.of(location_of(place)).manifest
        seen = None if manifest is None else {part.path for part in manifest.parts}
        assert seen in ([set(expected("2")), set(expected("1"))] if has_old else [None, set(expected("2"))])
        run(place, "2", at="midnight")
        assert results(s3, here) in (expected("2"), expected("2", "midnight")), n_kills
    assert n_kills > 15


def test_what_another_killed_job_left_is_removed_by_the_next_that_ends(s3, out):
    name, address = out
    assert ended(address, "3", "8") < 0
    assert any(key.startswith(".forestall-") for key in objects(s3, name))
    run(address, "2")
    assert results(s3, name) == expected("2")


@pytest.mark.parametrize("fault", [REFUSE, CUT, LOSE])
def test_a_fault_of_the_store_now_and_then_changes_nothing(s3, out, proxy, fault):
    name, address = out
    for version in ("1", "2"):
        proxy.decide = lambda method, path, number: fault if number % 3 == 0 else PASS
        run(address, version)
        assert results(s3, name) == expected(version)


@pytest.mark.parametrize(
    ("fault", "said"), [(REFUSE, "it answered with status 503"), (CUT, "it could not be reached")]
)
def test_a_store_that_stays_away_is_one_clear_error_and_the_old_results_stay(s3, out, proxy, fault, said):
    name, address = out
    run(address, "1")
    proxy.decide = lambda method, path, number: fault if "part-1" in path else PASS
    with pytest.raises(
        InputError, match=r"must be at a store that answers, .* for 2 s; give the command again"
    ) as error:
        run(address, "2")
    assert said in str(error.value)
    assert SECRET not in str(error.value)
    manifest = StoreState.of(location_of(address)).manifest
    assert {part.path for part in manifest.parts} == set(expected("1"))
    proxy.decide = lambda method, path, number: PASS
    run(address, "2", at="midnight")
    assert results(s3, name) == expected("2")


def test_an_answer_that_is_lost_does_not_make_a_job_fail_that_has_published(s3, out, proxy):
    name, address = out
    lost = []

    def lose_once(method: str, path: str, number: int) -> str:
        if method == "PUT" and path.endswith("/manifest.json") and not lost:
            lost.append(number)
            return LOSE
        return PASS

    proxy.decide = lose_once
    run(address, "1")
    assert lost
    assert results(s3, name) == expected("1")


def test_a_store_that_ignores_conditions_is_refused_before_anything_is_written(s3, out, proxy):
    name, address = out
    proxy.decide = lambda method, path, number: UNCONDITIONAL if method == "PUT" else PASS
    with pytest.raises(UsageError, match="must be in a store with conditional writes"):
        run(address, "1")
    assert objects(s3, name) == {}


def test_what_is_not_ours_is_refused_and_kept(s3, out):
    name, address = out
    run(address, "1")
    s3.put_object(Bucket="company", Key=f"{name}/scores/mine.txt", Body=b"mine")
    before = objects(s3, name)
    with pytest.raises(UsageError, match=r"holds what no run of this kind wrote: 'scores/mine\.txt'"):
        run(address, "2")
    assert objects(s3, name) == before


def test_the_manifest_of_another_program_is_refused_and_kept(s3, out):
    name, address = out
    s3.put_object(Bucket="company", Key=f"{name}/manifest.json", Body=b'{"name": "an app"}')
    with pytest.raises(UsageError, match=r"wrote: 'manifest\.json'"):
        run(address, "1")
    assert objects(s3, name) == {"manifest.json": b'{"name": "an app"}'}


def test_the_results_of_another_run_are_refused(s3, out):
    _, address = out
    run(address, "1", run_id="night")
    with pytest.raises(UsageError, match="holds the results of run night"):
        run(address, "1", run_id="morning")
