"""XES: events with the attributes of their traces, whatever their order, prefix and nesting."""

import bz2
import gzip
import lzma
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


def test_an_event_of_no_trace_has_no_case(tmp_path: Path) -> None:
    event = '<event><string key="concept:name" value="A"/></event>'
    trace = f'<trace><string key="concept:name" value="1"/>{event}</trace>'
    for body, cases in ((event + trace + event, [None, "1", None]), (event, None)):
        (tmp_path / "a.xes").write_text(f"<log>{body}</log>")
        frame = read_file(tmp_path / "a.xes", FileOptions()).frame
        assert frame["concept:name"].to_list() == ["A"] * (3 if cases else 1)
        assert cases is None or frame["case:concept:name"].to_list() == cases


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
def test_a_compressed_log_that_is_damaged_is_an_error(suffix: str, tmp_path: Path) -> None:
    content = {".gz": gzip, ".bz2": bz2, ".xz": lzma}[suffix].compress(LOG.encode() * 20)
    for damaged in (content[: len(content) // 2], content[:40] + bytes(30) + content[70:]):
        (tmp_path / f"a.xes{suffix}").write_bytes(damaged)
        with pytest.raises(InputError, match=r"must be an XES event log, cannot be read as one|must be XML"):
            read_file(tmp_path / f"a.xes{suffix}", FileOptions())
