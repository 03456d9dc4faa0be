"""The examples in docstrings, and the README's commands and Python, do what they say."""

import doctest
import importlib
import pkgutil
import re
import shlex
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import forestall
from workshop import QUICK_MODEL, Run

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
N = 1500


def modules_with_examples() -> list[str]:
    names = [one.name for one in pkgutil.walk_packages(forestall.__path__, "forestall.")]
    return [name for name in names if any(found.examples for found in examples(name))]


def examples(module: str) -> list[doctest.DocTest]:
    return doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))


@pytest.mark.parametrize("module", modules_with_examples())
def test_docstring_examples(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def block(language: str, holding: str) -> str:
    """Return the README's only block of code in a language that holds a text."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    (found,) = [text for written_in, text in blocks if written_in == language and holding in text]
    return found


def export(path: Path) -> None:
    """Write a help desk's tickets, with the columns that the README's mapping reads."""
    rng = np.random.default_rng(5)
    opened = pl.Series(
        [datetime(2026, 1, 1) + timedelta(minutes=float(m)) for m in rng.integers(90_000, size=N)]
    )
    wait_s, hours = rng.exponential(900, N), rng.exponential(20, N)
    # a long wait is forgiven where the matter is soon settled, which no straight line tells
    is_bad = rng.uniform(size=N) < np.where((wait_s > 900) & (hours > 10), 0.8, 0.15)
    served = pl.Series(np.ceil(wait_s / 60) * 60_000_000).cast(pl.Duration("us"))
    form = "%d/%m/%Y %H:%M"
    pl.DataFrame(
        {
            "Ticket": [f"t{number}" for number in range(N)],
            "Opened": opened.dt.strftime(form),
            "Customer": [f"c{number}" for number in rng.integers(400, size=N)],
            "Store": rng.choice(["North", "South", "East"], N),
            "Picked up": (opened + served).dt.strftime(form),
            "Hours to resolve": hours.round(2),
            "Transfers": rng.poisson(0.4, N),
            "Survey": np.where(rng.uniform(size=N) < 0.1, None, np.where(is_bad, "bad", "good")),
            "Survey day": (opened + timedelta(days=3)).dt.strftime("%Y-%m-%d"),
            "Priority": rng.choice(["high", "low"], N),
            "Close code": rng.choice(["fixed", "workaround"], N),
            "Survey comment": "words",
        }
    ).write_csv(path)  # fmt: skip


def test_the_readmes_way_from_an_export_to_reasons(run: Run, tmp_path: Path, monkeypatch):
    """Every command of "Bring your own data" runs as it is written there, and then its Python."""
    export(tmp_path / "export.csv")
    (tmp_path / "mapping.yaml").write_text(block("yaml", "Survey comment"), encoding="utf-8")
    name = "quick-risk"
    (tmp_path / "models" / "NAME").mkdir(parents=True)
    (tmp_path / "models" / "NAME" / "model.yaml").write_text(QUICK_MODEL, encoding="utf-8")
    lines = [*block("", "forestall import").splitlines(), *block("", "forestall train").splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.strip()]
    commands = [command for command in commands if command[0] != "serve"]  # tested where it serves
    assert [command[0] for command in commands] == ["import", "check", "train", "promote", "score", "explain"]
    for command in commands:
        words = [
            {"NAME": name, "ID": "t7"}.get(word, word.replace("models:/NAME", f"models:/{name}"))
            for word in command
        ]
        code, out, err = run(*words)
        assert code == 0, out + err
        assert out
    assert {"reasons", "risk_band"} <= set(pl.read_parquet(tmp_path / "out" / "scores").columns)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "NAME").rename(tmp_path / "models" / "dissatisfaction")
    python = (
        block("python", "forestall.train(")
        .replace("dissatisfaction-risk", name)
        .replace("2026-11-01", "2026-02-01")
    )
    space: dict[str, object] = {}
    exec(compile(python, "README.md", "exec"), space)
    assert len(space["scores"]) > 0
    assert len(space["records"]) == N
