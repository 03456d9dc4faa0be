"""XES: events with the attributes of their traces, whatever their order, prefix and nesting."""

from pathlib import Path

import pytest

from forestall.errors import InputError
from forestall.importing.readers import LINE, FileOptions, read_file

LOG = """<?xml version="1.0" encoding="utf-8"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="none"/></global>
  <trace>
    <string key="concept:name" value="c&amp;1"/>
    <event>
      <string key="concept:name" value="A"><string key="inner" value="z"/></string>
      <list key="tags"><string key="t" value="u"/></list>
      <date value="2026-01-05T10:00:00+01:00" key="time:timestamp"/>
    </event>
    <event><boolean key="ok" value="true"/><string key="ok" value="no"/></event>
    <string key="late" value="yes"/>
  </trace>
  <trace><string key="concept:name" value="empty"/></trace>
  <trace><event><string key="concept:name" value="B"/></event></trace>
</log>
"""


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_each_event_is_a_row_with_the_attributes_of_its_trace(prefix: str, tmp_path: Path) -> None:
    text = LOG.replace("xmlns=", "xmlns:x=") if prefix else LOG
    for name in ("log", "trace", "event", "string", "date", "boolean", "list", "global") if prefix else ():
        text = text.replace(f"<{name}", f"<{prefix}{name}").replace(f"</{name}", f"</{prefix}{name}")
    (tmp_path / "a.xes").write_text(text)
    rows = read_file(tmp_path / "a.xes", FileOptions()).frame.to_dicts()
    first = {"case:concept:name": "c&1", "case:late": "yes", "concept:name": "A"}
    assert rows == [
        {**first, "time:timestamp": "2026-01-05T10:00:00+01:00", "ok": None, LINE: 6},
        {**first, "concept:name": None, "time:timestamp": None, "ok": "no", LINE: 11},
        {**dict.fromkeys(rows[0]), "concept:name": "B", LINE: 15},
    ]


def test_a_log_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.xes").write_text(LOG[:-20])
    with pytest.raises(InputError, match="must be XML of an XES event log"):
        read_file(tmp_path / "a.xes", FileOptions())
