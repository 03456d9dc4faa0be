"""Progress on stderr."""

from types import SimpleNamespace

import pytest

from forestall.cli.progress import Steps, logging_to_stderr


def test_progress_goes_to_stderr_and_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        with logging_to_stderr(), Steps() as steps:
            steps("trying")
            steps.advance(1, 2, "best 0.4")
            steps.advance(2, 2, "best 0.3")
        out, err = capsys.readouterr()
        assert out == ""
        return err

    assert said() == "… trying\n  1 of 2: best 0.4\n  2 of 2: best 0.3\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    on_terminal = said()
    assert "2/2" in on_terminal
    assert "best 0.3" in on_terminal
    assert "✓ trying" in on_terminal


def test_the_parts_of_a_fit_are_a_bar_on_a_terminal_and_nothing_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        with logging_to_stderr(), Steps() as steps:
            steps("fitting")
            for total, what in ((2, "folds"), (3, "refits")):
                for done in range(total + 1):
                    steps.part(done, total, what)
            steps("trying")
            steps.advance(1, 2, "best 0.4")
            steps.part(5, 7, "folds")
        return capsys.readouterr().err

    assert said() == "… fitting\n… trying\n  1 of 2: best 0.4\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    on_terminal = said()
    assert "3/3" in on_terminal
    assert "refits" in on_terminal
    assert "✓ fitting" in on_terminal
    assert "5/7" not in on_terminal


def test_of_many_rows_a_terminal_shows_how_many_are_done_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = iter(range(0, 1000, 2))  # two seconds between two looks at the clock
    monkeypatch.setattr("forestall.cli.progress.time", SimpleNamespace(monotonic=lambda: float(next(now))))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown: list[str] = []
    monkeypatch.setattr(Steps, "_show", lambda self, done, total, text, *, begins: shown.append(text))
    with logging_to_stderr(), Steps() as steps:
        steps("scoring")
        for done in (20_000, 50_000):
            steps.part(done, 100_000, "interactions scored")
        steps.part(1, 3, "folds")
        steps.part(2, 3, "folds")
    assert shown == ["interactions scored", "interactions scored, 15,000 a second", "folds", "folds"]
