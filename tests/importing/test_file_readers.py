"""What a company exports is read as it is, and event logs case by case."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forestall.data import Tables
from forestall.errors import InputError, UsageError
from forestall.importing import import_tables
from forestall.importing.file_readers import SOURCE_ROW, read_sources

WRITINGS = {
    "commas": ("a.csv", b'id,said\n1,"x, ""y""\nz"\n'),
    "semicolons": ("a.csv", b'id;said\n1;"x, ""y""\nz"\n'),
    "tabs": ("a.tsv", b'id\tsaid\n1\t"x, ""y""\nz"\n'),
    "with a byte order mark": ("a.csv", b'\xef\xbb\xbfid,said\n1,"x, ""y""\nz"\n'),
    "with carriage returns": ("a.csv", b'id,said\r\n1,"x, ""y""\nz"\r\n'),
    "compressed": ("a.csv.gz", gzip.compress(b'id,said\n1,"x, ""y""\nz"\n')),
}


@pytest.mark.parametrize(("name", "content"), WRITINGS.values(), ids=WRITINGS.keys())
def test_a_csv_is_read_as_text(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_sources([tmp_path / name]).to_dicts() == [{"id": "1", "said": 'x, "y"\nz', SOURCE_ROW: 1}]


BAD_SOURCES = {
    "empty": ("a.csv", b"", InputError, "is empty"),
    "a header only": ("a.csv", b"id,said\n", InputError, "must have rows"),
    "more cells than the header": ("a.csv", b"id,said\n1,2,3\n", InputError, "as many cells in each row"),
    "another encoding": ("a.csv", "id,said\n1,blåbær\n".encode("latin-1"), InputError, "must be UTF-8"),
    "no Parquet": ("a.parquet", b"id,said\n", InputError, "must be a Parquet file"),
    "no XES": ("a.xes", b"<log><trace>", InputError, "must be an XES event log"),
    "no gzip": ("a.xes.gz", b"<log></log>", InputError, "must be an XES event log"),
    "another kind": ("a.xlsx", b"PK", UsageError, "must end with one of .csv"),
}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"), BAD_SOURCES.values(), ids=BAD_SOURCES.keys()
)
def test_a_source_that_cannot_be_read_is_one_clear_error(
    name: str, content: bytes, error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        read_sources([tmp_path / name])
    assert "\n" not in str(raised.value)


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_sources([tmp_path / "a.csv"])


LOG = """
interactions: {customer_id: who}
event_log:
  case: case
  activity: did
  timestamp: time
  resource: by
  kinds: {Open: issue_raised, Skip: null}
feedback: {rating: stars, rated_at: time}
keep: [state]
"""
LOG_ROWS = """case,did,time,by,who,stars,state
2,Open,2026-01-05 11:00,,eve,,new
1,Take over!,2026-01-05 10:05,ann,,,busy
1,Open,2026-01-05 10:00,,bob,,new
1,Skip,2026-01-05 10:10,ann,,,busy
1,Closed,2026-01-05 10:30,cat,,,done
1,Rate,2026-01-05 12:00,,,4,done
1,Rate,2026-01-05 13:00,,,2,done
2,Open,soon,,eve,,new
,Open,2026-01-05 11:00,,eve,,new
"""


@pytest.fixture
def log(tmp_path: Path) -> Tables:
    (tmp_path / "m.yaml").write_text(LOG)
    (tmp_path / "log.csv").write_text(LOG_ROWS)
    return import_tables(tmp_path / "m.yaml", [tmp_path / "log.csv"], max_rejected=1.0)


def test_each_case_of_a_log_is_an_interaction_as_it_was_at_its_start(log: Tables) -> None:
    got = log.interactions.select("interaction_id", "started_at", "customer_id", "staff", "state").rows()
    start = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert got == [("1", start, "bob", "ann", "new"), ("2", start.replace(hour=11), "eve", None, "new")]


def test_activities_become_kinds(log: Tables) -> None:
    got = log.events.filter(interaction_id="1").select("kind", "actor").rows()
    # in the order of the source's rows
    assert got == [
        ("take_over", "staff"),
        ("issue_raised", None),
        ("closed", "staff"),
        ("rate", None),
        ("rate", None),
    ]


def test_the_last_rating_of_a_case_counts(log: Tables) -> None:
    assert log.feedback.rows() == [("1", 2.0, datetime(2026, 1, 5, 13, tzinfo=UTC))]


def test_rows_of_a_log_that_cannot_be_read_are_rejected(log: Tables) -> None:
    assert log.rejections.counts() == {"events": {"no_interaction_id": 1, "unreadable_time": 1}}


def test_an_xes_log_is_read_with_the_attributes_of_its_traces(tmp_path: Path) -> None:
    (tmp_path / "log.xes").write_text(
        """<?xml version="1.0" encoding="utf-8" ?>
        <log xmlns="http://www.xes-standard.org/">
          <trace><string key="concept:name" value="7"/>
            <event><string key="concept:name" value="Open"/>
              <date key="time:timestamp" value="2026-01-05T10:00:00+02:00"/></event>
            <event><string key="concept:name" value="Closed"/>
              <date key="time:timestamp" value="2026-01-05T11:00:00.5+02:00"/></event>
          </trace>
        </log>"""
    )
    (tmp_path / "m.yaml").write_text(
        'event_log: {case: "case:concept:name", activity: "concept:name", timestamp: "time:timestamp"}'
    )
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "log.xes"])
    assert tables.interactions["interaction_id"].to_list() == ["7"]
    assert tables.events.select("at", "kind").rows() == [
        (datetime(2026, 1, 5, 8, tzinfo=UTC), "open"),
        (datetime(2026, 1, 5, 9, 0, 0, 500_000, tzinfo=UTC), "closed"),
    ]
