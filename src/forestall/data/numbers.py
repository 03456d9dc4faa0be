"""Numbers as people write them: thousands separators, currency signs, `%`, brackets for negative ones."""

from __future__ import annotations

import polars as pl

_MAIN = "usd|eur|gbp|dkk|sek|nok|chf|inr|aud|cad|zar|brl|jpy|pln|czk|huf"
_CODES = (
    f"{_MAIN}|isk|nzd|mxn|ars|clp|cop|pen|cny|hkd|twd|krw|sgd|myr|thb|idr|php|vnd|ron|bgn|rsd|uah|rub|try|ils|aed|sar|"
    "qar|kwd|egp|mad|ngn|kes|ghs"
)
# PEN12 may be a code of a product, `PEN 12` is an amount
_SIGNS = rf"(?i)^\s*(-?)\s*(?:(?:[a-z]{{1,3}}\s?)?\p{{Sc}}|{_MAIN}|(?:{_CODES}|r)\s|rp\.?|kr\.?|rs\.?|s/\.?|kč|zł)\s*"
_UNITS = (
    rf"(?i)\s*(?:[\p{{Sc}}%]|{_CODES}|zł|kč|ft|tl|lei|лв\.?|руб\.?|р\.|円|元|원|đ|kr\.?|euros?|dollars?|pct\.?|percent)"
    r"\s*$"
)
# signs and the codes that mean the same
_SAME = {
    "$": "USD",
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "R$": "BRL",
    "₺": "TRY",
    "₽": "RUB",
}
_OTHER_DIGITS = {  # of Japanese, Arabic, Persian, Hindi, Bengali and Thai
    chr(zero + digit): str(digit)
    for zero in (0xFF10, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50)
    for digit in range(10)
}
_NO_CENTS = r"[.,][-–—]$"  # Swiss and Danish
_RAND = r"(?i)^(-?)r(\d[\d ,.]*[.,]\d{2})$"  # R1 alone may be a name
_GROUPED = {  # no group of thousands begins with 0: `0,500` is a half
    ".": r"^[-+]?(?:[1-9]\d{0,2}(?:[,\s'’]\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})(?:\.\d+)?$",
    ",": r"^[-+]?[1-9]\d{0,2}(?:[.\s'’]\d{3})+(?:,\d+)?$",
}
_PLAIN = {
    ".": r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$",
    ",": r"^[-+]?(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d+)?$",
}


def parse_numbers(text: pl.Series, decimal: str = ".") -> pl.Series:
    """Return texts as numbers; null where a text is none.

    Parameters
    ----------
    text
        Numbers as people write them: `1,234.50`, `$5`, `(12)`, `40 %`.
    decimal
        The decimal mark; the other mark, blanks and apostrophes may separate thousands.
    """
    if decimal == ".":
        plain = text.str.strip_chars().cast(pl.Float64, strict=False)
        if plain.null_count() == text.null_count():
            return finite(plain)
    frame = pl.DataFrame({"text": ascii_digits(text)})
    bare = _plain(pl.col("text"))
    is_negative = bare.str.contains(r"^\(.*\)$") | bare.str.contains(r"^[^-]*\d-$")
    bare = bare.str.replace(r"^\((.*)\)$", "${1}").str.replace(r"^([^-]*\d)-$", "${1}")
    bare = _without_marks(bare)
    other = "," if decimal == "." else "."
    ungrouped = (
        pl.when(bare.str.contains(_GROUPED[decimal]))
        .then(bare.str.replace_all(rf"[{other}\s'’]", ""))
        .when(bare.str.contains(_PLAIN[decimal]))
        .then(bare)
    )
    number = ungrouped.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return finite(frame.select(pl.when(is_negative).then(-number.abs()).otherwise(number)).to_series())


def ascii_digits(text: pl.Series) -> pl.Series:
    """Return texts whose digits are those of ASCII: `５` and `٥` are 5.

    Examples
    --------
    >>> ascii_digits(pl.Series(["２０２３", "٣٠ a", None])).to_list()
    ['2023', '30 a', None]
    """
    if not text.str.contains(r"[\p{Nd}--0-9]").any():
        return text
    return text.str.replace_many(_OTHER_DIGITS)


def without_marks(text: pl.Series) -> pl.Series:
    """Return numbers in text without currency, `%` and what else stands beside the digits."""
    return text.to_frame("text").select(_without_marks(_plain(pl.col("text")))).to_series().alias(text.name)


def currencies(text: pl.Series) -> list[str]:
    """Return the different currencies of amounts in text, as they stand there; `$` and `USD` are one."""
    sign = pl.coalesce(
        pl.col("text").str.extract(rf"(?i)({_CODES})", 1).str.to_uppercase(),
        pl.col("text").str.extract(r"([A-Z]{0,3}\p{Sc})", 1),
    )
    signs = text.to_frame("text").filter(pl.col("text").str.contains(r"\d")).select(sign.replace(_SAME))
    return signs.to_series().drop_nulls().unique().sort().to_list()


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[\u00a0\u2009\u202f]", " ").str.strip_chars().str.replace("−", "-")


def _without_marks(text: pl.Expr) -> pl.Expr:
    bare = (
        text.str.replace(_SIGNS, "${1}")
        .str.replace(_UNITS, "")
        .str.replace(_NO_CENTS, "")
        .str.replace(_RAND, "${1}${2}")
    )
    return bare.str.strip_chars()


def finite(number: pl.Series) -> pl.Series:
    """Return numbers, null for those that are infinite or NaN."""
    return pl.select(pl.when(number.is_finite()).then(number)).to_series()
