"""What is promised: seconds until a customer is served, by venue, by channel, or for all."""

from __future__ import annotations

from pydantic import Field

from forestall.config import Strict

DEFAULT_STANDARD_S = 90.0


class Standards(Strict):
    """The committed time until a customer is served, seconds; a venue's goes before its channel's."""

    default: float = Field(default=DEFAULT_STANDARD_S, gt=0)
    channels: dict[str, float] = Field(default_factory=dict)
    venues: dict[str, float] = Field(default_factory=dict)
