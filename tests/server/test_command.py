"""The command reports an error that prevents serving in one line."""

from __future__ import annotations

import inspect
import subprocess

import pytest
from servers import FORESTALL, Server

from forestall.cli.serve_command import serve
from forestall.config import parse_config
from forestall.errors import UsageError
from forestall.jobs.serve import _NAMES, _settings
from forestall.jobs.serve import serve as job
from forestall.server import Settings
from workshop import Run, Work, error_of


def test_an_invalid_model_or_option_is_reported_in_one_line(run: Run, work: Work) -> None:
    for words, expected, says in (
        (["nonsense"], 2, "MODEL_URI must be"),
        (["models:/quick-risk/99", "--tracking-uri", work.tracking_uri], 1, "has no version 99"),
        (["models:/quick-risk/1", "--port", "70000"], 2, "--port"),
    ):
        code, _, said = run("serve", *words)
        assert code == expected
        assert says in error_of(said)


def test_a_port_in_use_is_reported(server: Server, work: Work) -> None:
    command = [*FORESTALL, "serve", "models:/quick-risk/1", "--tracking-uri", work.tracking_uri]
    done = subprocess.run(
        [*command, "--port", str(server.port)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{server.port}" in error_of(done.stderr)


def test_the_command_and_the_settings_have_the_same_defaults() -> None:
    settings = Settings(model_uri="models:/a/1")
    told = {name: one.default for name, one in inspect.signature(serve).parameters.items()}
    for name in ("max_body", "max_in_flight", "min_free_memory"):
        told[name] *= 1024 * 1024
    assert set(told) - {"model_uri"} <= {*_NAMES, *Settings.model_fields}
    for name, default in told.items():
        if name != "model_uri":
            assert getattr(settings, _NAMES.get(name, name)) == default
    called = {name: one.default for name, one in inspect.signature(job).parameters.items()}
    assert {**called, "model_uri": None} == {
        name: None if name == "model_uri" else one.default
        for name, one in inspect.signature(serve).parameters.items()
    }


def test_each_limit_of_the_settings_is_an_option() -> None:
    options = {_NAMES.get(name, name) for name in inspect.signature(serve).parameters}
    assert set(Settings.model_fields) - options == {"drain_s"}
    with pytest.raises(UsageError, match="max_in_flight must be at least max_body"):
        parse_config(_settings({"max_body": 2, "max_in_flight": 1, "min_free_memory": 0, "model_uri": "a"}),
                     Settings, "serve")  # fmt: skip
