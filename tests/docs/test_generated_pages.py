"""The generated pages hold what the code holds."""

from __future__ import annotations

import importlib
import re
import sys
import typing
from collections.abc import Iterator
from types import ModuleType

import pytest
from page_examples import DOCS, ROOT

import forestall
from forestall.data.schemas import CORE_KINDS
from forestall.importing.mapping import Mapping
from forestall.model.spec import Spec

GENERATORS = ("commands", "configuration", "decisions", "event_kinds", "feature_list", "python_api", "tables")


def type_of_train() -> str:
    """Return where the class is that `forestall.train` returns."""
    returned = typing.get_type_hints(forestall.train)["return"]
    return f"{returned.__module__}.{returned.__qualname__}"


@pytest.fixture(scope="module")
def generate() -> Iterator[dict[str, ModuleType]]:
    """Return the modules that generate pages, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "generate"))
        yield {name: importlib.import_module(name) for name in GENERATORS}
    for name in GENERATORS:
        sys.modules.pop(name, None)


def test_every_command_and_option_is_listed(generate: dict[str, ModuleType]) -> None:
    from forestall.cli.main import app

    page = generate["commands"].page()
    for command in app.registered_commands:
        assert f"## forestall {command.name} " in page
    for option in ("--tune", "--as-of", "--contacts", "--tracking-uri", "--dry-run", "--poll"):
        assert f"`{option}" in page


@pytest.mark.parametrize("root", [Spec, Mapping])
def test_every_key_is_listed_with_its_meaning(generate: dict[str, ModuleType], root: type) -> None:
    configuration = generate["configuration"]
    page = "\n".join(configuration.sections(root))
    for model in configuration.models_of(root):
        for name, field in model.model_fields.items():
            assert f"| `{field.alias or name}` |" in page
            assert configuration.meaning(model, name)


def test_a_single_value_is_promised_only_where_it_is_read(generate: dict[str, ModuleType]) -> None:
    """`families: service` is refused; the page said that it is a family or a list of them."""
    models, mappings = ("\n".join(generate["configuration"].sections(root)) for root in (Spec, Mapping))
    assert "or a list of them" not in models
    assert "| `families` | list of `service` or" in models
    assert "or a list of them" in mappings


def test_every_key_of_a_mapping_file_is_explained_by_hand(generate: dict[str, ModuleType]) -> None:
    page = (DOCS / "data" / "mapping.md").read_text(encoding="utf-8")
    for model in generate["configuration"].models_of(Mapping):
        for name, field in model.model_fields.items():
            key = field.alias or name
            assert f"{key}:" in page or f"`{key}" in page, f"{model.__name__}.{key}"


def test_every_feature_and_public_name_is_listed(generate: dict[str, ModuleType]) -> None:
    features = generate["feature_list"].page()
    assert all(f"| `{name}` |" in features for name in forestall.dictionary()["column"])
    names = generate["python_api"].page()
    assert all(f"::: forestall.{name}\n" in names for name in forestall.__all__ if name != "__version__")
    assert f"::: {type_of_train()}\n" in names


def test_every_kind_is_explained_and_listed(generate: dict[str, ModuleType]) -> None:
    table = generate["event_kinds"].table()
    page = (DOCS / "data" / "event-kinds.md").read_text(encoding="utf-8")
    for kind in CORE_KINDS:
        assert f"| `{kind}` |" in table
        assert f"`{kind}`" in page


def test_a_feature_is_listed_under_the_kinds_that_it_reads(generate: dict[str, ModuleType]) -> None:
    event_kinds = generate["event_kinds"]
    needed, reading = event_kinds.features_by_kind()
    assert "resolution_transfer_n" in needed["transferred"]
    assert "resolution_transfer_n" not in needed["escalated"] | reading["escalated"]
    assert "resolution_ended" in needed["closed"]
    assert "service_hold_s" in reading["hold_ended"]
    assert "quality_defect_n" not in needed["returned"] | reading["returned"]


def test_a_feature_is_listed_under_the_facts_that_it_reads(generate: dict[str, ModuleType]) -> None:
    event_kinds = generate["event_kinds"]
    facts = event_kinds.FACTS
    assert "service_wait_s" in event_kinds.features_with(facts["end of the wait"])
    assert "service_total_s" in event_kinds.features_with(facts["end of the interaction"])
    assert "service_wait_s" not in event_kinds.features_with(facts["end of the interaction"])
    assert "`served`" in event_kinds.facts_table()


def test_decisions_have_titles_dates_and_numbers_without_gaps(generate: dict[str, ModuleType]) -> None:
    every = generate["decisions"].read()
    assert [int(one.path.split("/")[1][:3]) for one in every] == list(range(1, len(every) + 1))
    assert len({one.title for one in every}) == len(every)


def test_a_table_keeps_bars_and_line_breaks_in_their_cell(generate: dict[str, ModuleType]) -> None:
    tables = generate["tables"]
    table = tables.markdown_table(
        ["a", "b"], [("x|y", "two\nlines"), (tables.code("<x|y>"), tables.code("z"))]
    )
    assert table.splitlines()[-2:] == [r"| x\|y | two lines |", "| <code>&lt;x&#124;y&gt;</code> | `z` |"]


def test_the_results_name_scripts_that_exist() -> None:
    page = (DOCS / "results.md").read_text(encoding="utf-8")
    scripts = set(re.findall(r"`python (benchmarks/\w+\.py)", page))
    assert len(scripts) > 10
    assert all((ROOT / script).is_file() for script in scripts)


def test_every_rule_of_the_tables_is_explained() -> None:
    """Rules are methods of the schemas; those of cells are names of the importing and casting code."""
    page = (DOCS / "data" / "tables.md").read_text(encoding="utf-8")
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("data", "importing")
        for path in (ROOT / "src" / "forestall" / folder).rglob("*.py")
    )
    rules = set(re.findall(r"@dy\.rule\(\)\n    def (\w+)", source)) | set(
        re.findall(r'"(unreadable_\w+|\w+_off_scale|off_scale)"', source)
    )
    assert len(rules) > 12
    assert {rule for rule in rules if f"`{rule}`" not in page} == set()
