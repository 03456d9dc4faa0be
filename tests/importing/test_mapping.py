"""A mapping file's mistakes are errors that name the place and the nearest known name."""

from pathlib import Path

import pytest

from forestall.config import read_config
from forestall.errors import UsageError
from forestall.importing.mapping import Mapping

CONTRACT = """
timezone: Asia/Kolkata                 # of times without a zone; UTC when left out
interactions:
  interaction_id: Unique id
  started_at: {column: Issue_reported at, format: "%d/%m/%Y %H:%M"}
  channel: channel_name
  product_category: Product_category
  price: Item_price
events:
  - {kind: issue_raised, at: {column: Issue_reported at, format: "%d/%m/%Y %H:%M"}, actor: customer}
  - {kind: responded, at: {column: issue_responded, format: "%d/%m/%Y %H:%M"}, actor: staff}
  - {kind: closed, at: closed_at}
feedback:
  rating: CSAT Score
  rated_at: {column: Survey_response_Date, format: "%d-%b-%y"}
keep: [Sub-category, Agent Shift, Close code]      # further columns for `context`
known_at: {Close code: closed}         # a kept column known only from that event on: null before it
never: [Customer Remarks]              # known only with the rating: must not reach a model
"""
SMALL = "interactions: {interaction_id: id, started_at: time}\n"


def parse(text: str, folder: Path) -> Mapping:
    file = folder / "mapping.yaml"
    file.write_text(text)
    return read_config(file, Mapping)


def test_the_contract_s_example_is_read_as_it_stands(tmp_path: Path) -> None:
    mapping = parse(CONTRACT, tmp_path)
    assert mapping.interactions.channel is not None
    assert mapping.interactions.channel.column == "channel_name"
    assert mapping.events[1].kind.constant == "responded"
    assert mapping.events[1].actor is not None
    assert mapping.events[1].actor.constant == "staff"
    assert mapping.known_at == {"Close code": "closed"}
    assert dict(mapping.columns())["events[1].at.column"] == "issue_responded"


MISTAKES = {
    "unknown key": (SMALL + "event: []", "unknown key 'event', did you mean 'events'"),
    "unknown column of ours": (
        "interactions: {interaction_id: id, started_at: t, chanel: c}",
        "unknown key 'interactions.chanel', did you mean 'channel'",
    ),
    "unknown key of an event": (
        SMALL + "events: [{kind: served, att: t}]",
        "'events.0.att', did you mean 'at'",
    ),
    "unknown key of a time": (
        SMALL + "events: [{kind: served, at: {column: t, fromat: '%Y'}}]",
        "'events.0.at.fromat', did you mean 'format'",
    ),
    "unknown zone": (SMALL + "timezone: Asia/Kolkatta", "did you mean 'Asia/Kolkata'"),
    "no key": ("interactions: {started_at: t}", "'interactions.interaction_id' must be mapped"),
    "no start": ("interactions: {interaction_id: id}", "'interactions.started_at' must be mapped"),
    "no word": (SMALL + "events: [{kind: was served, at: t}]", "events.0: 'kind' must be one word"),
    "no origin": (
        SMALL + "feedback: {rating: {values: {1: 1}}}",
        "feedback.rating: must have either 'column'",
    ),
    "two origins": (
        SMALL + "feedback: {rating: {column: r, constant: 1}}",
        "feedback.rating: must have either 'column' or 'constant'",
    ),
    "default of nothing": (SMALL + "feedback: {rating: {column: r, default: 1}}", "'default' needs 'values'"),
    "a key YAML takes for true": (
        SMALL + "feedback: {rating: {column: r, values: {yes: 1}}}",
        "put it in quotes",
    ),
    "two times": (
        SMALL + "events: [{kind: served, at: {column: t, after: started_at}}]",
        "'column' or 'after'",
    ),
    "after nothing": (
        SMALL + "events: [{kind: served, at: {after: promised_at, days: d}}]",
        "'events\\[0\\].at.after' needs 'interactions.promised_at', which is not mapped",
    ),
    "after itself": (
        "interactions: {interaction_id: id, started_at: {after: purchased_at, days: d}, "
        "purchased_at: {after: started_at, days: d}}",
        "must not come back to itself",
    ),
    "a clock where there is none": (
        "clock: none\nevents: [{kind: served, at: t}]",
        "'events\\[0\\].at' cannot be a column under 'clock: none'",
    ),
    "a start without a clock": ("clock: none\n" + SMALL, "cannot be a column under 'clock: none'"),
    "kept twice": (SMALL + "keep: [a, b, a]", "'keep\\[2\\]': 'a' is a column of interactions or kept twice"),
    "kept for a column of ours": (
        SMALL + "keep: [price]",
        "'keep\\[0\\]': 'price' is a column of interactions",
    ),
    "never but kept": (
        SMALL + "keep: [remarks]\nnever: [remarks]",
        "'keep\\[0\\]' uses the column 'remarks'",
    ),
    "never but mapped": (
        SMALL + "events: [{kind: message, at: t, text: remarks}]\nnever: [remarks]",
        "'events\\[0\\].text' uses the column 'remarks', which is under 'never'",
    ),
    "known at for no kept column": (
        SMALL + "keep: [close_code]\nknown_at: {closecode: closed}\nevents: [{kind: closed, at: t}]",
        "'known_at' must name a kept column, did you mean 'close_code'",
    ),
    "known at no event": (
        SMALL + "keep: [code]\nknown_at: {code: close}\nevents: [{kind: closed, at: t}]",
        "'known_at.code' must be the kind of an event, did you mean 'closed'",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_clear_error(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message) as error:
        parse(text, tmp_path)
    assert "mapping.yaml" in str(error.value)
    assert "\n" not in str(error.value)
