"""Columns of the context: there, and of the type that the model says, or a finding."""

from forestall.data_report.context_columns import with_context
from forestall.data_report.records import Records
from forestall.model import Spec
from made_records import made, starts


def test_texts_that_are_numbers_are_read_and_others_are_a_finding() -> None:
    rows = starts(*["2024-01-01T09:00:00Z"] * 2)
    rows = [
        {**row, "Share": share, "Plan": plan}
        for row, share, plan in zip(rows, ("5 %", "7 %"), "ab", strict=True)
    ]
    records: Records = made(rows, [])
    spec = Spec(
        name="m",
        label={"event": "complained"},
        context={"numeric": ["Share", "Plan"], "categorical": ["Gone"]},
    )
    tables, found = with_context(records.tables, spec)
    assert tables.interactions["Share"].to_list() == [5.0, 7.0]
    assert tables.interactions["Plan"].to_list() == [None, None]
    assert [one.severity for one in found] == ["error", "error"]
    assert "do not have: Gone." in found[0].found
    assert (
        found[1].found == "model.yaml lists Plan under context.numeric, and none of its values is a number."
    )
    assert found[1].line == "context: {categorical: [Plan]}"
    assert with_context(records.tables, None) == (records.tables, [])


def test_a_further_column_of_nearly_the_same_name_is_a_finding() -> None:
    rows = starts("2024-01-01T09:00:00Z", custmer_id="c", chanel="web", Plan="a")
    tables = made(rows, []).tables
    _, found = with_context(tables, None)
    assert [one.found for one in found] == [
        "The interactions have no value of channel, but a column chanel.",
        "The interactions have no value of customer_id, but a column custmer_id.",
    ]
    assert found[0].line == "interactions: {channel: chanel}"
    own = Spec(name="m", label={"event": "complained"}, context={"categorical": ["chanel"]})
    assert [one.found[:40] for one in with_context(tables, own)[1]] == [found[1].found[:40]]
