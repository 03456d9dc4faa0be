"""The errors that a request is answered with."""

from __future__ import annotations

import json

import pytest

from forestall.server.errors import CODES, RequestError, bad_request, internal_error, limit_exceeded


@pytest.mark.parametrize("status", CODES)
def test_every_status_has_a_code_in_the_body(status: int) -> None:
    body = json.loads(RequestError(status, "a text").body())
    assert body == {"error_code": CODES[status], "message": "a text"}


def test_an_invalid_request_and_an_exceeded_limit_have_their_status() -> None:
    assert (bad_request("a").status, limit_exceeded("a").status) == (400, 422)


def test_an_unexpected_error_is_logged_with_its_place_and_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise ValueError("Jane-Doe-4711")
    except ValueError as error:
        answer = internal_error(error)
    assert answer.status == 500
    (record,) = caplog.records
    assert "ValueError" in record.getMessage()
    assert "test_errors.py" in record.getMessage()
    assert "Jane-Doe-4711" not in record.getMessage() + answer.message
