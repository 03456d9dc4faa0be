"""The help of a command has examples that the command accepts, and a shell completes its words."""

import os
import subprocess
import sys

import pytest
import typer

from forestall.cli.main import app

ROOT = typer.main.get_command(app)


@pytest.mark.parametrize("name", sorted(ROOT.commands))  # type: ignore[attr-defined]
def test_the_examples_of_a_command_are_accepted(name: str) -> None:
    command = ROOT.commands[name]  # type: ignore[attr-defined]
    lines = (command.epilog or "").splitlines()
    examples = [line.split() for line in lines if line.startswith("  forestall ")]
    assert examples, "a command has at least one example"
    for words in examples:
        assert words[:2] == ["forestall", name]
        parent = ROOT.make_context("forestall", [], resilient_parsing=True)
        command.make_context(name, words[2:], parent=parent)  # raises where an option is unknown or missing


@pytest.mark.slow
def test_a_shell_completes_commands_and_options() -> None:
    words = {"forestall expl": "explain", "forestall explain --wh": "--what-if"}
    for line, completed in words.items():
        environment = {
            "COMP_WORDS": line,
            "COMP_CWORD": str(line.count(" ")),
            "_FORESTALL_COMPLETE": "complete_bash",
        }
        code = "import sys; from forestall.cli.main import main; sys.exit(main([]))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [completed]
