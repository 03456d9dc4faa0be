"""The wire format of `mlflow models serve`: records in, score rows out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from forestall.features.record_fields import is_blank
from forestall.model.reason_texts import DEFAULT, languages
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.server.errors import RequestError, bad
from forestall.server.limits import NESTED, check_count, check_record, may_hold_long_text
from forestall.server.settings import Settings

JSON = "application/json"
RECORDS, SPLIT = "dataframe_records", "dataframe_split"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """What a request asks for: the scores of records, with reasons or without, and in which language these are."""

    records: list[dict[str, Any]]
    reasons: bool
    language: str


def check_content_type(kind: str | None, encoding: str | None) -> None:
    """Raise unless a body is JSON in UTF-8 and not compressed."""
    name, *parameters = (part.strip().lower() for part in (kind or "").split(";"))
    if name != JSON or any(part.replace('"', "") not in {"", "charset=utf-8"} for part in parameters):
        raise RequestError(415, f"the content type must be {JSON}, in UTF-8")
    if encoding and encoding.lower() != "identity":
        raise RequestError(415, "the body must come without a content encoding")


def read_request(body: bytes, settings: Settings) -> Asked:
    """Return what the body of a request asks for.

    Raises
    ------
    RequestError
        400 where it is not as it must be, 422 where it goes beyond a limit; the message names the record by
        its index, and the field.
    """
    content = _parsed(body, "the body")
    if not isinstance(content, dict):
        raise bad(f"the body must be a JSON object with {RECORDS} or {SPLIT}")
    told = [name for name in (RECORDS, SPLIT) if name in content]
    if len(told) != 1:
        raise bad(f"the body must have exactly one of {RECORDS} and {SPLIT}")
    records = _records(content[RECORDS]) if told == [RECORDS] else _unsplit(content[SPLIT], settings)
    check_count(len(records), settings)
    measured = may_hold_long_text(body, settings.max_text)
    for number, record in enumerate(records):
        _read_nested(record, number)
        check_record(record, number, settings, measured=measured)
    return Asked(records, *_params(content.get("params")))


def write_answer(
    told: Mapping[str, Sequence[Any]], name: str, version: str | None, run_id: str | None, scored_at: datetime
) -> bytes:
    """Return what a model told as `{"predictions": [...]}`; what is not known is null.

    The columns and their order are those of `registry.score_rows.score_rows`, written without a frame of them.
    """
    signed = {"model_name": name, "model_version": version, "run_id": run_id, "scored_at": scored_at}
    known = {**told, "as_of": moments_of(told)}
    names = [column for column in SCORE_SCHEMA if column not in signed]
    cells = zip(*(known[column] for column in names), strict=True)
    return orjson.dumps({"predictions": [dict(zip(names, row, strict=True)) | signed for row in cells]})


def moments_of(told: Mapping[str, Sequence[Any]]) -> list[datetime | None]:
    """Return the moments of what a model told, None where there is none.

    Raises
    ------
    RequestError
        One does not lie in the years that a time can have, as 9999-12-31 west of Greenwich does not.
    """
    moments: list[datetime | None] = []
    for number, microseconds in enumerate(told["as_of"]):
        try:
            moments.append(None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds))
        except OverflowError:
            raise bad(f"record {number}: as_of must be a time of the years 1 to 9999, in UTC") from None
    return moments


def _parsed(text: bytes | str, what: str) -> Any:
    """Return what JSON says; NaN, infinities and half characters are read too, as MLflow reads them."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        # bytes that are decoded here can be of no other encoding, which json would find out by itself
        return json.loads(text.decode("utf-8-sig", "surrogatepass") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise bad(f"{what} must be valid JSON in UTF-8") from None


def _records(content: Any) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise bad(f"{RECORDS} must be a list of objects")
    for number, record in enumerate(content):
        if not isinstance(record, dict):
            raise bad(f"{RECORDS} must be a list of objects; record {number} is none")
    return content


def _unsplit(content: Any, settings: Settings) -> list[dict[str, Any]]:
    must = {"columns", "data"}
    if not isinstance(content, dict) or not must <= content.keys() <= must | {"index"}:
        raise bad(f"{SPLIT} must be an object with columns and data, and perhaps index")
    columns, data = content["columns"], content["data"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise bad(f"{SPLIT}: columns must be a list of strings")
    if len(set(columns)) != len(columns):
        raise bad(f"{SPLIT}: columns must have a name each of their own")
    if not isinstance(data, list):
        raise bad(f"{SPLIT}: data must be a list of rows")
    check_count(len(data), settings)
    for number, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(columns):
            raise bad(f"record {number}: must be a list of {len(columns)} values, one a column")
    return [dict(zip(columns, row, strict=True)) for row in data]


def _read_nested(record: dict[str, Any], number: int) -> None:
    """Put in place what nested fields say that came as JSON."""
    if is_blank(record.get("interaction_id")):
        raise bad(f"record {number}: interaction_id must be given")
    for name in NESTED:
        value = record.get(name)
        if isinstance(value, str):
            record[name] = _parsed(value, f"record {number}: {name}") if value.strip() else None
            if isinstance(record[name], str):
                raise bad(f"record {number}: {name} must be valid JSON, encoded once")


def _params(params: Any) -> tuple[bool, str]:
    """Return whether reasons are wanted, and in which language."""
    if params is None:
        return False, DEFAULT
    if not isinstance(params, dict) or params.keys() - {"reasons", "language"}:
        raise bad("params must be an object; it may have: reasons, language")
    reasons, language = params.get("reasons", False), params.get("language", DEFAULT)
    if not isinstance(reasons, bool):
        raise bad("params: reasons must be true or false")
    if language not in languages():
        raise bad(f"params: language must be one of: {', '.join(languages())}")
    return reasons, language
