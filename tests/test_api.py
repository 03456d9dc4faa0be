"""The Python API: a function for each command, with the same names."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from pathlib import Path

import pytest
import typer

import forestall
from forestall.cli.main import app

OTHER_NAMES = {
    "import": "import_records",
    "log": "log_training",
    "contacts": "keep_ledger",
    "new": "new_project",
}
COMMANDS = {
    OTHER_NAMES.get(name, name.replace("-", "_")): command
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
}
ONLY_OPTIONS = {
    "style",
    "help",
    "suggest",
}  # how results are printed; `import --suggest` is `forestall.suggest`
ONLY_IN_PYTHON = {
    "progress",
    "on_trial",
    "on_part",
    "n_jobs",
    "scored_at",
}  # functions, threads, time of the job


# the words of `forget` are customers and then places, which are parameters of their own in Python
ALIKE = sorted(COMMANDS.keys() - {"forget"})


def function_of(name: str) -> typing.Callable[..., object]:
    from importlib import import_module

    module = {"rollback": "promote", "keep_ledger": "ledger"}.get(name, name)
    return typing.cast(typing.Callable[..., object], getattr(import_module(f"forestall.jobs.{module}"), name))


def options_of(name: str) -> dict[str, str]:
    """Return a command's parameters by the name that a user types, as Python spells it, with their own name."""
    found = {}
    for one in COMMANDS[name].params:
        typed = one.opts[0].removeprefix("--").replace("-", "_") if one.opts[0].startswith("--") else one.name
        found[typed] = one.name
    return {typed: own for typed, own in found.items() if own not in ONLY_OPTIONS}


@pytest.mark.parametrize("name", ALIKE)
def test_a_function_has_the_parameters_of_its_command(name: str) -> None:
    parameters = inspect.signature(function_of(name)).parameters
    assert set(parameters) - ONLY_IN_PYTHON == set(options_of(name))


@pytest.mark.parametrize("name", ALIKE)
def test_required_values_are_positional_and_options_are_keywords(name: str) -> None:
    for one in inspect.signature(function_of(name)).parameters.values():
        is_required = one.default is inspect.Parameter.empty
        # promote("my-model"), rollback("my-model"), sign("models:/my-model/3")
        is_name = (one.name, one.default) in {("name", None), ("model_uri", None)}
        assert (one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD) == (is_required or is_name), one.name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_function_is_typed_and_documents_each_parameter(name: str) -> None:
    function = function_of(name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    text = inspect.getdoc(function) or ""
    for one in signature.parameters.values():
        assert one.annotation is not inspect.Parameter.empty
        assert one.name in text or one.name == "progress", one.name


def test_every_command_is_a_public_name_that_tab_completes() -> None:
    assert {*COMMANDS} <= {*forestall.__all__} <= {*dir(forestall)}
    for name in forestall.__all__:
        assert getattr(forestall, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        forestall.trian  # noqa: B018


def test_no_module_has_the_name_of_a_public_function() -> None:
    """When a module is imported, it replaces a function of the same name."""
    root = Path(str(forestall.__file__)).parent
    rooms = {path.stem for path in root.iterdir() if path.suffix in {"", ".py"}}
    assert not rooms & {*forestall.__all__}


def test_importing_the_package_imports_no_heavy_library() -> None:
    """`forestall --help` must not wait for LightGBM and MLflow."""
    script = (
        "import sys, forestall; dir(forestall); sys.exit('polars' in sys.modules or 'mlflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_its_annotations_can_be_resolved(name: str) -> None:
    """Editors and tools read them."""
    assert typing.get_type_hints(function_of(name))["return"] is not None


def test_modules_of_the_manual_are_attributes() -> None:
    """The manual names `forestall.plots.calibration`; after `import forestall` there was no such attribute."""
    code = "import forestall; print(callable(forestall.plots.roc), forestall.feature_terms.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "forestall.feature_terms"]
    assert {"plots", "feature_terms"} <= set(dir(forestall))
