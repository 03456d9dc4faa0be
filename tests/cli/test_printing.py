"""Results on stdout."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forestall.cli.printing import Format, show_result


@pytest.mark.slow
def test_a_reader_that_has_ended_is_no_error(tmp_path: Path) -> None:
    script = "from forestall.cli import main; raise SystemExit(main())"
    command = f"{sys.executable} -c '{script}' simulate {tmp_path}/data --interactions 50 --format json"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"], check=True, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


class Figures:
    def to_dict(self) -> dict[str, object]:
        return {"n": 1200, "share": 0.25, "when": datetime(2026, 3, 2, tzinfo=UTC)}

    def summary(self) -> dict[str, object]:
        return {
            "n": 1200,
            "share": 0.123456,
            "is_right": True,
            "missing": None,
            "when": datetime(2026, 3, 2, tzinfo=UTC),
            "notes": ["one", "two"],
            "rows": [{"name": "a", "words": ["x", "y"]}, {"name": "bcd"}],
            "by_name": {"first": 12345.6},
            "nothing": [],
        }


def test_a_result_is_printed_for_a_reader_with_tables_and_indented_sections(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_result(Figures(), Format.text)
    assert capsys.readouterr().out.splitlines() == [
        "n         1,200",
        "share     0.1235",
        "is_right  yes",
        "missing   -",
        "when      2026-03-02T00:00:00+00:00",
        "notes:",
        "  one",
        "  two",
        "rows:",
        "  name  words",
        "  a     x; y",
        "  bcd   -",
        "by_name:",
        "  first  12,345.6",
    ]


def test_a_result_is_printed_as_json_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(Figures(), Format.json)
    assert json.loads(capsys.readouterr().out) == {
        "n": 1200,
        "share": 0.25,
        "when": "2026-03-02T00:00:00+00:00",
    }
