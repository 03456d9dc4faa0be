"""The sections of a mapping file: interactions, events, event log and feedback."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from forestall.config import Strict
from forestall.data.schemas import find_word_fault
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.value_sources import (
    ColumnSource,
    Conditions,
    TimeColumn,
    WordSource,
    check_words,
    key_text,
)

_ACTOR = "Who acted: `customer`, `staff`, `manager` or `system`."
_TEXT = "The words said or written, in any language."
_WHEN = (
    "Condition: only rows that meet it make the {}. Of a list, all conditions must be met, such as "
    "`[{{column: type, is: Comment}}, {{column: author_id, same_as: requester_id}}]`."
)
_KEEP = "Further columns to keep in `events`, such as `[Author]`; they are known from the event's time on."
_VALUE = "An amount that belongs to the event, such as the cost of a return, in the company's currency."


class InteractionColumns(Strict):
    """Where the columns of the table `interactions` come from."""

    interaction_id: ColumnSource | None = Field(
        default=None,
        description="Key of the interaction, such as a ticket number. Required, unless `event_log` is given "
        "(then it is the case), or `clock` is `none` or `keys` is `row_number` (then it is the row's number).",
    )
    started_at: TimeColumn | None = Field(
        default=None,
        description="Time at which the customer arrived or made contact. Required, unless `event_log` is given "
        "(then it is the first time of the case) or `clock` is `none`.",
    )
    customer_id: ColumnSource | None = Field(
        default=None,
        description="Key of the customer. Without it, features of the customer's history are null.",
    )
    channel: ColumnSource | None = Field(
        default=None,
        description="Channel of contact: `in_store`, `phone`, `chat`, `email`, `web`, `self_service`, "
        "`delivery` or another word.",
    )
    venue: ColumnSource | None = Field(
        default=None,
        description="Store, site, queue or team: the place of which customers have expectations.",
    )
    locale: ColumnSource | None = Field(
        default=None, description="Language and culture of the customer, such as `da-DK`."
    )
    product: ColumnSource | None = Field(default=None, description="Product that the interaction is about.")
    product_category: ColumnSource | None = Field(
        default=None, description="Category of the product, such as `phones`."
    )
    price: ColumnSource | None = Field(
        default=None, description="Price of the product, such as `99.50`, in the company's currency."
    )
    is_commodity: ColumnSource | None = Field(
        default=None,
        description="Whether the product is sold everywhere, so that customers compare prices: `true` or `false`.",
    )
    promised_at: TimeColumn | None = Field(
        default=None,
        description="Time promised for this interaction, such as the due time of a ticket or of a delivery.",
    )
    purchased_at: TimeColumn | None = Field(
        default=None, description="Time at which the product was bought. Its age follows from it."
    )
    customer_value: ColumnSource | None = Field(
        default=None, description="What the customer is worth to the company, in its currency per year."
    )
    staff: ColumnSource | None = Field(
        default=None, description="Agent or team that serves. Features know it from the first staff event on."
    )

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        check_words(self, ("channel", "venue", "locale", "product", "product_category", "staff"))
        return self


class EventColumns(Strict):
    """One event for each row of the source that has a time for it."""

    kind: WordSource = Field(
        description="Kind of event: a word such as `resolved`, or `{column: ...}` whose values are kinds."
    )
    at: TimeColumn = Field(
        description="Time at which the company knew of the event. A row with an empty time makes no event."
    )
    actor: WordSource | None = Field(default=None, description=_ACTOR)
    text: ColumnSource | None = Field(default=None, description=_TEXT)
    value: ColumnSource | None = Field(default=None, description=_VALUE)
    source: str | None = Field(
        default=None,
        alias="from",
        description="A table of `tables`, or an array in the JSON records: each of its rows makes an event. "
        "Columns are then those of its rows, and, if they have none of the name, those of the interaction's row. "
        "Of an array within the elements of an array (`changelog.histories.items`), each inner element makes an "
        "event, and its own columns are named `items.field`.",
    )
    keep: list[str] = Field(default_factory=list, description=_KEEP)
    times: str | None = Field(
        default=None,
        description="Column with a count, 0 to 10,000, such as `Reassignments`: a row makes that many events.",
    )
    when: Conditions = Field(default_factory=list, description=_WHEN.format("event"))
    resource: str | None = Field(
        default=None,
        description="Column with the name of who acted. The first in time of an interaction becomes its `staff`, "
        "unless `interactions` maps it.",
    )

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        fault = find_word_fault(self.kind.constant) if self.kind.column is None else None
        if fault:
            raise ValueError(f"'kind' {fault}")
        check_words(self, ("kind", "actor", "text"))
        return self


class EventLog(Strict):
    """A source with one row per event: activities become kinds of event, and each case an interaction."""

    case: str = Field(description="Column with the key of the case, such as `case:concept:name` in XES.")
    activity: str = Field(description="Column with the name of the activity, such as `concept:name` in XES.")
    timestamp: TimeColumn = Field(
        description="Time of the activity, such as `time:timestamp` in XES. It must be a column."
    )
    resource: str | None = Field(
        default=None,
        description="Column with the name of who did it, such as `org:resource` in XES. The first resource of "
        "a case becomes its `staff`.",
    )
    kinds: dict[str, str | None] = Field(
        default_factory=dict,
        description="Kind of event of each activity, such as `{Open: issue_raised, Heartbeat: null}`; `null` "
        "drops the activity. An activity that is not listed becomes a word: `Take over` is `take_over`. "
        "`Resolved > Active: reopened` is the kind of an activity that follows another one in its case.",
    )
    repeated: str | None = Field(
        default=None,
        description="Kind of a row whose activity is that of the case's row before it, such as `updated` in a log of "
        "updates that names the state each time. Without it, the row repeats the event.",
    )
    actor: WordSource | None = Field(
        default=None, description=f"{_ACTOR} Without it, events with a resource have the actor `staff`."
    )
    text: ColumnSource | None = Field(default=None, description=_TEXT)
    value: ColumnSource | None = Field(default=None, description=_VALUE)
    keep: list[str] = Field(default_factory=list, description=_KEEP)

    @field_validator("kinds", mode="before")
    @classmethod
    def _keys_to_text(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        is_number = {key: isinstance(key, int | float) and not isinstance(key, bool) for key in given}
        return {key_text(key) if is_number[key] else key: kind for key, kind in given.items()}

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        for activity, kind in [*self.kinds.items(), ("repeated", self.repeated)]:
            if kind is not None and (fault := find_word_fault(kind)):
                raise ValueError(f"'kinds': the kind of '{activity}' {fault}")
        if not self.timestamp.is_read:
            raise ValueError("'timestamp' must be a column, is a duration; name the column with the times")
        check_words(self, ("actor", "text"))
        return self


class FeedbackColumns(Strict):
    """Where the columns of the table `feedback` come from."""

    rating: ColumnSource = Field(
        description="The customer's rating: a number, or words with `values`, such as `{happy: 5, unhappy: 1}`. "
        "A row with an empty rating makes no feedback."
    )
    rated_at: TimeColumn | None = Field(
        default=None,
        description="Time at which the customer rated. A rating without a time can be a label, never a feature.",
    )
    source: str | None = Field(
        default=None,
        alias="from",
        description="A table of `tables`, or an array in the JSON records: each of its rows is a rating, and all of "
        "an interaction are kept. Columns are as in an event with `from`.",
    )
    when: Conditions = Field(default_factory=list, description=_WHEN.format("rating"))
    several: Literal["keep"] | None = Field(
        default=None,
        description="`keep` keeps all ratings of an interaction: rows with one key then count as one "
        "interaction. Without it, the rating of the first row counts, or of the newest by `newest_by`; of an event log "
        "the last in time that meets `when`.",
    )


class TableSource(Strict):
    """A further file, whose columns are then named `NAME.column`."""

    on: dict[str, str] = Field(
        description="Its key: for each column of it, the column of the main file with the same values, such as "
        "`{order_id: Id}`.",
        min_length=1,
    )
    newest_by: TimeColumn | None = Field(
        default=None,
        description="Column with a time: of several rows with one key the newest counts; the first without it.",
    )
    oldest_by: TimeColumn | None = Field(
        default=None, description="Column with a time: of several rows with one key the oldest counts."
    )
    only: Conditions = Field(
        default_factory=list,
        description="Rows that count, such as `{column: type, is: apply_sla}`. Of a list, all conditions must be met.",
    )
    key: str | None = Field(
        default=None,
        description="Column with the table's own key, such as `id`: rows that repeat one are left out, such as those "
        "of pages that overlap. The first counts, or the newest by `newest_by`.",
    )
    of: str | None = Field(
        default=None,
        description="Another table whose rows these are, so that a part of it can be joined by itself; then no file is "
        "given.",
    )
    optional: bool = Field(default=False, description="Whether the file may be left out or hold no rows.")
    orphans: Literal["reject", "leave_out"] = Field(
        default="reject",
        description="What becomes of rows that make events or ratings and whose key no row of the main file has. "
        "`leave_out`: they are counted, not rejected, such as the history of records that were not exported.",
    )
    file: FileOptions = Field(default_factory=FileOptions, description="How the file is read.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.newest_by is not None and self.oldest_by is not None:
            raise ValueError("must have 'newest_by' or 'oldest_by', has both; remove one")
        return self

    @model_validator(mode="before")
    @classmethod
    def _read_on(cls, given: Any) -> Any:
        # YAML 1.1 reads the key `on` as true
        if not isinstance(given, dict):
            return given
        return {"on" if key is True else key: value for key, value in given.items()}
