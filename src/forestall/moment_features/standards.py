"""Standards: the promised time until a customer is served, by venue, by channel or for the whole company."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from forestall.config import Strict

DEFAULT_STANDARD_S = 90.0
# a ratio to a standard of 0 is infinite, and to one below 0 it turns round
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Standards(Strict):
    """The committed time until a customer is served, seconds; a venue's counts before its channel's."""

    default: Seconds = Field(
        default=DEFAULT_STANDARD_S,
        description="Seconds, where neither the venue nor the channel has a standard of its own.",
    )
    channels: dict[str, Seconds] = Field(
        default_factory=dict, description="Seconds by channel, such as `{phone: 60}`."
    )
    venues: dict[str, Seconds] = Field(
        default_factory=dict,
        description="Seconds by venue. A venue's standard takes precedence over its channel's.",
    )

    def of(self, venue: str | None, channel: str | None) -> float:
        """Return the standard of a venue and channel, each of which may be missing."""
        by_channel = self.default if channel is None else self.channels.get(channel, self.default)
        return by_channel if venue is None else self.venues.get(venue, by_channel)
