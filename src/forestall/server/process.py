"""The server process: it runs until it receives a signal to stop."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import tempfile
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from forestall.errors import UsageError
from forestall.model.many_rows import compile_ahead
from forestall.server.access import check_address
from forestall.server.app import create_app
from forestall.server.connections import BODY_MARGIN_S, ConnectionLimits, TimeLimitedConnection
from forestall.server.metrics import FOLDER
from forestall.server.model_follower import ModelFollower
from forestall.server.parent import end_with_parent
from forestall.server.settings import Settings
from forestall.server.tokens import read_tokens

log = logging.getLogger(__name__)

SETTINGS = "FORESTALL_SERVE"
# a worker may take so long to load its model
START_S = 120
# how long a thread may hold the interpreter while another waits, so that a large batch does not delay /ping
SWITCH_S = 0.001
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
    },
    "loggers": {
        name: {"handlers": ["stderr"], "level": "INFO", "propagate": False}
        for name in ("forestall", "uvicorn")
    },
}


class Server(uvicorn.Server):
    """A server that exits with code 0 on a signal; uvicorn's own raises the signal again."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start to shut down; on a second SIGINT, exit at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished first.

    Raises
    ------
    ForestallError
        The model cannot be loaded, does not score its own example, the port is in use, or an option of access is not
        valid: see `access.check_address` and `tokens.read_tokens`.
    """
    check_address(settings)
    if settings.token_file is not None:
        read_tokens(settings.token_file)  # before the model is fetched
    follower = _follower(settings)
    try:
        if settings.workers == 1:
            Server(config(settings, _ready_app(settings, follower))).run()
            return
        del follower  # the model can be loaded; each worker loads its own
        with tempfile.TemporaryDirectory(prefix="forestall-") as folder:
            os.environ |= {SETTINGS: settings.model_dump_json(), FOLDER: folder}
            uvicorn.run(
                **_options(settings), app=f"{__name__}:worker", factory=True, workers=settings.workers
            )
    except SystemExit as ended:  # uvicorn ends the process if it cannot listen
        if ended.code:
            raise UsageError(
                f"cannot listen on {settings.host}:{settings.port}; --host and --port must be free"
            ) from None


def worker() -> FastAPI:
    """Return the application of one of several workers; its settings come from the environment."""
    settings = Settings.model_validate(json.loads(os.environ[SETTINGS]))
    end_with_parent(settings.drain_s)
    _prepare(settings)
    return _ready_app(settings, _follower(settings))


def _ready_app(settings: Settings, follower: ModelFollower) -> FastAPI:
    """Return the application; what would delay its first answers is done before."""
    compile_ahead()
    follower.served.warm()  # it was loaded before the loops were compiled
    app = create_app(settings, follower)
    _freeze_objects()
    return app


def _follower(settings: Settings) -> ModelFollower:
    return ModelFollower.load(settings.model_uri, settings.tracking_uri, settings.require_signature)


def config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """Return uvicorn's configuration for the application."""
    return uvicorn.Config(app, **_options(settings))


def _options(settings: Settings) -> dict[str, Any]:
    _prepare(settings)
    return {
        "host": settings.host,
        "port": settings.port,
        "ssl_certfile": settings.certfile,
        "ssl_keyfile": settings.keyfile,
        "http": TimeLimitedConnection,
        "ws": "none",
        "log_config": LOGGING,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": settings.idle_s,
        "timeout_worker_healthcheck": START_S,
        "timeout_graceful_shutdown": int(settings.drain_s),
    }


def _prepare(settings: Settings) -> None:
    """Set the options of the whole process."""
    sys.setswitchinterval(SWITCH_S)
    TimeLimitedConnection.limits = ConnectionLimits(
        settings.header_s,
        settings.timeout_s + BODY_MARGIN_S,
        settings.answer_s,
        settings.max_connections,
    )


def _freeze_objects() -> None:
    """Exclude all objects loaded so far from garbage collection, which would delay answers."""
    gc.collect()
    gc.freeze()
