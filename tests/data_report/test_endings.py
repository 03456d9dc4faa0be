"""Endings: interactions that never end, by channel and age."""

from forestall.data_report.endings import Channel, endings
from made_records import made, name_of, starts

LAST = ("2024-12-31T00:00:00Z", "closed")


def test_those_without_an_end_are_counted_by_channel_and_by_silence():
    rows = starts(
        "2024-01-01T09:00:00Z", *["2024-12-20T09:00:00Z"] * 3, channel=["web", "web", "phone", None]
    )
    events = [
        ("b", *LAST),
        ("c", "2024-12-28T00:00:00Z", "message"),
        ("d", "2024-12-21T00:00:00Z", "abandoned"),
    ]
    found = endings(made(rows, events))
    assert (found.n, found.n_open, found.n_old) == (4, 2, 1)
    assert found.ages["less than 7 days"] == 1  # c: 3 days
    assert found.ages["90 to 365 days"] == 1  # a: 363 days
    assert sum(found.ages.values()) == 2
    assert found.channels == [Channel("web", 2, 1), Channel("unknown", 1, 0), Channel("phone", 1, 1)]
    assert (
        "1 of 4 interactions (25.0\u00a0%) have no end, and nothing has happened" in found.findings[0].found
    )


def test_if_nothing_ends_the_line_maps_an_end():
    (finding,) = endings(made(starts("2024-01-01T09:00:00Z"))).findings
    assert finding.found == "No interaction has a closed or abandoned event."
    assert finding.line.startswith("events: [{kind: closed, at: COLUMN}]")
    assert "moments.open_days" in finding.means


def test_a_channel_that_never_closes_is_named():
    n = 60
    rows = starts(*["2024-12-20T09:00:00Z"] * (2 * n), channel=["web"] * n + ["phone"] * n)
    found = endings(made(rows, [(name_of(place), *LAST) for place in range(n)]))
    assert [one.found for one in found.findings] == [
        "100\u00a0% of the 60 interactions in the channel phone have no end; in all others 0\u00a0%."
    ]


def test_more_than_20_channels_are_not_named():
    rows = starts(*["2024-12-20T09:00:00Z"] * 30, channel=[f"secret {place}" for place in range(30)])
    found = endings(made(rows, [("a", *LAST)]))
    assert found.channels == []
    assert "secret" not in repr(found)
