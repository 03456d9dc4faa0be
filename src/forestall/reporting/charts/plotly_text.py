"""Texts of charts as Plotly shows them: names of the data are text, never markup.

Plotly reads a part of HTML in each text that it draws: `<a href=…>`, `<b>`, `<br>`, entities. A venue or a product may
have such a name.
"""

from __future__ import annotations

import re
from typing import Any

# What Forestall itself writes into templates of hover texts and titles of axes.
_OWN_TAGS = re.compile(r"&lt;(br|b|/b|extra|/extra)&gt;")
_TEMPLATES = frozenset({"hovertemplate", "title"})


class Tagged(str):
    """A text of Forestall's own whose tags Plotly is to read; it holds no name of the data."""

    __slots__ = ()


def plotly_spec(spec: Any) -> Any:
    """Return a Plotly specification in which every text of the data is shown as it is.

    Every text is escaped. Exceptions: a `Tagged` text is kept, and in the templates of hover texts and the titles
    of axes and legends the tags for a line break, for bold and for the end of a hover text are kept. They hold no name
    of the data unless `as_text` has escaped it.

    Parameters
    ----------
    spec
        `data` and `layout`, or a part of them.

    Examples
    --------
    >>> plotly_spec({"y": ["<a href='x'>shop</a>"], "hovertemplate": "%{y}<extra></extra>"})
    {'y': ["&lt;a href='x'&gt;shop&lt;/a&gt;"], 'hovertemplate': '%{y}<extra></extra>'}
    """
    return _escaped(spec, is_template=False)


def as_text(name: str) -> str:
    """Return a name so that Plotly shows it as it is."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(value: Any, *, is_template: bool) -> Any:
    if isinstance(value, Tagged):
        return str(value)
    if isinstance(value, str):
        if not is_template:
            return as_text(value)
        # "&" stays: an escaped name may be part of a template
        return _OWN_TAGS.sub(r"<\1>", value.replace("<", "&lt;").replace(">", "&gt;"))
    if isinstance(value, dict):
        return {
            name: _escaped(one, is_template=is_template or name in _TEMPLATES) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_escaped(one, is_template=is_template) for one in value]
    return value
