"""Text columns of times: the order of day and month, decided by the values, by other columns, and for each form."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from forestall.data.month_names import in_english
from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.day_order import (
    DayOrder,
    fill_order,
    guess_order,
    is_day_before_month,
    order_by_other_times,
    order_by_rows,
    order_by_values,
)
from forestall.importing.suggest.time_forms import read_template

_WORDED_DATE = r"^\P{N}{0,20}\d{1,4}\P{N}{3,20}\d{2,4}|^\p{L}+\P{N}{0,3}\d{1,2}\P{N}{1,3}\d{4}"
_WORD = r"\p{L}{3,}"
_ORDINAL_DAY = r"^((?:[A-Za-z]{3,9},? )?\d{1,2})(?:st|nd|rd|th)\b"
_SPANISH_HALF = r"\d\s*[ap]\.\s*m\."


@dataclass
class OpenTime:
    """A text column of times before the order of day and month is known."""

    profile: ColumnProfile
    templates: list[str]
    order: DayOrder | None = None
    orders: dict[str, DayOrder] = field(default_factory=dict)
    values: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Datetime("us")))

    @cached_property
    def text(self) -> pl.Series:
        """The cells as text, with English months."""
        return text_of_times(self.profile)

    @property
    def open_templates(self) -> list[str]:
        """The templates in which the order of day and month is open."""
        return [template for template in self.templates if "%1" in template]

    def filled(self, template: str) -> str:
        """Return a template with day and month in the order that was decided."""
        order = self.orders.get(template, self.order)
        if template.startswith("%Y") and is_day_before_month(self.text):
            template = template.replace("%m", "%1", 1).replace("%d", "%m", 1).replace("%1", "%d", 1)
        return fill_order(template, order is None or order.day_first)


def text_of_times(profile: ColumnProfile) -> pl.Series:
    """Return the cells of a column as text; if it has dates with a word, names of months are English ones."""
    text = profile.text.str.replace_all(
        r"[\u00a0\u2000-\u200a\u202f]", " "
    )  # some programs write one before PM
    if text.drop_nulls().head(200).str.contains(_ORDINAL_DAY).any():
        text = text.str.replace(_ORDINAL_DAY, "${1}")  # the import reads such days as others
    some = text.drop_nulls().head(200)
    worded = some.str.contains(_WORDED_DATE)
    is_date = worded | ~some.str.contains(_WORD)  # one column may hold `9 de mayo de 2019` and `9/5/19`
    return in_english(text) if worded.any() and is_date.sum() > len(some) / 2 else text


def decide_orders(opened: list[OpenTime], known: list[pl.Series]) -> None:
    """Decide the order of day and month of each column: by its own values, else by the other columns'."""
    for one in opened:
        one.order = order_by_values(one.text) if one.open_templates else None
        if one.order or not one.open_templates:
            one.values = _read(one)
            if len(one.open_templates) < 2:
                known.append(one.values)
    for one in opened:
        if one.open_templates and one.order is None:
            one.order = _indirect_order(one, one.text, one.open_templates[0], opened, known)
        if len(one.open_templates) > 1:
            one.orders = {template: _order_of_part(one, template, known) for template in one.open_templates}
        if one.open_templates:
            one.values = _read(one)


def _order_of_part(one: OpenTime, template: str, known: list[pl.Series]) -> DayOrder:
    """Return the order in the cells of one template: they may come from another program than the others."""
    text = one.text
    fits = [read_template(text, fill_order(template, first)).is_not_null() for first in (True, False)]
    own = text.set(~(fits[0] | fits[1]), None)
    others = [other for other in known if other.name != one.profile.name]
    assert one.order is not None
    return order_by_values(own) or order_by_other_times(own, template, others) or one.order


def _indirect_order(
    one: OpenTime, text: pl.Series, template: str, opened: list[OpenTime], known: list[pl.Series]
) -> DayOrder:
    if template.startswith("%1."):
        return guess_order(template)
    by_others = order_by_other_times(text, template, known)
    if by_others:
        return by_others
    for other in opened:
        same = set(other.templates) & set(one.templates)
        order = other.order if same and other is not one else None
        if order and order.reason:
            first = "day first" if order.day_first else "month first"
            return DayOrder(order.day_first, f"{first}, as in column '{other.profile.name}'")
    if by_rows := order_by_rows(text, template):
        return by_rows
    guessed = next((other.order for other in opened if other.order and not other.order.reason), None)
    if guessed:  # the columns of one file have one order, also where it has to be asked for
        return guessed
    is_spanish = "%p" in template and text.str.contains(_SPANISH_HALF).any()
    return DayOrder(day_first=True) if is_spanish else guess_order(template)


def _read(one: OpenTime) -> pl.Series:
    values = pl.Series(one.profile.name, [None] * len(one.text), dtype=pl.Datetime("us"))
    for template in one.templates:
        read = read_template(one.text, one.filled(template)).alias(one.profile.name)
        values = values.zip_with(values.is_not_null(), read)
    return values


def reason_of(one: OpenTime) -> str:
    """Return what decided the order; of a column in which it differs, what decided each."""
    if len({order.day_first for order in one.orders.values()}) > 1:
        return "; ".join(f"{one.filled(part)}: {order.reason}" for part, order in one.orders.items())
    return one.order.reason if one.order else ""
