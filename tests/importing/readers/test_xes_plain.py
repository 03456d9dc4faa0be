"""XES of the plain form: the same events as the parser of all XML finds, and another form is refused, never guessed."""

import gzip
import io
import random
from pathlib import Path
from xml.parsers.expat import ExpatError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.importing.readers import FileOptions, read_file, xes_plain
from forestall.importing.readers.xes_gaps import NotPlainError
from forestall.importing.readers.xes_parser import TRACE, parse_log
from forestall.importing.readers.xes_plain import read_plain_log

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- a comment with <trace> and "quotes" -->
<log xes.version="1.0">
\t<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
\t<global scope="event"><string key="concept:name" value="none"/></global>
\t<float key="log" value="1"><float key="in it" value="2"/></float>
"""
PLAIN = """\t<trace>
\t\t<string key="concept:name" value="c1"/>
\t\t<event>
\t\t\t<string key="concept:name" value="A&amp;B &#228; &quot;'x'"/>
\t\t\t<date value="2026-01-05T10:00:00+01:00" key="time:timestamp"/>
\t\t</event>
\t\t<string key="late" value="a > b"><string key="concept:name" value="inner"/></string>
\t</trace>
"""
TAIL = "</log>\n"


def log(body: str, head: str = HEAD, tail: str = TAIL) -> bytes:
    return (head + body + tail).encode()


def same(content: bytes) -> bool:
    expected, found = parse_log(io.BytesIO(content)), read_plain_log(io.BytesIO(content))
    return found.equals(expected) and found.columns == expected.columns and found.schema == expected.schema


def test_a_plain_log() -> None:
    frame = read_plain_log(io.BytesIO(log(PLAIN))).drop(TRACE)
    assert frame.to_dicts() == [
        {
            "case:concept:name": "c1",
            "case:late": "a > b",
            "concept:name": "A&B ä \"'x'",
            "time:timestamp": "2026-01-05T10:00:00+01:00",
            "__line__": 9,
        }
    ]


PLAIN_EVENT = '<event><string key="a" value="1"/></event>'
PLAIN_FORMS = {
    "a list in an event": '<event><list key="l"><string key="a" value="x"/></list><int key="n" value="1"/></event>',
    "an attribute in one of a trace": '<string key="t" value="1"><string key="u" value="2"/></string>'
    + PLAIN_EVENT,
    "an attribute in one of an event": '<event><string key="t" value="1"><int key="u" value="2"/></string></event>',
    "an end tag of an attribute": '<event><string key="t" value="1"></string></event>',
    "an event without attributes": '<event/><string key="t" value="1"/>' + PLAIN_EVENT,
    "a key twice": '<event><string key="a" value="1"/><int key="a" value="2"/></event>',
    "an empty value": '<event><string key="a" value=""/></event>',
    "a third attribute": '<event><string key="a" type="x" value="1"/></event>',
    "no value": '<event><list key="a"/><string value="1"/><int key="b" value="2"/></event>',
    "blanks in a tag": '<event ><string  key = "a"\n value= "1" /></event >',
    "white space in a value": '<event><string key="a" value="x\ty\nz&#10;w"/></event>\n' + PLAIN_EVENT,
    "an attribute of a later event": PLAIN_EVENT + '<event><string key="b" value="1"/></event>' + PLAIN_EVENT,
    "an attribute of a trace after its events": PLAIN_EVENT + '<string key="t" value="1"/>',
    "a list with values": '<event><list key="l"><values><int key="a" value="1"/></values></list></event>',
    "lines that end with \\r\\n": '<event>\r\n<string key="a" value="1"/>\r\n</event>\r\n' + PLAIN_EVENT,
}


@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_forms_that_are_plain(form: str) -> None:
    assert same(log(f"<trace>{PLAIN_FORMS[form]}</trace>{PLAIN}"))


OTHER_FORMS = {
    "a comment": '<event><!-- <event> --><string key="a" value="1"/></event>',
    "a processing instruction": '<event><?x "?><string key="a" value="1"/></event>',
    "CDATA": '<event><![CDATA[<event key="]]><string key="a" value="1"/></event>',
    "text": '<event>"a" value="b"<string key="a" value="1"/></event>',
    "text in quotes": '<event> "<string key="a" value="1"/></event>',
    "single quotes": "<event><string key='a\"' value='1'/></event>",
    "attributes of XML at an event": '<event key="e" value="1"><string key="a" value="1"/></event>',
    "several events without attributes": "<event></event><event/>",
    "an element without attributes": '<list><string key="a" value="1"/></list>' + PLAIN_EVENT,
    "an event in an attribute": '<event><list key="l">' + PLAIN_EVENT + "</list></event>",
    "a trace in a trace": "<trace>" + PLAIN_EVENT + "</trace>",
    "a trace in an event": '<event><trace><string key="a" value="1"/></trace></event>',
    "a line that ends with \\r": '<event>\r<string key="a" value="1"/></event>',
    "a trace with nothing but an empty event": "<event></event>",
    "a trace without content": "</trace><trace></trace><trace>" + PLAIN_EVENT,
    "attributes of the log after a trace": '</trace><string key="x" value="1"><int key="y" value="2"/></string><trace>'
    + PLAIN_EVENT,
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_other_forms_are_refused_and_read_by_the_other_parser(form: str, tmp_path: Path) -> None:
    content = log(f"<trace>{OTHER_FORMS[form]}</trace>{PLAIN}")
    with pytest.raises(NotPlainError):
        read_plain_log(io.BytesIO(content))
    (tmp_path / "a.xes").write_bytes(content)
    rows = read_file(tmp_path / "a.xes", FileOptions())
    assert rows.frame.equals(parse_log(io.BytesIO(content)).drop(TRACE))


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ('<!DOCTYPE log [<!ENTITY e "x">]>' + HEAD.partition("?>")[2].partition("-->")[2], TAIL),
        (HEAD.replace("UTF-8", "ISO-8859-1"), TAIL),
        (HEAD + PLAIN_EVENT, TAIL),
        ("<trace>", "</trace>"),
        (HEAD, "<!-- the end -->" + TAIL),
    ],
    ids=[
        "a DTD",
        "another encoding",
        "an event without a trace",
        "a trace as the root",
        "a comment at the end",
    ],
)
def test_other_files_are_refused(head: str, tail: str) -> None:
    content = log(PLAIN, head, tail)
    with pytest.raises(NotPlainError):
        read_plain_log(io.BytesIO(content))
    parse_log(io.BytesIO(content))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    head = HEAD.replace("UTF-8", "UTF-16") if "16" in encoding else HEAD
    (tmp_path / "a.xes.gz").write_bytes(gzip.compress((head + PLAIN + TAIL).encode(encoding)))
    assert read_file(tmp_path / "a.xes.gz", FileOptions()).frame["concept:name"].to_list() == ["A&B ä \"'x'"]


def test_a_log_without_events_has_no_rows() -> None:
    with pytest.raises(NotPlainError):
        read_plain_log(io.BytesIO(log("")))
    assert same(log('<trace><string key="concept:name" value="1"/></trace>'))


@pytest.mark.parametrize("end", [2, 10, 60, 200])
def test_a_log_that_ends_too_early_is_refused(end: int) -> None:
    with pytest.raises(ExpatError):
        read_plain_log(io.BytesIO(log(PLAIN)[:-end]))


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"]) | st.sampled_from("\t\n&<>'\""), max_size=5
)


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """Return a log with attributes in attributes, in any order and with any text."""
    seed = random.Random(draw(st.integers(0, 1 << 30)))
    texts = draw(st.lists(TEXTS, min_size=1, max_size=8))

    def text() -> str:
        value = seed.choice(texts).replace("&", "&amp;").replace("<", "&lt;")
        return value.replace('"', "&quot;").replace("\n", seed.choice(["\n", "&#10;"]))

    def attribute(depth: int) -> str:
        key, value = f'key="{seed.choice("abc")}{text()}"', f'value="{text()}"'
        both = seed.choice([f"{key} {value}", f"{value} {key}", key])
        name = seed.choice(["string", "date", "eventful", "tracer"])
        inner = "".join(attribute(depth + 1) for _ in range(seed.randrange(3))) if depth < 2 else ""
        return f"<{name} {both}>{inner}</{name}>" if inner or seed.random() < 0.2 else f"<{name} {both}/>\n"

    def event() -> str:
        return "<event>\n" + "".join(attribute(0) for _ in range(1 + seed.randrange(4))) + "</event>\n"

    def trace() -> str:
        parts = [attribute(0) for _ in range(1 + seed.randrange(2))] + [
            event() for _ in range(seed.randrange(4))
        ]
        seed.shuffle(parts)
        return "<trace>" + "".join(parts) + "</trace>\n"

    return log("".join(trace() for _ in range(1 + seed.randrange(5))))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from([1, 300, 1 << 22]))
def test_logs_of_any_content_are_read_as_by_the_other_parser(content: bytes, part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xes_plain, "_PART", part)
        assert same(content)


@pytest.mark.slow
def test_public_logs_are_plain(real_data: Path) -> None:
    for name in ("helpdesk/helpdesk", "logs/bpi2013_incidents"):
        content = gzip.decompress((real_data / f"{name}.xes.gz").read_bytes())
        assert same(content)
