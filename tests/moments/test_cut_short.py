"""Label events after which the records stop, though the interaction would have gone on."""

import pytest

from companies import chance_complaints, company, visit
from forestall.moments import Label
from forestall.moments.cut_short import share_cut_short

LABEL = Label(event="complained", horizon_days=30)
HOUR = 3600


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_event_while_others_go_on_counts_and_one_after_the_end_does_not(is_closed: bool) -> None:
    assert share_cut_short(chance_complaints(1, is_closed=is_closed), LABEL) > 0.2
    assert share_cut_short(chance_complaints(2, is_closed=is_closed, after_days=5), LABEL) == 0


def test_an_event_soon_after_a_closing_does_not_count() -> None:
    short = [visit(f"s{i}", i, (i + HOUR, "closed"), (i + 2 * HOUR, "complained")) for i in range(20)]
    others = [visit(f"o{i}", i, (i + HOUR, "served"), (i + 26 * HOUR, "closed")) for i in range(20)]
    assert share_cut_short(company(*short, *others), LABEL) == 0


def test_where_nobody_has_a_further_event_none_is_cut_short() -> None:
    visits = [visit(str(i), i, (i + HOUR, "complained")) if i % 3 else visit(str(i), i) for i in range(30)]
    assert share_cut_short(company(*visits), LABEL) == 0
    assert share_cut_short(company(visit("a", 0)), LABEL) == 0


def test_it_is_the_share_of_others_with_a_later_event() -> None:
    """The complaint came 100 s after the start; of four others two have an event later than that."""
    others = [visit(str(i), 0, (second, "served")) for i, second in enumerate([50, 100, 101, 500])]
    tables = company(visit("a", 0, (100, "complained")), *others)
    assert share_cut_short(tables, LABEL) == 0.5
