"""Numbers, durations and names as readers see them."""

import math

import pytest

from forestall.reporting.text import formats


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.percent(0.1234, 1), "12.3\u00a0%"),
        (formats.percent(math.nan), "–"),
        (formats.number(12345), "12\u2009345"),
        (formats.number(0.5), "0.500"),
        (formats.number(2.0), "2"),
        (formats.number(None), "–"),
        (formats.number(math.inf), "–"),
        (formats.points(0.051), "+5.1"),
        (formats.percent_range(0.1, 0.2), "10.0\u00a0% to 20.0\u00a0%"),
        (formats.percent_range(math.nan, math.nan), "–"),
        (formats.number_range(0.1, 0.2, 2), "0.10 to 0.20"),
        (formats.given_percent(0.125), "12.5\u00a0%"),
        (formats.amount(12.4), "12"),
        (formats.amount(9.25), "9.2"),
        (formats.duration(119), "119 seconds"),
        (formats.duration(120), "2 minutes"),
        (formats.duration(7200), "2 hours"),
        (formats.duration(200_000), "2 days"),
        (formats.plain_name("product_category"), "product category"),
        (formats.enumeration(["a"]), "a"),
        (formats.enumeration(["a", "b", "c"]), "a, b and c"),
    ],
)
def test_formats(text, expected):
    assert text == expected
