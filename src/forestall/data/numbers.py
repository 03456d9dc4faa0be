"""Numbers as people write them: thousands separators, currency signs, `%`, brackets for negative ones."""

from __future__ import annotations

import polars as pl

_CODES = "usd|eur|gbp|dkk|sek|nok|chf|inr|aud|cad|zar|brl|jpy|pln|czk|huf"
_SIGNS = rf"(?i)^\s*(-?)\s*(?:[$€£¥₹₽₩₺฿]|{_CODES}|r\$|r\s|kr\.?|rs\.?)\s*"
_UNITS = rf"(?i)\s*(?:[$€£¥₹₽₩₺฿%]|{_CODES}|zł|kč|円|元|kr\.?|,-)\s*$"
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
    frame = pl.DataFrame({"text": text})
    bare = (
        pl.col("text").str.replace_all(r"[\u00a0\u2009\u202f]", " ").str.strip_chars().str.replace("−", "-")
    )
    is_negative = bare.str.contains(r"^\(.*\)$") | bare.str.contains(r"^[^-]*\d-$")
    bare = bare.str.replace(r"^\((.*)\)$", "${1}").str.replace(r"^([^-]*\d)-$", "${1}")
    bare = bare.str.replace(_SIGNS, "${1}").str.replace(_UNITS, "").str.strip_chars()
    other = "," if decimal == "." else "."
    ungrouped = (
        pl.when(bare.str.contains(_GROUPED[decimal]))
        .then(bare.str.replace_all(rf"[{other}\s'’]", ""))
        .when(bare.str.contains(_PLAIN[decimal]))
        .then(bare)
    )
    number = ungrouped.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return finite(frame.select(pl.when(is_negative).then(-number.abs()).otherwise(number)).to_series())


def finite(number: pl.Series) -> pl.Series:
    """Return numbers, null for those that are infinite or NaN."""
    return pl.select(pl.when(number.is_finite()).then(number)).to_series()
