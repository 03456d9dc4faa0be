"""The section `file` of a mapping file: how a file is read."""

from __future__ import annotations

import codecs
from typing import Self

from pydantic import Field, model_validator

from forestall.config import Strict


class FileOptions(Strict):
    """How the files are read. What is left out is found from the files themselves."""

    encoding: str | None = Field(
        default=None,
        description="Encoding of a text file, such as `cp1252` or `utf-16`. Without it, a byte order mark "
        "decides, then UTF-8 is tried, then the encoding is guessed, with a warning.",
    )
    separator: str | None = Field(
        default=None,
        description="The character between the cells of a row, such as `;` or `^`. Without it, it is found "
        "from the first rows.",
    )
    quote: str | None = Field(
        default=None, description='The character around cells that hold a separator; `"` without it.'
    )
    skip_rows: int = Field(
        default=0, ge=0, description="Number of lines above the header, such as the title of a report."
    )
    header: bool = Field(
        default=True,
        description="Whether the first line names the columns. With `false` they are called `column 1`, `column 2` and "
        "so on. For CSV and Excel.",
    )
    sheet: str | list[str] | None = Field(
        default=None,
        description="Name of the sheet of an Excel file, or a list of sheets whose rows are put together; the first "
        "sheet without it.",
    )
    records: str | None = Field(
        default=None,
        description="Name of the array of records in a JSON file, such as `tickets`; with dots if it is nested.",
    )

    expand: list[str] = Field(
        default_factory=list,
        description="Arrays in the JSON records: each of their elements becomes a row of its own, with the record's "
        "other values. Its columns are named `answers.rating`. A record with an empty array stays one row.",
    )

    optional_columns: list[str] = Field(
        default_factory=list,
        description="Columns that the files may lack, such as values that JSON records leave out when they are empty; "
        "they are then empty.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("separator", "quote"):
            mark = getattr(self, name)
            if mark is not None and (len(mark) != 1 or ord(mark) > 127 or mark in "\r\n"):
                raise ValueError(f"'{name}' must be one ASCII character, such as ';'")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError:
                raise ValueError(
                    "'encoding' must be the name of an encoding, such as utf-8 or cp1252"
                ) from None
        return self
