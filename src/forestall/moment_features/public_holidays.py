"""The public holidays of countries, as the library `holidays` knows them: asked when a model is trained, not after."""

from __future__ import annotations

import logging
import warnings

from forestall.errors import nearest

log = logging.getLogger(__name__)

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
    """Return the public holidays of a country or its part in `YEARS`, as ISO dates.

    Of some countries the library knows fewer years, or the days that follow the moon in fewer years; the log says so.
    """
    import holidays  # a served model does not need it

    country, _, part = code.partition("-")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        days = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    for message in dict.fromkeys(str(one.message) for one in told):
        log.warning("holidays of %s: %s", code, message)
    own = {day.year for day in days}
    if own and (min(own), max(own)) != (YEARS[0], YEARS[-1]):
        log.info("holidays of %s: the library knows %d to %d", code, min(own), max(own))
    return sorted(day.isoformat() for day in days)
