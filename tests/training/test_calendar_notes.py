"""A calendar that is for nobody is named when a model is trained."""

from companies import company, visit
from forestall.model import Spec
from forestall.training.calendar_notes import calendar_notes


def notes_of(**claims: list[str]) -> list[str]:
    own = {"for": claims} if claims else {}
    office = {"timezone": "UTC", "hours": {"mon-fri": "09:00-18:00"}, **own}
    spec = Spec(name="m", label={"event": "complained"}, calendars={"office": office})
    shop = company(visit("a", 0, channel="phone", venue="Leeds"), visit("b", 0, channel="email"))
    return calendar_notes(spec, shop)


def test_a_channel_or_venue_that_no_interaction_has_is_named_with_the_nearest():
    assert notes_of(channels=["phone", "Phone", "xyz"], venues=["Leeds", "Leads"]) == [
        "the calendar 'office' is for the channel 'Phone', which no interaction has; did you mean 'phone'?",
        "the calendar 'office' is for the channel 'xyz', which no interaction has",
        "the calendar 'office' is for the venue 'Leads', which no interaction has; did you mean 'Leeds'?",
    ]


def test_nothing_is_said_of_a_calendar_that_is_for_somebody_or_for_all():
    assert notes_of(channels=["phone", "email"], venues=["Leeds"]) == []
    assert notes_of() == []
