"""The application: its routes, and how a request is answered."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
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
from forestall.server.access import Access
from forestall.server.errors import CODES, RequestError, bad_request
from forestall.server.explanation import explain
from forestall.server.load import Load
from forestall.server.metrics import Metrics
from forestall.server.middleware import RequestMiddleware
from forestall.server.misspelt_fields import MisspeltFields
from forestall.server.model_description import describe
from forestall.server.model_follower import ModelFollower
from forestall.server.request_body import read_body
from forestall.server.scores import score
from forestall.server.served_model import ServedModel
from forestall.server.settings import Settings
from forestall.server.threads import Threads
from forestall.server.typed_request import read_plain_request
from forestall.server.wire_format import JSON, ScoringRequest, check_content_type, read_request, write_answer

# A body up to this size is parsed on the event loop, and up to so many records are scored there: this takes less time
# than passing them to a thread and back. Larger requests go to a thread, so that the loop can answer others.
SMALL_BODY = 16 * 1024
FEW_RECORDS = 4
MAX_THREADS = 4
TEXT = "text/plain"

Work = Callable[[ScoringRequest, ServedModel, threading.Event], bytes]


class Scoring:
    """Turns request bodies into answers."""

    def __init__(self, settings: Settings, follower: ModelFollower, metrics: Metrics) -> None:
        self.settings, self.follower, self.metrics = settings, follower, metrics
        n = min(MAX_THREADS, max(2, os.cpu_count() or 1))
        self.threads = Threads(n, "scoring", settings.timeout_s)
        # explanations are long, so they wait for each other and not for scores, nor scores for them
        self.explaining = Threads(1, "explanations", settings.timeout_s, settings.max_explanations)
        self.load = Load(settings)
        self.fields = MisspeltFields(metrics.count_misspelt)

    def shutdown(self) -> None:
        """End the threads when they have finished what they are doing."""
        self.threads.shutdown()
        self.explaining.shutdown()

    async def answer(
        self,
        request: Request,
        work: Work,
        n_on_loop: int = 0,
        *,
        is_scored: bool = False,
        threads: Threads | None = None,
    ) -> Response:
        """Read a request's body and answer it with `work`; the model stays the same for the whole request.

        Parameters
        ----------
        request
            The request.
        work
            The function that makes the answer's body.
        n_on_loop
            Up to so many records are processed on the event loop, more in a thread.
        is_scored
            Whether the records are only scored, so that plain ones may be rows of one type.
        threads
            The threads that make long answers; by default those for scores.
        """
        check_content_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
        self.load.check_memory(0, is_last=True)
        with self.load.body() as held:
            body = await read_body(request, self.settings, held)
            self.load.check_memory(len(body), is_last=False)
            served = request.scope["served"] = self.follower.served
            parsed = read_request(body, self.settings) if len(body) <= SMALL_BODY else None
            is_over = threading.Event()
            if parsed is not None and len(parsed.records) <= n_on_loop:
                self.fields.look(body, served.model.risk_model)
                return Response(_with_input_errors(work, parsed, served, is_over), media_type=JSON)

            def make_answer() -> bytes:
                content = parsed
                if content is None and is_scored:
                    content = read_plain_request(body, served.model.risk_model, self.settings)
                content = content or read_request(body, self.settings)
                self.fields.look(body, served.model.risk_model)
                return _with_input_errors(work, content, served, is_over)

            return Response(await (threads or self.threads).run(make_answer, is_over), media_type=JSON)

    def score(self, parsed: ScoringRequest, served: ServedModel, is_over: threading.Event) -> bytes:
        """Return the score rows of records, as JSON."""
        if not parsed.records:
            return b'{"predictions":[]}'
        model = served.model
        scores = score(parsed, model.risk_model, is_over)
        self.metrics.count_scores(scores)
        return write_answer(scores, model.name, model.version, None, datetime.now(UTC))

    def explain(self, parsed: ScoringRequest, served: ServedModel, is_over: threading.Event) -> bytes:
        """Return the risk of one record, moment by moment, as JSON."""
        return orjson.dumps(explain(parsed, served.model, self.settings, is_over))


def _with_input_errors(
    work: Work, parsed: ScoringRequest, served: ServedModel, is_over: threading.Event
) -> bytes:
    if is_over.is_set():  # it was read for too long
        return b""
    try:
        return work(parsed, served, is_over)
    except InputError as error:  # its text names the record and the field, never a value
        raise bad_request(str(error)) from None


def create_app(settings: Settings, follower: ModelFollower) -> FastAPI:
    """Return the application that answers with a model and follows its alias.

    Parameters
    ----------
    settings
        The limits of a request.
    follower
        The model, loaded and checked; while the application runs it follows the model's alias.
    """
    metrics = Metrics()
    follower.on_change = metrics.set_model
    metrics.set_model(follower)
    scoring = Scoring(settings, follower, metrics)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        is_following = settings.poll_s > 0 and follower.alias is not None
        following = asyncio.create_task(follower.follow(settings.poll_s)) if is_following else None
        yield
        if following is not None:
            following.cancel()
        scoring.shutdown()

    app = FastAPIOffline(
        redoc_url=None,
        title="Forestall",
        summary="The risk that a customer will be dissatisfied, while there is time to put it right.",
        version=version("forestall"),
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={HTTPException: _answer_http_error, RequestError: _answer_request_error},
    )
    _add_scoring(app, scoring)
    _add_information(app, follower, metrics)
    access = Access(settings)
    if settings.token_file is not None:
        openapi.document_tokens(app, access.open_routes)
    app.add_middleware(
        RequestMiddleware,
        follower=follower,
        metrics=metrics,
        access=access,
        has_access_log=settings.has_access_log,
    )
    return app


def _add_scoring(app: FastAPI, scoring: Scoring) -> None:
    @app.post("/invocations", **openapi.invocations(scoring.settings))
    async def invocations(request: Request) -> Response:
        return await scoring.answer(request, scoring.score, FEW_RECORDS, is_scored=True)

    @app.post("/explain", **openapi.explain(scoring.settings))
    async def explain_(request: Request) -> Response:
        return await scoring.answer(request, scoring.explain, threads=scoring.explaining)


def _add_information(app: FastAPI, follower: ModelFollower, metrics: Metrics) -> None:
    @app.get("/ping", **openapi.PING)
    async def ping() -> Response:
        return Response("\n", media_type=JSON)

    @app.get("/health", **openapi.HEALTH)
    async def health() -> Response:
        return _json(follower.health())

    @app.get("/version", **openapi.VERSION)
    async def version_() -> Response:
        return Response(version("mlflow"), media_type=JSON)

    @app.get("/model", **openapi.MODEL)
    async def model(request: Request) -> Response:
        served = request.scope["served"] = follower.served
        return _json(describe(served, follower))

    @app.get("/metrics", **openapi.METRICS)
    async def metrics_() -> Response:
        return Response(metrics.text(), media_type=f"{TEXT}; version=0.0.4; charset=utf-8")


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type=JSON)


async def _answer_request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return Response(error.body(), error.status, error.headers, JSON)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    messages = {404: "there is no such path; see /docs", 405: "this path has another method; see /docs"}
    status = error.status_code if error.status_code in CODES else 400
    answer = RequestError(status, messages.get(status, "the request is not valid"))
    return Response(answer.body(), status, error.headers, JSON)
