"""Mistakes in a mapping file are errors that name the place and the nearest known name."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from forestall.config import read_config
from forestall.data.schemas import column_types
from forestall.errors import UsageError
from forestall.importing.mapping import Mapping
from forestall.importing.mapping_sections import InteractionColumns

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


def test_the_example_of_the_contract_is_valid(tmp_path: Path) -> None:
    mapping = parse(CONTRACT, tmp_path)
    assert mapping.interactions.channel is not None
    assert mapping.interactions.channel.column == "channel_name"
    assert mapping.events[1].kind.constant == "responded"
    assert mapping.events[1].actor is not None
    assert mapping.events[1].actor.constant == "staff"
    assert mapping.known_at == {"Close code": "closed"}
    places = {use.place: use.column for use in mapping.columns()}
    assert places["events[1].at.column"] == "issue_responded"


MISTAKES = {
    "unknown key": (SMALL + "event: []", "unknown key 'event', did you mean 'events'"),
    "unknown column": (
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
    "kind that is not a word": (
        SMALL + "events: [{kind: was served, at: t}]",
        "events.0: 'kind' must be one word",
    ),
    "neither column nor constant": (
        SMALL + "feedback: {rating: {values: {1: 1}}}",
        "feedback.rating: must have either 'column'",
    ),
    "column and constant": (
        SMALL + "feedback: {rating: {column: r, constant: 1}}",
        "feedback.rating: must have either 'column' or 'constant'",
    ),
    "default without values": (
        SMALL + "feedback: {rating: {column: r, default: 1}}",
        "'default' needs 'values'",
    ),
    "YAML key read as null": (
        SMALL + "feedback: {rating: {column: r, values: {null: 1}}}",
        "put it in quotes",
    ),
    "separator of two characters": (
        SMALL + "file: {separator: '||'}",
        "'separator' must be one ASCII character",
    ),
    "unknown encoding": (SMALL + "file: {encoding: klingon}", "'encoding' must be the name of an encoding"),
    "unit with a format": (
        "interactions: {interaction_id: id, started_at: {column: t, unit: s, format: '%Y'}}",
        "'unit' is of numbers, and needs no 'format'",
    ),
    "zone of a time": (
        "interactions: {interaction_id: id, started_at: {column: t, timezone: Europe/Copenhagn}}",
        "'interactions.started_at.timezone' must be a time zone of the IANA database, did you mean",
    ),
    "zone that is near no other": (
        "timezone: Mars\ninteractions: {interaction_id: id, started_at: t}",
        "'timezone' must be a time zone of the IANA database, such as Europe/Oslo$",
    ),
    "duration after an unknown kind": (
        SMALL + "events: [{kind: served, at: {after: arived, days: d}}, {kind: arrived, at: t}]",
        "'events\\[0\\].at.after' must be a time or the kind of an event, did you mean 'arrived'",
    ),
    "newest row of a log": (
        "event_log: {case: c, activity: a, timestamp: t}\nnewest_by: t",
        "'newest_by' needs one row per interaction",
    ),
    "column and duration": (
        SMALL + "events: [{kind: served, at: {column: t, after: started_at}}]",
        "either 'column', 'columns' or 'after'",
    ),
    "duration after an unmapped time": (
        SMALL + "events: [{kind: served, at: {after: promised_at, days: d}}]",
        "'events\\[0\\].at.after' needs 'interactions.promised_at', which is not mapped",
    ),
    "interaction's time after an event": (
        "interactions: {interaction_id: id, started_at: t, promised_at: {after: served, days: d}}\n"
        "events: [{kind: served, at: u}]",
        "'interactions.promised_at.after' must be a time of the interaction, is 'served', the kind of an event",
    ),
    "time after itself": (
        "interactions: {interaction_id: id, started_at: {after: purchased_at, days: d}, "
        "purchased_at: {after: started_at, days: d}}",
        "must not lead back to itself",
    ),
    "time column without a clock": (
        "clock: none\nevents: [{kind: served, at: t}]",
        "'events\\[0\\].at' must not be a column with 'clock: none'",
    ),
    "start without a clock": ("clock: none\n" + SMALL, "must not be a column with 'clock: none'"),
    "kept twice": (SMALL + "keep: [a, b, a]", "'keep\\[2\\]' must name a further column once; 'a'"),
    "kept column of interactions": (
        SMALL + "keep: [price]",
        "'keep\\[0\\]' must name a further column once; 'price' is a column of 'interactions'",
    ),
    "never and kept": (
        SMALL + "keep: [remarks]\nnever: [remarks]",
        "'keep\\[0\\]' must not use the column 'remarks', which 'never' lists",
    ),
    "never and mapped": (
        SMALL + "events: [{kind: message, at: t, text: remarks}]\nnever: [remarks]",
        "'events\\[0\\].text' must not use the column 'remarks', which 'never' lists",
    ),
    "never and kept of an event's own row": (
        SMALL
        + "tables: {calls: {on: {id: id}}}\nnever: [calls.remarks]\n"
        + "events: [{from: calls, kind: served, at: t, text: remarks}]",
        "'events\\[0\\].text' must not use the column 'calls.remarks', which 'never' lists",
    ),
    "never and kept of the interaction's row": (
        SMALL
        + "tables: {calls: {on: {id: id}}}\nnever: [remarks]\n"
        + "events: [{from: calls, kind: served, at: t, keep: [remarks]}]",
        "'events\\[0\\].keep\\[0\\]' must not use the column 'remarks', which 'never' lists",
    ),
    "known_at without the kept column": (
        SMALL + "keep: [close_code]\nknown_at: {closecode: closed}\nevents: [{kind: closed, at: t}]",
        "'known_at' must name a kept column, did you mean 'close_code'",
    ),
    "known_at with an unknown kind": (
        SMALL + "keep: [code]\nknown_at: {code: close}\nevents: [{kind: closed, at: t}]",
        "'known_at.code' must be the kind of an event, did you mean 'closed'",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_an_error_of_one_line_that_names_its_place(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        parse(text, tmp_path)
    assert "mapping.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def models(root: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the model of the file and the models of all its parts."""
    found = [root]
    for model in found:
        for field in model.model_fields.values():
            parts = [field.annotation, *get_args(field.annotation)]
            parts += [inner for part in parts for inner in get_args(part)]
            inner = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
            found += [part for part in dict.fromkeys(inner) if part not in found]
    return found


def test_each_key_of_the_file_has_a_description() -> None:
    parts = models(Mapping)
    assert {part.__name__ for part in parts} == {
        *("Mapping", "InteractionColumns", "EventColumns", "EventLog", "FeedbackColumns"),
        *("Source", "TimeSource", "Condition", "ZoneColumn", "FileOptions", "TableSource"),
    }
    for part in parts:
        for name, field in part.model_fields.items():
            assert field.description, f"{part.__name__}.{name}"
            assert field.description.endswith("."), f"{part.__name__}.{name}"


def test_interactions_can_map_each_column_of_the_table() -> None:
    assert set(InteractionColumns.model_fields) == set(column_types("interactions"))


def test_columns_and_times_have_their_place_in_the_file(tmp_path: Path) -> None:
    mapping = parse(
        SMALL
        + "events: [{kind: closed, at: {after: started_at, days: Days, hours: 2}, when: {column: End, is: 9}}]",
        tmp_path,
    )
    assert [(use.place, use.column) for use in mapping.columns()] == [
        ("interactions.interaction_id", "id"),
        ("interactions.started_at", "time"),
        ("events[0].at.days", "Days"),
        ("events[0].when.column", "End"),
    ]
    assert [place for place, _ in mapping.times()] == ["interactions.started_at", "events[0].at"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "interactions: {interaction_id: No, started_at: t}",
            "interactions.interaction_id: must be text; YAML reads",
        ),
        (
            SMALL + "keep: [Yes]",
            "keep.0 must be a valid string, is True; YAML does not read it as text",
        ),
        (SMALL[:-2] + ", locale: {constant: NO}}", "'locale' must be text; YAML reads yes, no"),
        (
            SMALL[:-2] + ", channel: {column: c, values: {x: on}}}",
            "'channel' must be text; YAML reads yes, no",
        ),
        (
            SMALL + "events: [{kind: a, at: t, actor: {column: c, values: {x: y}, default: off}}]",
            "'actor' must be text",
        ),
    ],
)
def test_words_that_yaml_reads_as_true_or_false_are_an_error(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        parse(text, tmp_path)
    assert message in str(error.value)


def test_a_column_may_be_called_by_a_number(tmp_path: Path) -> None:
    plan = parse(SMALL[:-2] + ", price: 2024, is_commodity: {constant: no}}", tmp_path)
    assert plan.interactions.price is not None
    assert plan.interactions.price.column == "2024"
