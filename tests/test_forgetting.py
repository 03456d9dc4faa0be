"""Customers are forgotten in all that the jobs of a company write: a small twin of `benchmarks/forgetting.py`."""

from pathlib import Path

import pytest

from proofs import load_proof


@pytest.mark.slow
def test_no_file_of_any_job_holds_a_trace_and_what_is_about_others_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetting = load_proof("forgetting")
    monkeypatch.chdir(tmp_path)  # where the artifacts of runs are written
    company = forgetting.work(tmp_path, 900, forgetting.MODEL + "families: [service, resolution]\n")
    found = forgetting.forget_and_search(company, 40)
    assert found["customers"] == 40
    assert len(found["files_that_held_a_trace"]) > 30
    assert found["files_that_hold_one_now"] == 0
    assert found["files_the_same_to_the_byte"] > 20
