"""The public holidays of countries, as the library `holidays` knows them: asked when a model is trained, not after."""

from __future__ import annotations

import warnings

from forestall.errors import nearest

YEARS = range(1970, 2100)
"""The years whose holidays a model carries, as far as the library knows them."""


def check_country(code: str) -> None:
    """Check that the library knows the holidays of a country, such as `DK`, or of its part, such as `US-CA`.

    Raises
    ------
    ValueError
        It does not.
    """
    import holidays  # a served model does not need it

    country, _, part = code.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        hint = nearest(country.upper(), known)
        raise ValueError(
            f"'{code}' must be a date such as 2026-12-24 or a country code such as DK"
            + (f", {hint}" if hint.startswith("did") else "")
            + "; list the dates of a country that the library 'holidays' does not know"
        )
    if part not in {"", *known[country]}:
        own = ", ".join(known[country])
        raise ValueError(
            f"'{code}' must name a part of {country} that has holidays of its own"
            + (f": {own}" if own else f"; there is none, write {country}")
        )


def holidays_of(code: str) -> list[str]:
    """Return the public holidays of a country or its part in `YEARS`, as ISO dates."""
    import holidays  # a served model does not need it

    country, _, part = code.partition("-")
    with warnings.catch_warnings():
        # of some countries the library knows fewer years, and says so
        warnings.simplefilter("ignore", UserWarning)
        days = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    return sorted(day.isoformat() for day in days)
