"""The wire format of `mlflow models serve`: records in, score rows out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

import orjson

from forestall.data.text_values import name_of
from forestall.model.reason_texts import DEFAULT, languages
from forestall.moment_features.record_fields import is_blank
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.server.errors import RequestError, bad_request
from forestall.server.limits import (
    NESTED,
    check_count,
    check_keys,
    check_record,
    check_work,
    may_hold_long_text,
)
from forestall.server.settings import Settings

JSON = "application/json"
RECORDS, SPLIT = "dataframe_records", "dataframe_split"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ScoringRequest:
    """The content of a request.

    Attributes
    ----------
    records
        The records: dicts, or rows of one type.
    reasons, language
        Whether to give reasons, and in which language.
    changes
        For an explanation: a what-if question, see `model.what_if.ask`.
    """

    records: list[Any]
    reasons: bool
    language: str
    changes: dict[str, Any] | None = None


def check_content_type(kind: str | None, encoding: str | None) -> None:
    """Raise an error unless a body is uncompressed JSON in UTF-8."""
    name, *parameters = (part.strip().lower() for part in (kind or "").split(";"))
    if name != JSON or any(part.replace('"', "") not in {"", "charset=utf-8"} for part in parameters):
        raise RequestError(415, f"the content type must be {JSON}, in UTF-8")
    if encoding and encoding.lower() != "identity":
        raise RequestError(415, "the body must come without a content encoding")


def read_request(body: bytes, settings: Settings) -> ScoringRequest:
    """Return the content of a request's body.

    Raises
    ------
    RequestError
        400 if it is invalid, 422 if it exceeds a limit; the message names the record by its index, and the field.
    """
    content = _parsed(body, "the body")
    if not isinstance(content, dict):
        raise bad_request(f"the body must be a JSON object with {RECORDS} or {SPLIT}")
    given = [name for name in (RECORDS, SPLIT) if name in content]
    if len(given) != 1:
        raise bad_request(f"the body must have exactly one of {RECORDS} and {SPLIT}")
    records = _records(content[RECORDS]) if given == [RECORDS] else _unsplit(content[SPLIT], settings)
    check_count(len(records), settings)
    measured = may_hold_long_text(body, settings.max_text)
    if measured or not _are_plain(records, settings):
        for number, record in enumerate(records):
            _read_nested(record, number)
            check_record(record, number, settings, measured=measured)
    if measured:
        check_keys(content, settings)
    check_work(records, settings)
    changes = content.get("changes")
    if changes is not None and not isinstance(changes, dict):
        raise bad_request("changes must be an object with a value for each feature")
    return ScoringRequest(records, *read_params(content.get("params")), changes)


def write_answer(
    scores: Mapping[str, Sequence[Any]],
    name: str,
    version: str | None,
    run_id: str | None,
    scored_at: datetime,
) -> bytes:
    """Return scores as `{"predictions": [...]}`; a missing value is null.

    The columns and their order are those of `registry.score_rows.score_rows`, but no frame is made.
    """
    signed = {"model_name": name, "model_version": version, "run_id": run_id, "scored_at": scored_at}
    known = {**scores, "as_of": moments_of(scores)}
    n = len(known["as_of"])
    columns = (repeat(signed[one], n) if one in signed else known[one] for one in SCORE_SCHEMA)
    rows = zip(*columns, strict=True)
    return orjson.dumps({"predictions": [dict(zip(SCORE_SCHEMA, row, strict=True)) for row in rows]})


def moments_of(scores: Mapping[str, Sequence[Any]]) -> list[datetime | None]:
    """Return the moments of scores as datetimes; None if a record has none.

    Raises
    ------
    RequestError
        A moment is not within the years 1 to 9999 in UTC, such as 9999-12-31 in the evening west of Greenwich.
    """
    moments: list[datetime | None] = []
    for number, microseconds in enumerate(scores["as_of"]):
        try:
            moments.append(None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds))
        except OverflowError:
            raise bad_request(
                f"record {number}: as_of must be a time of the years 1 to 9999, in UTC"
            ) from None
    return moments


def _parsed(text: bytes | str, what: str) -> Any:
    """Return the content of JSON; NaN, infinities and lone surrogates are read too, as MLflow reads them."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        # json would detect other encodings than UTF-8; decoding here refuses them
        return json.loads(text.decode("utf-8-sig", "surrogatepass") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise bad_request(f"{what} must be valid JSON in UTF-8") from None


def _records(content: Any) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise bad_request(f"{RECORDS} must be a list of objects")
    for number, record in enumerate(content):
        if not isinstance(record, dict):
            raise bad_request(f"{RECORDS} must be a list of objects; record {number} is not an object")
    return content


def _unsplit(content: Any, settings: Settings) -> list[dict[str, Any]]:
    must = {"columns", "data"}
    if not isinstance(content, dict) or not must <= content.keys() <= must | {"index"}:
        raise bad_request(f"{SPLIT} must be an object with columns and data, and optionally index")
    columns, data = content["columns"], content["data"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise bad_request(f"{SPLIT}: columns must be a list of strings")
    if len(set(columns)) != len(columns):
        raise bad_request(f"{SPLIT}: columns must have different names")
    if not isinstance(data, list):
        raise bad_request(f"{SPLIT}: data must be a list of rows")
    check_count(len(data), settings)
    for number, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(columns):
            raise bad_request(f"record {number}: must be a list of {len(columns)} values, one a column")
    return [dict(zip(columns, row, strict=True)) for row in data]


def _are_plain(records: list[dict[str, Any]], settings: Settings) -> bool:
    """Return whether all records have an id and no nested field that is text or too long: a check of whole columns."""
    names: list[Any] = [record.get("interaction_id") for record in records]
    if not (set(map(type, names)) <= {str} and all(map(name_of, names))):
        return False
    for field in NESTED:
        values = [record.get(field) for record in records]
        types = set(map(type, values))
        if str in types or (list in types and _longest(values) > settings.max_events):
            return False
    return True


def _longest(values: list[Any]) -> int:
    return max(len(value) for value in values if isinstance(value, list))


def _read_nested(record: dict[str, Any], number: int) -> None:
    """Read nested fields that are JSON text, in place."""
    if is_blank(record.get("interaction_id")):
        raise bad_request(f"record {number}: interaction_id must be given")
    for name in NESTED:
        value = record.get(name)
        if isinstance(value, str):
            record[name] = _parsed(value, f"record {number}: {name}") if value.strip() else None
            if isinstance(record[name], str):
                raise bad_request(f"record {number}: {name} must be valid JSON, encoded once")


def read_params(params: Any) -> tuple[bool, str]:
    """Return whether to give reasons, and their language.

    Raises
    ------
    RequestError
        One is unknown or invalid.
    """
    if params is None:
        return False, DEFAULT
    if not isinstance(params, dict):
        raise bad_request("params must be an object; it may have: reasons, language")
    if params.keys() - {"reasons", "language"}:
        raise bad_request("params may have only reasons and language; it has another key")
    reasons, language = params.get("reasons", False), params.get("language", DEFAULT)
    if not isinstance(reasons, bool):
        raise bad_request("params: reasons must be true or false")
    if language not in languages():
        raise bad_request(f"params: language must be one of: {', '.join(languages())}")
    return reasons, language
