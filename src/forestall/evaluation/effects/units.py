"""The units of an experiment: each customer once, at the first entry in the ledger.

Later entries of a customer are no units of their own: who is listed again depends on what the first contact did.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.contact_schema import CONTACT, HOLDOUT
from forestall.errors import InputError, UsageError, must_be
from forestall.evaluation.metrics.binning import Bools

_MOST_VALUES = 8
_THIRDS = ("lowest third", "middle third", "highest third")
_COLUMNS = ("channel", "locale", "product_category", "venue")


def experiment_entries(contacts: pl.DataFrame, experiment: str | None) -> tuple[str, pl.DataFrame]:
    """Return the name of an experiment and its entries, with `customer` (never null) and `is_treated`.

    Parameters
    ----------
    contacts
        The table `contacts`.
    experiment
        The name; None: the only one.

    Raises
    ------
    InputError
        There are no contacts.
    UsageError
        There is no such experiment, or there are several and none is named.
    """
    names = contacts["experiment"].drop_nulls().unique().sort().to_list()
    if not names:
        raise InputError(
            "the data must hold the table contacts with at least one row, has none; score with a policy that names an "
            "experiment, and add the ledger's entries as contacts.parquet"
        )
    if experiment is None and len(names) > 1:
        raise UsageError(must_be("--experiment", f"one of {', '.join(names)}", "not given"))
    name = names[0] if experiment is None else experiment
    if name not in names:
        raise UsageError(must_be("--experiment", f"one of {', '.join(names)}", name))
    own = pl.concat_str(pl.lit("interaction "), pl.col("interaction_id"))
    known = pl.concat_str(pl.lit("customer "), pl.col("customer_id"))
    entries = contacts.filter(pl.col("experiment") == name).with_columns(
        customer=pl.coalesce(known, own), is_treated=pl.col("arm") != HOLDOUT
    )
    return name, entries.sort("at", "contact_id")


def experiment_units(entries: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return one row per customer: the first entry, with `unit`, `is_reached` and `worth`.

    `is_reached` tells whether any entry of the customer says so: a second attempt belongs to the assignment.
    """
    reached = entries.group_by("customer").agg(
        is_reached=(pl.col("result") == "reached").any().fill_null(False)
    )
    first = entries.unique("customer", keep="first", maintain_order=True)
    worth = tables.interactions.select("interaction_id", worth="customer_value")
    return (
        first.join(reached, on="customer", how="left", maintain_order="left")
        .join(worth, on="interaction_id", how="left", maintain_order="left")
        .with_row_index("unit")
    )


def compared_units(units: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the units offered by the list, and those offered below the threshold to explore.

    Both have `own_probability`, that of the own one of the two arms: contacted or held out. In the ledger it is the
    probability of the entry, and customers offered below the threshold have another one than those of the list. In
    tables from elsewhere the probabilities may be of three arms; then the arm explore is not compared.
    """
    own = pl.col("probability")
    chance = pl.when("is_treated").then(own).otherwise(1 - own).round(9)
    rows = units.with_columns(own_probability=own, chance=chance)
    of_list = rows.filter(pl.col("arm") == CONTACT)["chance"].unique()
    is_listed = pl.col("chance").is_in(of_list.implode()) if len(of_list) else pl.lit(True)
    listed, below = rows.filter(is_listed), rows.filter(~is_listed)
    if not (listed["arm"] == HOLDOUT).any() and (rows["arm"] == HOLDOUT).any():
        listed, below = _of_two_arms(rows.filter(pl.col("arm").is_in([CONTACT, HOLDOUT]))), rows.clear()
    return _numbered(listed), _numbered(below)


def _numbered(units: pl.DataFrame) -> pl.DataFrame:
    return units.drop("unit", "chance").with_row_index("unit")


def _of_two_arms(units: pl.DataFrame) -> pl.DataFrame:
    """Return the units with the probability of the own arm among the arms contact and holdout."""
    contact, holdout = (
        units.filter(pl.col("arm") == arm)["probability"].mean() for arm in (CONTACT, HOLDOUT)
    )
    own = pl.col("probability")
    other = pl.when("is_treated").then(pl.lit(holdout)).otherwise(pl.lit(contact)).fill_null(1 - own)
    return units.with_columns(own_probability=own / (own + other))


def unit_segments(units: pl.DataFrame, tables: Tables) -> dict[str, dict[str, Bools]]:
    """Return by column and value which units are in a segment: columns of the interactions, thirds of risk and value.

    Parameters
    ----------
    units
        What `experiment_units` returned.
    tables
        The records.
    """
    found: dict[str, dict[str, Bools]] = {
        "risk": _thirds(units["risk"]),
        "customer value": _thirds(units["worth"]),
    }
    known = [name for name in _COLUMNS if name in tables.interactions.columns]
    columns = units.select("interaction_id").join(
        tables.interactions.select("interaction_id", *known),
        on="interaction_id",
        how="left",
        maintain_order="left",
    )
    for name in known:
        values = columns[name].cast(pl.String)
        most = values.drop_nulls().value_counts(sort=True, name="n").sort("n", name, descending=[True, False])
        found[name.replace("_", " ")] = {
            str(value): (values == value).fill_null(False).to_numpy() for value in most[name][:_MOST_VALUES]
        }
    return {name: values for name, values in found.items() if len(values) > 1}


def _thirds(values: pl.Series) -> dict[str, Bools]:
    figures = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = ~np.isnan(figures)
    if len(np.unique(figures[known])) < len(_THIRDS):
        return {}
    bounds = np.quantile(figures[known], [1 / 3, 2 / 3])
    place = np.searchsorted(bounds, figures, side="right")
    return {name: known & (place == i) for i, name in enumerate(_THIRDS)}


def balance_figures(
    units: pl.DataFrame, segments: Mapping[str, Mapping[str, Bools]]
) -> dict[str, np.ndarray]:
    """Return the figures that must be alike in both arms: the risk, and each segment as 0 or 1."""
    risk = units["risk"].cast(pl.Float64)
    figures = {"risk": risk.fill_null(risk.mean()).to_numpy()}
    for column, values in segments.items():
        figures |= {f"{column}: {value}": rows.astype(np.float64) for value, rows in values.items()}
    return figures
