"""The application: its routes, and how a request is scored."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from forestall.errors import InputError
from forestall.server import openapi
from forestall.server.counters import Metrics
from forestall.server.errors import CODES, RequestError, bad
from forestall.server.explanation import explain
from forestall.server.middleware import Edge
from forestall.server.model_description import describe
from forestall.server.model_follower import Followed, Served
from forestall.server.request_body import read_body
from forestall.server.settings import Settings
from forestall.server.wire_format import JSON, Asked, check_content_type, read_request, write_answer

# A body up to this size is read at once, on the loop, and so few records of it are scored there: they take less time
# than handing them to a thread and back. All others go to a thread, so that others are answered meanwhile.
AT_ONCE = 16 * 1024
AT_ONCE_RECORDS = 4
MAX_THREADS = 4
TEXT = "text/plain"

Work = Callable[[Asked, Served], bytes]


class Scoring:
    """How bodies become answers."""

    def __init__(self, settings: Settings, followed: Followed, metrics: Metrics) -> None:
        self.settings, self.followed, self.metrics = settings, followed, metrics
        self.threads = ThreadPoolExecutor(min(MAX_THREADS, max(2, os.cpu_count() or 1)), "scoring")

    async def answer(self, request: Request, work: Work, at_once: int = 0) -> Response:
        """Read a request's body and answer it by `work`, with one and the same model to the end.

        Up to `at_once` records are worked on at once, any more in a thread.
        """
        check_content_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
        body = await read_body(request, self.settings)
        served = request.scope["served"] = self.followed.served
        asked = read_request(body, self.settings) if len(body) <= AT_ONCE else None
        if asked is not None and len(asked.records) <= at_once:
            return Response(_careful(work, asked, served), media_type=JSON)

        def answered() -> bytes:
            return _careful(work, asked or read_request(body, self.settings), served)

        try:
            async with asyncio.timeout(self.settings.timeout_s):
                answer = await asyncio.get_running_loop().run_in_executor(self.threads, answered)
        except TimeoutError:
            message = f"no answer within {self.settings.timeout_s:g} s; send fewer records at a time"
            raise RequestError(504, message) from None
        return Response(answer, media_type=JSON)

    def score(self, asked: Asked, served: Served) -> bytes:
        """Return the score rows of records."""
        if not asked.records:
            return b'{"predictions":[]}'
        model = served.model
        told = model.risk_model.score_as_lists(asked.records, reasons=asked.reasons, language=asked.language)
        self.metrics.scored(told)
        return write_answer(told, model.name, model.version, None, datetime.now(UTC))

    def explain(self, asked: Asked, served: Served) -> bytes:
        """Return the risk of the one record, moment by moment."""
        return orjson.dumps(explain(asked, served.model, self.settings))


def _careful(work: Work, asked: Asked, served: Served) -> bytes:
    try:
        return work(asked, served)
    except InputError as error:  # its words name the record and the field, never a value
        raise bad(str(error)) from None


def create_app(settings: Settings, followed: Followed) -> FastAPI:
    """Return the application that answers with the model that is followed.

    Parameters
    ----------
    settings
        Its limits.
    followed
        The model, loaded and checked; the application follows its alias while it runs.
    """
    metrics = Metrics()
    followed.on_change = metrics.followed
    metrics.followed(followed)
    scoring = Scoring(settings, followed, metrics)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        is_following = settings.poll_s > 0 and followed.alias is not None
        following = asyncio.create_task(followed.follow(settings.poll_s)) if is_following else None
        yield
        if following is not None:
            following.cancel()
        scoring.threads.shutdown(cancel_futures=True)

    app = FastAPIOffline(
        redoc_url=None,
        title="Forestall",
        summary="The risk that a customer will be dissatisfied, while there is time to put it right.",
        version=version("forestall"),
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={HTTPException: _refused, RequestError: _told},
    )
    _add_scoring(app, scoring)
    _add_telling(app, followed, metrics)
    app.add_middleware(Edge, followed=followed, metrics=metrics, has_access_log=settings.has_access_log)
    return app


def _add_scoring(app: FastAPI, scoring: Scoring) -> None:
    @app.post("/invocations", **openapi.invocations(scoring.settings))
    async def invocations(request: Request) -> Response:
        return await scoring.answer(request, scoring.score, AT_ONCE_RECORDS)

    @app.post("/explain", **openapi.explain(scoring.settings))
    async def explain_(request: Request) -> Response:
        return await scoring.answer(request, scoring.explain)


def _add_telling(app: FastAPI, followed: Followed, metrics: Metrics) -> None:
    @app.get("/ping", **openapi.PING)
    async def ping() -> Response:
        return Response("\n", media_type=JSON)

    @app.get("/health", **openapi.HEALTH)
    async def health() -> Response:
        return _json(followed.health())

    @app.get("/version", **openapi.VERSION)
    async def version_() -> Response:
        return Response(version("mlflow"), media_type=JSON)

    @app.get("/model", **openapi.MODEL)
    async def model(request: Request) -> Response:
        served = request.scope["served"] = followed.served
        return _json(describe(served, followed))

    @app.get("/metrics", **openapi.METRICS)
    async def metrics_() -> Response:
        return Response(metrics.text(), media_type=f"{TEXT}; version=0.0.4; charset=utf-8")


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type=JSON)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    headers = {"connection": "close"} if error.is_last else None
    return Response(error.body(), error.status, headers, JSON)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "there is no such path; see /docs", 405: "this path has another method; see /docs"}
    status = error.status_code if error.status_code in CODES else 400
    told = RequestError(status, said.get(status, "the request is not as it must be"))
    return Response(told.body(), status, error.headers, JSON)
