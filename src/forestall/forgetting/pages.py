"""The pages and JSON files that show interactions by their ids, without those of some customers."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from forestall.forgetting.rows_of_customers import About
from forestall.json_text import json_text

_CONTENT = re.compile(r'(<script type="application/json" id="content">)(.*?)(</script>)', re.DOTALL)
# a chart of a report: a section that holds no other section, with its text and a part of the JSON of all charts
_EXAMPLE = re.compile(
    r'<section class="[^"]*" id="(?P<key>example-\d+)">(?:(?!</?section\b).)*?<p class="text">(?P<text>[^<]*)</p>'
    r"(?:(?!</?section\b).)*</section>\n*",
    re.DOTALL,
)
_SPECS = re.compile(r'(<script type="application/json" id="specs">)(.*?)(</script>)', re.DOTALL)
_AFTER_NAME = r"\.(?: Rating: [^ ]+\.)?(?: Reasons at the end: .*\.)?"
REMOVED = "(removed)"


def contact_page_without(page: str, about: About) -> tuple[str, int] | None:
    """Return a contact page without the customers, and how many rows it lost; None if it shows none of them."""
    found = _CONTENT.search(page)
    if found is None:
        return None
    content = json.loads(found[2])
    columns: dict[str, list[Any]] = content["columns"]
    kept = [
        place
        for place, (customer, interaction) in enumerate(
            zip(columns["customer_id"], columns["interaction_id"], strict=True)
        )
        if customer not in about.customers and interaction not in about.interactions
    ]
    if len(kept) == len(columns["customer_id"]):
        return None
    content["columns"] = {name: [values[place] for place in kept] for name, values in columns.items()}
    text = _for_script(content)
    n_shown = len(next(iter(columns.values())))
    return page[: found.start(2)] + text + page[found.end(2) :], n_shown - len(kept)


def examples_of(evaluation: Path) -> list[str]:
    """Return the ids of the example interactions in an `evaluation.json`."""
    try:
        content = json.loads(evaluation.read_text(encoding="utf-8"))
    except ValueError:
        return []
    shown = content.get("examples", []) if isinstance(content, dict) else []
    return [str(one["interaction_id"]) for one in shown if isinstance(one, dict) and "interaction_id" in one]


def evaluation_without(text: str, names: set[str]) -> str:
    """Return an `evaluation.json` without some examples."""
    content = json.loads(text)
    content["examples"] = [one for one in content["examples"] if str(one["interaction_id"]) not in names]
    return json_text(content)


def report_without(text: str, names: set[str]) -> str:
    """Return a report without the charts of some example interactions; an id in another form of page is replaced."""
    keys = [
        found["key"]
        for found in _EXAMPLE.finditer(text)
        if _name_of(html.unescape(found["text"]), names) is not None
    ]
    text = _EXAMPLE.sub(lambda found: "" if found["key"] in keys else found[0], text)
    text = _SPECS.sub(lambda found: found[1] + _without_keys(found[2], keys) + found[3], text)
    for name in names:
        forms = {html.escape(name), html.escape(name, quote=False), json.dumps(name)[1:-1], name}
        for form in sorted(forms, key=len, reverse=True):
            text = re.sub(rf"(?<![\w-]){re.escape(form)}(?=\. )", REMOVED, text)
    return text


def _name_of(text: str, names: set[str]) -> str | None:
    """Return which of the names the text of an example's chart is about."""
    return next((one for one in names if re.fullmatch(re.escape(one) + _AFTER_NAME, text)), None)


def _without_keys(specs: str, keys: list[str]) -> str:
    if not keys:
        return specs
    content = {key: one for key, one in json.loads(specs).items() if key not in keys}
    return _for_script(content)


def _for_script(content: Any) -> str:
    """Return content as the pages hold it: no `<` may end the script's element."""
    return json_text(content, is_indented=False).replace("<", "\\u003c")
