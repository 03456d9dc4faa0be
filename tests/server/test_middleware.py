"""Every error has one form and the model's headers; the log holds no customer data."""

from __future__ import annotations

from typing import Any

import pytest
from servers import JSON, SECRET, Server, ask, refusal_of, until


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", f"/{SECRET}?a={SECRET}", None, {}, 404),
        ("GET", "/invocations", None, {}, 405),
        ("DELETE", "/ping", None, {}, 405),
        ("POST", "/invocations", SECRET.encode(), JSON, 400),
        ("POST", "/invocations", SECRET.encode(), {"content-type": f"text/{SECRET}"}, 415),
        ("POST", "/invocations", b"a" * 33_600_000, JSON, 413),
        (
            "POST",
            "/invocations",
            b'{"dataframe_records": [' + b'{"interaction_id":1},' * 10_000 + b"{}]}",
            JSON,
            422,
        ),
    ],
)
def test_every_error_has_one_form(
    server: Server, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    assert refusal_of(ask(server.port, method, path, body, headers), status)


def test_the_log_holds_nothing_that_was_sent(server: Server, records: list[dict[str, Any]]) -> None:
    server.score([records[0] | {"interaction_id": SECRET, "customer_id": SECRET, "price": SECRET}])
    server.score([records[0] | {"interaction_id": SECRET, "staff": SECRET, "venue": SECRET}], reasons=True)
    server.get(f"/{SECRET}?customer={SECRET}")
    until(lambda: "GET other 404" in server.log.read_text())
    log = server.log.read_text()
    assert "POST /invocations 400" in log
    assert SECRET not in log
