"""No cache keeps texts that callers choose: a cache of entries is not bounded in bytes.

The first test names every cache of the source, so that a new one is looked at. The others send long texts through all
that a request reaches, and look whether any cache of the process has kept them.
"""

from __future__ import annotations

import ast
import functools
import gc
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import forestall
from forestall.registry import load
from forestall.server.settings import Settings
from forestall.server.typed_request import read_plain_request
from forestall.server.wire_format import read_request
from workshop import Work

HOUSE = Path(forestall.__file__).parent
DECORATORS = {"cache", "lru_cache"}
# keyed by nothing, or by what the code, the model or the machine's owner chooses
KNOWN = {
    "data/month_names.py": 1,  # nothing
    "data/schemas.py": 1,  # a table of ours
    "data/zone_names.py": 1,  # nothing
    "data/zones.py": 2,  # nothing; the zone of a mapping
    "importing/suggest/name_words.py": 6,  # the columns of a file that is imported; nothing, twice
    "importing/suggest/rating_words.py": 1,  # nothing
    "importing/values/time_forms.py": 2,  # nothing; a form of ours
    "jobs/training_run.py": 1,  # nothing
    "locations/store_settings.py": 1,  # a bucket
    "model/boosting.py": 1,  # nothing
    "model/families.py": 1,  # the calendars of a model
    "model/linear.py": 1,  # nothing
    "model/reason_texts.py": 2,  # a number with three digits; a language that there is
    "model/reasons.py": 1,  # a column of the model, within one call
    "moment_features/record_events.py": 1,  # a kind of at most 64 characters
    "moment_features/text_buckets.py": 3,  # nothing, twice; a power of two of characters, at most those of one part
    "moment_features/vocabulary.py": 1,  # a folder of ours
    "publishing/manifest.py": 1,  # nothing
    "registry/wheel.py": 1,  # nothing
    "server/typed_request.py": 1,  # the columns of a model
    "simulation/effects.py": 1,  # nothing
    "simulation/events.py": 1,  # nothing
    "simulation/world.py": 1,  # nothing
}
KNOWN_CONTAINERS = {
    "model/encoding.py salts",  # of the model
    "model/many_rows.py _done",  # words of ours
    "moment_features/events.py attributes",  # the columns of one request
    "moment_features/events.py stated",  # the columns of one request
    "moment_features/vocabulary.py known_texts",  # digests of 16 bytes, at most 20,000
    "server/load.py self._bodies",  # the bodies in flight, bounded in bytes
    "server/misspelt_fields.py self._told",  # fields that Forestall knows
    "server/model_follower.py _tried",  # packages of the registry
    "spark/shipped_model.py _MODELS",  # models
}
REACHED = ("server", "model", "moment_features", "moments", "spark")


def caches(source: str) -> int:
    """Give how often the decorator of a cache is named, in whatever way it is used."""
    return sum(
        (isinstance(node, ast.Name) and node.id in DECORATORS)
        or (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in {f"functools.{name}" for name in DECORATORS}
        )
        for node in ast.walk(ast.parse(source))
    )


def containers(source: str) -> list[str]:
    """Give the empty containers of modules and the fields that begin as one, which may be filled later."""
    found = []
    for node in ast.walk(ast.parse(source)):
        body = node.body if isinstance(node, ast.Module | ast.ClassDef) else []
        for one in body:
            if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None and _is_empty(one.value):
                target = one.targets[0] if isinstance(one, ast.Assign) else one.target
                found.append(ast.unparse(target))
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Attribute) and _is_empty(node.value):
                found.append(ast.unparse(target))
    return found


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return not (value.keys if isinstance(value, ast.Dict) else value.elts)
    if not isinstance(value, ast.Call):
        return False
    name = ast.unparse(value.func).rpartition(".")[2]
    if name == "field":  # of a dataclass; the fields of pydantic are what a file holds
        return any(
            word.arg == "default_factory" and ast.unparse(word.value) in {"dict", "set", "list"}
            for word in value.keywords
        )
    return name in {"dict", "set", "list", "defaultdict", "OrderedDict"} and not value.args


@pytest.mark.slow
def test_each_cache_is_known_and_its_key_is_not_a_callers_text() -> None:
    found = {
        file.relative_to(HOUSE).as_posix(): caches(file.read_text(encoding="utf-8"))
        for file in sorted(HOUSE.rglob("*.py"))
    }
    assert {name: n for name, n in found.items() if n} == KNOWN


def test_each_container_that_outlives_a_request_is_known() -> None:
    found = {
        f"{file.relative_to(HOUSE).as_posix()} {name}"
        for room in REACHED
        for file in sorted((HOUSE / room).rglob("*.py"))
        for name in containers(file.read_text(encoding="utf-8"))
        # of the other rooms no object but the model outlives a request
        if room == "server" or not name.startswith("self.")
    }
    assert found == KNOWN_CONTAINERS


def test_the_search_finds_a_cache_in_each_form() -> None:
    for source in (
        "@cache\ndef f(a): ...",
        "@functools.lru_cache(maxsize=8)\ndef f(a): ...",
        "f = lru_cache(maxsize=8)(g)",
        "f = functools.cache(g)",
        "x = map(cache, [])",
    ):
        assert caches(source) == 1, source
    assert caches("@cached_property\ndef f(a): ...\nx = cached(g)") == 0
    for source in (
        "seen = {}",
        "seen: dict[str, int] = dict()",
        "class A:\n    seen: dict[str, int] = field(default_factory=dict)",
        "def f(self):\n    self.seen = set()",
        "seen = collections.OrderedDict()",
    ):
        assert len(containers(source)) == 1, source
    assert containers("seen = {1: 2}\ndef f():\n    seen = {}") == []


def sizes() -> dict[str, int]:
    """Give the number of entries of each cache of a function in this process, also of libraries."""
    wrapper: Any = type(functools.lru_cache(lambda: None))
    return {
        f"{getattr(one, '__module__', None)}.{getattr(one, '__qualname__', None)} {id(one)}": one.cache_info().currsize
        for one in gc.get_objects()
        if isinstance(one, wrapper)
    }


def hostile(number: int) -> dict[str, Any]:
    """Give a record with a long text of its own in each place that has one."""
    long = f"{number:05d}" + "x" * 3_000
    events = [
        {"at": "2026-11-02T09:00:00Z", "kind": "arrived", "actor": "customer", "text": long, "value": 1},
        {"at": "2026-11-02T09:00:10Z", "kind": long, "actor": long, long: long},
        {"at": "2026-11-02T09:00:20Z", "kind": f"word_{long}", "text": long, "sum": long, "amount": long},
    ]
    names = ("interaction_id", "customer_id", "channel", "venue", "locale", "product", "product_category",
             "staff", "own", long)  # fmt: skip
    earlier = [{"interaction_id": long, "venue": long, "channel": long, "started_at": "2026-10-02T09:00:00Z"}]
    return {
        **dict.fromkeys(names, long),
        "started_at": "2026-11-02T09:00:00Z",
        "events": events,
        "history": earlier,
    }


def test_no_cache_of_the_process_keeps_long_texts_of_requests(work: Work) -> None:
    from forestall.server.explanation import explain

    model = load("models:/quick-risk/1", work.tracking_uri)
    settings = Settings(model_uri="models:/quick-risk/1")

    def ask(number: int) -> None:
        body = json.dumps({"dataframe_records": [hostile(number)]}).encode()
        typed = read_plain_request(body, model.risk_model, settings)
        assert typed is not None
        plain = read_request(body, settings)
        for request in (typed, plain):
            model.risk_model.score_as_lists(request.records, reasons=True, language="en")
        explain(plain, model, settings, threading.Event())

    for number in range(3):
        ask(number)
    known = sizes()
    n_texts = 12
    for number in range(3, 3 + n_texts):
        ask(number)
    grown = {name: n for name, n in sizes().items() if n >= known.get(name, 0) + n_texts}
    assert grown == {}
