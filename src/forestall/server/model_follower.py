"""The model that is served, and how it follows its alias: the next one is loaded and checked beside it."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from forestall.errors import ForestallError
from forestall.registry import LoadedModel, RegistryError, connect, load
from forestall.registry.loaded_model import RunFigures, alias_of, resolve, run_figures
from forestall.registry.package import input_example

log = logging.getLogger(__name__)

N_WARM = 3
SLOW_S = 20.0


@dataclass(frozen=True)
class Served:
    """A model that has been checked, and how its answers are signed.

    Attributes
    ----------
    model
        The model.
    since
        When it was put in its place.
    headers
        `X-Model-Name` and `X-Model-Version`.
    run
        What the run that made it found.
    """

    model: LoadedModel
    since: datetime
    headers: tuple[tuple[bytes, bytes], ...]
    run: RunFigures

    @classmethod
    def of(cls, model: LoadedModel) -> Served:
        """Return the model, once it has scored the example that belongs to it.

        Raises
        ------
        RegistryError
            It does not answer the example with a risk.
        """
        example = input_example(model.spec).to_dict(orient="records")
        for reasons in (False, True) * N_WARM:  # what is made once at the first score is made now
            rows = model.risk_model.score([dict(one) for one in example], reasons=reasons)
            risk = rows["dissatisfaction_risk"][0] if rows.height == len(example) else None
            if risk is None or not (math.isfinite(risk) and 0 <= risk <= 1):
                raise RegistryError(f"{model.uri} does not score its own input example")
        signed = ((b"x-model-name", model.name), (b"x-model-version", model.version or "unregistered"))
        return cls(
            model,
            datetime.now(UTC),
            tuple((key, quote(value).encode()) for key, value in signed),
            _figures(model),
        )


@dataclass
class Followed:
    """The model that an address names now.

    A request takes `served` once, and is answered by it to the end, whatever happens meanwhile.

    Parameters
    ----------
    uri, tracking_uri
        The model's address, and where the registry is.
    served
        What answers now.
    on_change
        Called when another model answers, or a problem comes or goes.
    """

    uri: str
    tracking_uri: str | None
    served: Served
    on_change: Callable[[Followed], None] = field(default=lambda followed: None)
    problem: str | None = None
    n_swaps: int = 0
    _client: Any = None
    _problem_key: str | None = None

    @classmethod
    def load(cls, uri: str, tracking_uri: str | None) -> Followed:
        """Return the address with its model, loaded and checked."""
        return cls(uri, tracking_uri, Served.of(load(uri, tracking_uri)))

    @property
    def alias(self) -> str | None:
        """The alias that is followed, if the address has one."""
        return alias_of(self.uri)

    def health(self) -> dict[str, Any]:
        """Return which model answers, and what keeps it from following its alias."""
        return {
            "status": "ok" if self.problem is None else "degraded",
            "model_name": self.served.model.name,
            "model_version": self.served.model.version,
            "problem": self.problem,
        }

    def look(self) -> bool:
        """Ask the registry where the alias is; if it moved, put that version in place. Return whether it moved.

        Whatever fails, the old model stays, and `problem` says why until it is mended.
        """
        try:
            if self._client is None:
                self._client = connect(self.tracking_uri)
            found = resolve(self._client, self.uri)
            if found is None or found.version == self.served.model.version:
                self._say(None)
                return False
        except ForestallError as error:
            self._client = None
            self._say(f"the registry does not say where {self.uri} is: {error}")
            return False
        try:
            new = Served.of(load(found.uri, self.tracking_uri))
        except Exception as error:  # whatever a broken artefact raises, the old model answers on
            said = str(error) if isinstance(error, ForestallError) else type(error).__name__
            self._say(f"version {found.version} does not load: {said}", since=f"version {found.version}")
            return False
        old, self.served = self.served, new
        self.n_swaps += 1
        self._say(None)
        log.info("version %s of %s answers now, in place of version %s",
                 new.model.version, new.model.name, old.model.version)  # fmt: skip
        self.on_change(self)
        return True

    async def follow(self, every_s: float) -> None:
        """Look again and again; a registry that hangs is a problem, and holds up neither the answers nor the end."""
        while True:
            await asyncio.sleep(every_s)
            looking = _begun(self.look)
            if not (await asyncio.wait({looking}, timeout=SLOW_S))[0]:
                self._say(f"the registry has not answered, or the next version not loaded, for {SLOW_S:g} s")
            try:
                await looking
            except Exception as error:  # a fault of ours must not end the following
                self._say(f"the registry could not be asked: {type(error).__name__}")

    def _say(self, problem: str | None, since: str | None = None) -> None:
        """Tell a problem, or that it is mended; once for as long as `since`, or the problem, is the same."""
        key = since or problem
        if key == self._problem_key:
            return
        if problem is not None:
            log.warning("%s; version %s answers on", problem, self.served.model.version)
        else:
            log.info("%s can be followed again", self.uri)
        self.problem, self._problem_key = problem, key
        self.on_change(self)


def _begun(work: Callable[[], bool]) -> asyncio.Future[bool]:
    """Begin work in a thread that the end of the process does not wait for, as it does for those of an executor."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    def tell(done: Callable[[Any], None], result: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if future.done() else done(result))

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            tell(future.set_exception, error)
        else:
            tell(future.set_result, result)

    threading.Thread(target=run, name="following", daemon=True).start()
    return future


def _figures(model: LoadedModel) -> RunFigures:
    """Return what the run found; nothing where the run is gone: a model answers without it."""
    try:
        return run_figures(model)
    except RegistryError as error:
        log.warning("%s is served without its figures: %s", model.uri, error)
        return RunFigures({}, {})
