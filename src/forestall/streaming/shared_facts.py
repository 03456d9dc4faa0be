"""What crosses customers, and is computed before the parts are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forestall.data.about import complete_about
from forestall.data.tables import MOVED
from forestall.model.input_tables import warn_of_context, warn_of_lost
from forestall.model.risk_model import RiskModel
from forestall.moments.timeline import Ints
from forestall.streaming.account import Account


@dataclass(frozen=True)
class SharedFacts:
    """What crosses customers: plain values that can be pickled.

    Parameters
    ----------
    about
        The `about` of the whole tables.
    account
        Counts of the whole tables.
    end
        The end of the records, None where nobody asked for it or there is no record.
    typical_value
        The median of the customers' known values, None where nobody asked for it or none is known.
    """

    about: Mapping[str, Any]
    account: Account
    end: datetime | None = None
    typical_value: float | None = None

    @classmethod
    def of(
        cls,
        about: Mapping[str, Any],
        columns: list[str],
        account: Account,
        *,
        typical_value: float | None = None,
        all_times: Callable[[], Ints] | None = None,
    ) -> SharedFacts:
        """Return the shared facts of whole tables.

        Parameters
        ----------
        about
            The content of `about.json`.
        columns
            The columns of the interactions.
        account
            The facts of all rows.
        typical_value
            See the attribute.
        all_times
            Returns all times of the records: see `moments.records_end.LastTimes.end`.

        Raises
        ------
        InputError
            A value of `about` is not valid.
        """
        has_times = bool(account.n_timed_ratings) or not account.n_rows["feedback"]
        whole = complete_about(about, columns, has_rating_times=has_times)
        if account.n_moved:
            whole[MOVED] = int(whole.get(MOVED, 0)) + account.n_moved
        end = None
        if account.last_times is not None and all_times is not None:
            end = account.last_times.end(account.n_rows["interactions"], all_times)
        return cls(whole, account, end, typical_value)

    def warn_of_lost(self, model: RiskModel, columns: Sequence[str]) -> None:
        """Name in the log what a model reads and the whole tables do not hold at all.

        Parameters
        ----------
        model
            The model.
        columns
            The columns of the interactions.
        """
        warn_of_context(model.spec, columns)
        n = self.account.n_rows
        has_value = {name: has or not n["events"] for name, has in self.account.has_value.items()}
        warn_of_lost(frozenset(model.inputs.reads), has_value, n["feedback"])
