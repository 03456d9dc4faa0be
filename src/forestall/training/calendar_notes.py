"""What a training says of calendars that are for nobody."""

from __future__ import annotations

from forestall.data import Tables
from forestall.errors import nearest
from forestall.model import Spec


def calendar_notes(spec: Spec, tables: Tables) -> list[str]:
    """Return a note for each channel and venue that a calendar names and no interaction has.

    Such a name is usually misspelt; what it was meant for is then counted by another calendar, or by the clock.
    """
    known = {
        column: sorted(map(str, tables.interactions[column].drop_nulls().unique()))
        for column in ("channel", "venue")
    }
    notes = []
    for name, calendar in spec.calendars.items():
        claims = calendar.claims
        named = [] if claims is None else [("channel", one) for one in claims.channels]
        named += [] if claims is None else [("venue", one) for one in claims.venues]
        for column, one in named:
            if one not in known[column]:
                hint = nearest(one, known[column])
                notes.append(
                    f"the calendar '{name}' is for the {column} '{one}', which no interaction has"
                    + (f"; {hint}" if hint.startswith("did") else "")
                )
    return notes
