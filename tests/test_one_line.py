"""What a notebook shows of a result."""

import dataclasses
from importlib import import_module
from pathlib import Path

import forestall
from forestall.jobs.job_result import JobResult
from forestall.one_line import one_line


def all_results() -> list[type[JobResult]]:
    for file in Path(import_module("forestall.jobs").__file__ or "").parent.glob("*.py"):
        import_module(f"forestall.jobs.{file.stem}")
    return JobResult.__subclasses__()


def test_lists_mappings_and_long_texts_are_not_repeated() -> None:
    said = one_line(
        "Report", {"a": None, "b": True, "html": "x" * 5000, "d": {"e": 1}, "f": ("g", "h"), "i": 0.5}
    )
    assert said == f"Report(a=None, b=True, html={'x' * 80 + '…'!r}, d={{1}}, f=[2], i=0.5)"


def test_no_result_shows_all_that_it_holds() -> None:
    """A result as the last line of a cell filled the notebook: an evaluation has 70,000 characters."""
    results = all_results()
    assert len(results) > 10
    assert [one.__name__ for one in results if one.__repr__ is not JobResult.__repr__] == []
    assert all(dataclasses.is_dataclass(one) for one in results)


def test_a_model_says_which_one_it_is(work) -> None:  # type: ignore[no-untyped-def]
    model = forestall.load(work.champion, work.tracking_uri)
    assert repr(model) == f"LoadedModel(name='{model.name}', version='{model.version}', uri='{model.uri}')"
    gate = forestall.promote(model.name, version=model.version, tracking_uri=work.tracking_uri, dry_run=True)
    assert repr(gate).startswith(f"GateResult(name='{model.name}', version='{model.version}', champion=")
