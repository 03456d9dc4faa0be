"""A server that runs until it is told to stop."""

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
from forestall.server.app import create_app
from forestall.server.connections import Patience
from forestall.server.counters import FOLDER
from forestall.server.model_follower import Followed
from forestall.server.settings import Settings

log = logging.getLogger(__name__)

SETTINGS = "FORESTALL_SERVE"
# longer than load balancers keep a connection, so that they close it, not we under their next request
KEEP_ALIVE_S = 75
# a worker that is still fetching its model is not dead
START_S = 120
# how long a thread may hold the interpreter while another waits: a large batch must not slow /ping
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
    """A server that ends well when it is told to: uvicorn's own would send itself the signal once more."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; at a second SIGINT, at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def run(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT; what has begun is finished first.

    Raises
    ------
    ForestallError
        The model cannot be fetched, does not score its own example, or the port is taken.
    """
    followed = Followed.load(settings.model_uri, settings.tracking_uri)
    try:
        if settings.workers == 1:
            app = create_app(settings, followed)
            _settle()
            Server(config(settings, app)).run()
            return
        del followed  # it loads; each worker has its own
        with tempfile.TemporaryDirectory(prefix="forestall-") as folder:
            os.environ |= {SETTINGS: settings.model_dump_json(), FOLDER: folder}
            uvicorn.run(
                **_options(settings), app=f"{__name__}:worker", factory=True, workers=settings.workers
            )
    except SystemExit as ended:  # uvicorn ends the process where it cannot listen
        if ended.code:
            raise UsageError(
                f"cannot listen on {settings.host}:{settings.port}; --host and --port must be free"
            ) from None


def worker() -> FastAPI:
    """Return the application of one worker of several, which finds its settings in the environment."""
    settings = Settings.model_validate(json.loads(os.environ[SETTINGS]))
    _prepare(settings)
    app = create_app(settings, Followed.load(settings.model_uri, settings.tracking_uri))
    _settle()
    return app


def config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """Return how uvicorn runs the application."""
    return uvicorn.Config(app, **_options(settings))


def _options(settings: Settings) -> dict[str, Any]:
    _prepare(settings)
    return {
        "host": settings.host,
        "port": settings.port,
        "http": Patience,
        "ws": "none",
        "log_config": LOGGING,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_worker_healthcheck": START_S,
        "timeout_graceful_shutdown": int(settings.drain_s),
    }


def _prepare(settings: Settings) -> None:
    """Set what holds for the whole process."""
    sys.setswitchinterval(SWITCH_S)
    Patience.seconds = settings.header_s


def _settle() -> None:
    """Keep what is loaded by now from being looked through for garbage again and again, while a customer waits."""
    gc.collect()
    gc.freeze()
