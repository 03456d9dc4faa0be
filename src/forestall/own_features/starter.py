"""The texts of a starter: a module of own features and its test."""

from __future__ import annotations

import re
import sys

from forestall.errors import UsageError, must_be
from forestall.own_features.column_arguments import LONGEST_TEXT
from forestall.own_features.declarations import GROUPS

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SHADOWED = sys.stdlib_module_names | {"forestall", "polars", "pytest"}
_MODULE = '''"""Own features: {name}. Named in model.yaml as `features: [{name}]`."""
from forestall.feature_terms import Family, Feature, First, START, elapsed, recorded, smallest

FIRST_WORD = smallest(First("greeted"), First("message", "staff"))

{constant} = Family("{name}", "What we know of {name}.", [
    Feature("first_word_s", recorded(elapsed(START, FIRST_WORD), "greeted", "message"),
            "Seconds until staff said the first word, or until now.", +1, "{{value}} until the first word", low=0),
], contributes_to="service")
'''
_TEST = '''"""The features of {name}: a value worked out by hand, and the checks that every feature must pass."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

import forestall

MODULE = Path(__file__).with_name("{name}.py")
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
VISITS = pl.DataFrame({{"interaction_id": ["a", "b"], "started_at": [NINE, NINE]}})
EVENTS = pl.DataFrame(
    {{
        "interaction_id": ["a", "a", "b"],
        "at": [NINE + timedelta(seconds=30), NINE + timedelta(seconds=90), NINE],
        "kind": ["greeted", "served", "arrived"],
        "actor": ["staff", "staff", "customer"],
    }}
)
TABLES = forestall.Tables(VISITS, EVENTS)


def test_seconds_until_the_first_word():
    """The customer of a is greeted after 30 seconds; that of b still waits a minute later."""
    moments = VISITS.select("interaction_id", as_of=pl.lit(NINE + timedelta(seconds=60)))
    own = forestall.read_own_features(["{name}"], MODULE.parent)
    table = forestall.feature_table(TABLES, moments, families=own.families)
    assert table["{name}_first_word_s"].to_list() == [30, 60]


def test_every_rule_is_kept():
    """The features know nothing of the future, and pass all other checks."""
    checked = forestall.check_features(MODULE, TABLES)
    assert checked.passed, checked.faults
'''


def starter(name: str) -> dict[str, str]:
    """Return the texts of a starter by the names of their files.

    Parameters
    ----------
    name
        The name of the module and of its family.

    Raises
    ------
    UsageError
        It cannot be the name of a family.
    """
    if name in _SHADOWED:  # the test beside it imports these
        raise UsageError(must_be("NAME", "another name than that of a module of Python's", name))
    is_taken = any(name == one or name.startswith(f"{one}_") for one in GROUPS)
    if not _NAME.fullmatch(name) or is_taken:
        do = f"not one of {', '.join(GROUPS)}"
        raise UsageError(must_be("NAME", "of small letters, digits and _", name[:LONGEST_TEXT], do=do))
    words = {"name": name, "constant": name.upper()}
    return {f"{name}.py": _MODULE.format(**words), f"test_{name}.py": _TEST.format(**words)}
