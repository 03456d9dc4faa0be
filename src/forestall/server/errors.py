"""The errors of a request, answered as `{"error_code", "message"}` without any of the data sent."""

from __future__ import annotations

import logging
import traceback

import orjson

log = logging.getLogger(__name__)

# The error code of each status, with MLflow's name where MLflow has one.
CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    404: "ENDPOINT_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
RETRY_AFTER_S = "1"


class RequestError(Exception):
    """A request that cannot be answered.

    Parameters
    ----------
    status
        The answer's status, one of `CODES`.
    message
        What the request must be, and where it is not; never a value that was sent.
    is_last
        Whether the connection must close because the rest of the request was not read.
    """

    def __init__(self, status: int, message: str, *, is_last: bool = False) -> None:
        super().__init__(message)
        self.status, self.message, self.is_last = status, message, is_last

    @property
    def headers(self) -> dict[str, str]:
        """The answer's own headers."""
        own = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": RETRY_AFTER_S}}
        return ({"connection": "close"} if self.is_last else {}) | own.get(self.status, {})

    def body(self) -> bytes:
        """Return the answer's body."""
        return orjson.dumps({"error_code": CODES[self.status], "message": self.message})


def bad_request(message: str) -> RequestError:
    """Return the error of an invalid request."""
    return RequestError(400, message)


def limit_exceeded(message: str) -> RequestError:
    """Return the error of a request that exceeds a limit."""
    return RequestError(422, message)


def overloaded(message: str, *, is_last: bool = False) -> RequestError:
    """Return the error of a request that the server has no room for now."""
    return RequestError(503, message, is_last=is_last)


def internal_error(error: BaseException) -> RequestError:
    """Log where an unexpected error was raised and return the answer; the error's text may hold customer data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    log.error("a request failed: %s at %s", type(error).__name__, places)
    return RequestError(500, "the model could not answer; the server's log shows where it failed")
