"""The recipes of the page Schedule name programs and options that exist."""

import ast
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from page_examples import DOCS, ROOT, read_page

from forestall.moments import utc

PAGE = DOCS / "guide" / "schedule.md"
EXAMPLES = {example.title: example.text for example in read_page(PAGE).examples if example.title}
PROGRAM = re.compile(r"pipelines/\w+\.py")
OPTION = re.compile(r"(?<=\s)--[\w-]+")


def test_each_recipe_names_programs_and_options_that_exist() -> None:
    recipes = [*EXAMPLES.values(), *re.findall(r"`(pipelines/[^`]+)`", PAGE.read_text(encoding="utf-8"))]
    commands = [part for recipe in recipes for part in re.split(r"(?=pipelines/\w+\.py)", recipe)[1:]]
    assert {PROGRAM.match(one)[0] for one in commands} >= {  # type: ignore[index]
        "pipelines/score.py",
        "pipelines/monitor.py",
        "pipelines/retrain.py",
    }
    for command in commands:
        program = ROOT / PROGRAM.match(command)[0]  # type: ignore[index]
        text = program.read_text(encoding="utf-8")
        for option in OPTION.findall(command.splitlines()[0]):
            assert f'"{option}"' in text, (program.name, option)


def test_the_crontab_has_five_fields_of_time_a_line() -> None:
    lines = [line for line in EXAMPLES["crontab"].splitlines() if not re.match(r"[A-Z_]+=", line)]
    assert len(lines) == 2
    assert all(re.match(r"(?:[\d*/,-]+ ){5} ?\S", line) for line in lines)


def test_the_dag_is_python_and_the_cron_job_is_yaml() -> None:
    (dag,) = (text for title, text in EXAMPLES.items() if title.startswith("dags/"))
    assert "skip_on_exit_code" in ast.unparse(ast.parse(dag))
    job = yaml.safe_load(EXAMPLES["forestall-nightly.yaml"])
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    pod = job["spec"]["jobTemplate"]["spec"]
    (container,) = pod["template"]["spec"]["containers"]
    assert {
        rule["onExitCodes"]["containerName"]
        for rule in pod["podFailurePolicy"]["rules"]
        if "onExitCodes" in rule
    } == {container["name"]}
    assert pod["template"]["spec"]["restartPolicy"] == "Never"  # what podFailurePolicy demands


def test_a_run_can_be_named_after_the_time_that_airflow_gives() -> None:
    """`{{ ts }}` is a time like this one."""
    assert utc("2026-11-29T02:15:00+00:00") == utc(datetime.fromisoformat("2026-11-29T02:15:00Z"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "program", sorted({one for text in EXAMPLES.values() for one in PROGRAM.findall(text)})
)
def test_each_program_has_help(program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / program), "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "usage:" in done.stdout
