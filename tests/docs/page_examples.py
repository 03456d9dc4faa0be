"""The examples of a page of the manual, and how they are run.

A fenced block is an example by its language:

- with a title (` ```yaml title="mapping.yaml" `) it is a file, and is written under that name;
- `bash` holds commands, one a line: `forestall`, `python FILE` and whatever else a shell knows. A comment at the end of
  a line, `# exit code 3`, names the exit code that is expected instead of 0;
- `python` is run; the blocks of a page share their names;
- `text title="Output"` is what the block before it prints. Numbers may differ, `…` stands for any text, and a line that
  holds nothing else for any lines;
- other languages are only shown. `<!-- not run: reason -->` in the line before a block keeps it from being run.

The front matter `continues: PAGE` makes a page start in the folder in which another page's examples have ended.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from servers import FORESTALL, free_port, running

from made_once import made_once

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SERVED = "127.0.0.1:5000"
"""Where `forestall serve` listens in the examples; the tests take a free port."""

_FENCE = re.compile(
    r"^(?P<not_run><!-- not run: [^\n]+ -->\n)?"
    r'```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?[^\n]*\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
_FRONT = re.compile(r"\A---\n(.*?)^---\n", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"[-−+]?\d[\d,.]*")
_EXIT_CODE = re.compile(r"\s*# exit code (\d)$")


@dataclass(frozen=True)
class Example:
    """One fenced block."""

    language: str
    title: str | None
    text: str
    line: int
    is_run: bool


@dataclass(frozen=True)
class ExamplePage:
    """A page with its examples."""

    path: Path
    continues: Path | None
    examples: list[Example]


def read_page(path: Path) -> ExamplePage:
    """Return the examples of a Markdown file."""
    content = path.read_text(encoding="utf-8")
    front = _FRONT.match(content)
    before = yaml.safe_load(front[1]).get("continues") if front else None
    examples = [
        Example(
            found["language"],
            found["title"],
            found["text"],
            content.count("\n", 0, found.start("language")) + 1,
            found["not_run"] is None,
        )
        for found in _FENCE.finditer(content)
    ]
    return ExamplePage(path, DOCS / before if before else None, examples)


def pages() -> list[Path]:
    """Return the pages of the manual that hold examples to run."""
    every = [
        path for path in sorted(DOCS.rglob("*.md")) if any(map(_does_something, read_page(path).examples))
    ]
    return every


def _does_something(example: Example) -> bool:
    return example.is_run and (example.language in {"bash", "python"} or is_file(example))


def is_file(example: Example) -> bool:
    """Return whether the block is a file of the working folder."""
    return example.title is not None and example.title != "Output"


def write_file(example: Example, folder: Path) -> None:
    """Write a block with a title under its name."""
    file = folder / str(example.title)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(example.text, encoding="utf-8")


@dataclass(frozen=True)
class ExampleRunner:
    """Runs pages, each once in a test run and in a folder of its own.

    Parameters
    ----------
    factory
        Where the folders are made.
    """

    factory: pytest.TempPathFactory

    def folder(self, path: Path) -> Path:
        """Return the folder in which a page's examples have been run; they are run the first time."""
        page = read_page(path)

        def run(folder: Path) -> None:
            if page.continues is not None:
                shutil.copytree(self.folder(page.continues), folder, dirs_exist_ok=True)
            run_page(page, folder)

        return made_once(self.factory, f"page-{'-'.join(path.relative_to(ROOT).with_suffix('').parts)}", run)


def run_page(page: ExamplePage, folder: Path) -> None:
    """Run a page's examples in a folder; a wrong exit code, exception or output fails the test and names the line."""
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    with contextlib.ExitStack() as servers, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        port = SERVED.partition(":")[2]
        for example in page.examples:
            if not example.is_run:
                continue
            place = f"{page.path.relative_to(ROOT)}:{example.line}"
            text = example.text.replace(SERVED, f"127.0.0.1:{port}")
            if is_file(example):
                write_file(example, folder)
            elif example.title == "Output":
                _check_output(example.text, printed, place)
            elif example.language == "bash":
                printed = ""
                for command in _commands(text):
                    if command.startswith("forestall serve"):
                        port = str(free_port())
                        words = [*FORESTALL, *shlex.split(command)[1:], "--port", port]
                        servers.enter_context(running(words, int(port), folder / "server.log"))
                    else:
                        printed += _run_command(command, place)
            elif example.language == "python":
                printed = _run_python(text, names, place)


def _commands(text: str) -> Iterator[str]:
    """Return the commands of a block; a backslash or an open quote goes on in the next line."""
    command = ""
    for line in text.splitlines():
        command += line
        if command.endswith("\\"):
            command = command[:-1]
        elif command.count("'") % 2:
            command += "\n"
        elif command.strip() and not command.startswith("#"):
            yield command.strip()
            command = ""
        else:
            command = ""


def _run_command(command: str, place: str) -> str:
    """Run one command and return what it printed; Forestall's own commands run in this process."""
    from forestall.cli import main

    found = _EXIT_CODE.search(command)
    expected = int(found[1]) if found else 0
    words = shlex.split(command, comments=True)
    if words[0] == "forestall":
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words[1:])
        printed, said = out.getvalue(), err.getvalue()
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PATH": path},
        )  # fmt: skip
        code, printed, said = done.returncode, done.stdout, done.stderr
    assert code == expected, f"{place}: `{command}` ended with {code}\n{printed}\n{said}"
    return printed


def _run_python(text: str, names: dict[str, object], place: str) -> str:
    out = io.StringIO()
    path, _, line = place.rpartition(":")
    tree = ast.increment_lineno(ast.parse(text), int(line))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(tree, path, "exec"), names)
    return out.getvalue()


def _check_output(shown: str, printed: str, place: str) -> None:
    pattern = ""
    for line in shown.splitlines():
        words = _plain(line)
        pattern += r"(?:.*\n)*?" if words == "…" else re.escape(words).replace("…", ".*") + r"\n"
    plain = "".join(f"{_plain(line)}\n" for line in printed.splitlines())
    assert re.fullmatch(pattern, plain), f"{place}: the output differs; it is now\n{printed}"


def _plain(line: str) -> str:
    """Return a line with one blank between words, and `#` for each number."""
    return re.sub(r"[─┄]+", "─", " ".join(_NUMBER.sub("#", line).split()))
