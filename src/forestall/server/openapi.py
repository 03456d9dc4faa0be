"""The OpenAPI documentation of each route, with examples that work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl
from fastapi import FastAPI
from starlette.responses import Response

from forestall.data.schemas import column_types
from forestall.model.reason_texts import DEFAULT, languages
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.server.errors import CODES
from forestall.server.settings import Settings

JSON = "application/json"
EXAMPLE = {
    "interaction_id": "i1",
    "started_at": "2026-11-02T09:00:00Z",
    "customer_id": "c1",
    "channel": "in_store",
    "as_of": "2026-11-02T09:05:00Z",
    "events": [
        {"at": "2026-11-02T09:00:00Z", "kind": "arrived", "actor": "customer"},
        {
            "at": "2026-11-02T09:04:10Z",
            "kind": "served",
            "actor": "staff",
            "text": "Sorry to keep you waiting.",
        },
    ],
}
_ERROR_TEXTS = {
    400: "The request is invalid; the message names the record by its index, and the field.",
    408: "The request took too long to arrive.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The request exceeds a limit: records, events, moments, length of a text or a key.",
    503: "The server has no room for the request now; send it again later.",
    504: "No answer in time; send fewer records at a time.",
}
_MODEL_HEADERS = {
    name: {"description": what, "schema": {"type": "string"}}
    for name, what in (
        ("X-Model-Name", "The model that answered."),
        ("X-Model-Version", "The version that made this answer; 'unregistered' for a folder."),
    )
}
_ERROR = {
    "type": "object",
    "properties": {
        "error_code": {"type": "string", "enum": list(CODES.values())},
        "message": {"type": "string"},
    },
    "required": ["error_code", "message"],
    "additionalProperties": False,
}


def invocations(settings: Settings) -> dict[str, Any]:
    """Return the documentation of `/invocations`."""
    records = {"type": "array", "maxItems": settings.max_records, "items": record(settings)}
    split = _object(
        {
            "columns": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "data": {"type": "array", "maxItems": settings.max_records, "items": {"type": "array"}},
            "index": {"type": "array"},
        },
        ["columns", "data"],
    )
    params = _params()
    body = {
        "oneOf": [
            _object({"dataframe_records": records, "params": params}, ["dataframe_records"]),
            _object({"dataframe_split": split, "params": params}, ["dataframe_split"]),
        ]
    }
    plain = {"dataframe_records": [EXAMPLE]}
    columns = {"columns": list(EXAMPLE), "data": [list(EXAMPLE.values())]}
    examples = {
        "records": {"summary": "Records", "value": plain},
        "reasons": {"summary": "With reasons", "value": plain | {"params": {"reasons": True}}},
        "split": {"summary": "Columns and rows", "value": {"dataframe_split": columns}},
    }
    rows = {"type": "array", "items": _object(_kinds(dict(SCORE_SCHEMA)), [])}
    return _posted(
        "Score records",
        "One score row for each record, in their order. As `mlflow models serve`, with null for a missing value. "
        "Fields that the schema does not name are not read; `/metrics` counts those that seem to be misspelt.",
        body,
        examples,
        _object({"predictions": rows}, ["predictions"]),
    )


def explain(settings: Settings) -> dict[str, Any]:
    """Return the documentation of `/explain`."""
    names = ("as_of", "dissatisfaction_risk", "risk_low", "risk_high", "risk_band", "data_quality", "reasons")
    line = {name: _kind(SCORE_SCHEMA[name]) for name in names} | {"happened": {"type": ["string", "null"]}}
    text = {"type": ["string", "null"]}
    otherwise = _object({name: line[name] for name in names}, list(names))
    question = _object(
        {
            "changes": {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
            "bounded": {"type": "array", "items": {"type": "string"}},
            "note": {"type": "string"},
        },
        ["changes", "bounded", "note"],
    )
    answer = {
        "interaction_id": text,
        "model_name": text,
        "model_version": text,
        "moments": {"type": "array", "items": _object({**line, "what_if": otherwise}, list(line))},
    }
    one = {"type": "array", "minItems": 1, "maxItems": 1, "items": record(settings)}
    changes = {
        "type": ["object", "null"],
        "description": "A what-if question: by feature the value that it would have had.",
        "additionalProperties": {"type": ["number", "string"]},
    }
    record_ = {"summary": "One record", "value": {"dataframe_records": [EXAMPLE]}}
    asked = {"dataframe_records": [EXAMPLE], "changes": {"service_wait_s": 60}}
    asking = {"summary": "What if the wait had been a minute?", "value": asked}
    return _posted(
        "Explain one record, moment by moment",
        "The risk at the start of the interaction and at each of its events, with the strongest reasons.",
        _object({"dataframe_records": one, "params": _params(), "changes": changes}, ["dataframe_records"]),
        {"record": record_, "what_if": asking},
        _object({**answer, "what_if": question}, list(answer)),
    )


def document_tokens(app: FastAPI, open_routes: Collection[str]) -> None:
    """Say in the documentation which routes need a token, and what they answer without one."""
    plain = app.openapi
    refused = {
        "description": "The server asks for a token, and the request has none that it accepts.",
        "content": {JSON: {"schema": _ERROR}},
        "headers": {"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}},
    }

    def documented() -> dict[str, Any]:
        schema = plain()
        schema.setdefault("components", {})["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"}
        }
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path in open_routes else [{"token": []}]
                if operation["security"]:
                    operation["responses"]["401"] = refused
        return schema

    app.openapi = documented  # type: ignore[method-assign]


def without_body(summary: str, description: str, media: str = JSON, **content: Any) -> dict[str, Any]:
    """Return the documentation of a route that takes no body."""
    answer = {"description": description, "content": {media: content}, "headers": _MODEL_HEADERS}
    return {
        "summary": summary,
        "tags": ["the server"],
        "responses": {200: answer},
        "response_class": Response,
    }


def record(settings: Settings) -> dict[str, Any]:
    """Return the schema of an interaction record."""
    event = {
        "at": _kind(pl.Datetime()),
        "kind": {"type": ["string", "null"]},
        "actor": {"type": ["string", "null"], "examples": ["customer", "staff", "manager", "system"]},
        "text": {"type": ["string", "null"], "maxLength": settings.max_text},
        "value": {"type": ["number", "null"]},
    }
    past = {name: _kind(pl.Datetime()) for name in ("started_at", "ended_at", "rated_at")} | {
        "rating": {"type": ["number", "null"]},
        "resolved": {"type": ["boolean", "null"]},
        "channel": {"type": ["string", "null"]},
        "venue": {"type": ["string", "null"]},
        "wait_s": {"type": ["number", "null"]},
        "n_events": {"type": ["number", "null"]},
    }
    rating = {name: past[name] for name in ("rating", "rated_at")}
    queue = {name: {"type": ["number", "null"]} for name in ("n_waiting", "n_served_first", "mean_wait_s")}
    columns = _kinds(dict(column_types("interactions")))
    nested = {
        name: {
            "type": ["array", "null"],
            "maxItems": settings.max_events,
            "items": _object(item, [], is_open=True),
        }
        for name, item in (("events", event), ("history", past), ("earlier_ratings", rating))
    }
    fields = {
        **columns,
        "interaction_id": {"type": "string", "maxLength": settings.max_text},
        "as_of": _kind(pl.Datetime()),
        **nested,
        "queue": _object(queue, [], is_open=True, nullable=True),
    }
    return _object(fields, ["interaction_id"], is_open=True)


def _params() -> dict[str, Any]:
    language = {"type": "string", "enum": languages(), "default": DEFAULT}
    reasons = {"type": "boolean", "default": False}
    return _object({"reasons": reasons, "language": language}, [], nullable=True)


def _posted(
    summary: str, description: str, body: dict[str, Any], examples: dict[str, Any], answer: dict[str, Any]
) -> dict[str, Any]:
    errors = {
        status: {"description": text, "content": {JSON: {"schema": _ERROR}}, "headers": _MODEL_HEADERS}
        for status, text in _ERROR_TEXTS.items()
    }
    content = {JSON: {"schema": body, "examples": examples}}
    return {
        "summary": summary,
        "tags": ["scores"],
        "description": description,
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
        "responses": {
            200: {
                "description": description,
                "content": {JSON: {"schema": answer}},
                "headers": _MODEL_HEADERS,
            },
            **errors,
        },
    }


def _object(
    properties: dict[str, Any], required: list[str], *, is_open: bool = False, nullable: bool = False
) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if nullable else "object",
        "properties": properties,
        "required": required,
        "additionalProperties": is_open,
    }


def _kind(kind: Any) -> dict[str, Any]:
    if isinstance(kind, pl.Datetime):
        return {"type": ["string", "null"], "format": "date-time"}
    if isinstance(kind, pl.List):
        fields = {one.name: one.dtype for one in kind.inner.fields}  # type: ignore[union-attr]  # structs
        return {"type": ["array", "null"], "items": _object(_kinds(fields), [])}
    name = {pl.Float64: "number", pl.Boolean: "boolean"}.get(kind, "string")
    return {"type": [name, "null"]}


def _kinds(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _kind(one) for name, one in fields.items()}


# MLflow labels its answers to these two as JSON, although they are not.
PING = without_body("Whether the server runs", "A line feed, as `mlflow models serve` answers.")
VERSION = without_body(
    "The version of MLflow",
    "As `mlflow models serve` answers. A header of every answer names the model's.",
)
HEALTH = without_body(
    "The state of the server",
    "The version that answers. If the alias cannot be followed, `degraded` and the problem in words.",
    schema=_object(
        {
            "status": {"type": "string", "enum": ["ok", "degraded"]},
            **{name: {"type": ["string", "null"]} for name in ("model_name", "model_version", "problem")},
        },
        ["status", "model_name", "model_version", "problem"],
    ),
)
MODEL = without_body(
    "The model",
    "The model's name, version, features, training data and metrics.",
    schema={"type": "object"},
)
METRICS = without_body(
    "For Prometheus", "The counts of the server.", media="text/plain", schema={"type": "string"}
)
