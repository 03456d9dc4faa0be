"""How a server follows an alias: the next version is tried, loaded and checked before it replaces the served one."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError
from forestall.registry import connect, load
from forestall.registry.addresses import alias_of, resolve
from forestall.registry.aliases import Version
from forestall.registry.database_file import check_database_file, open_each_time
from forestall.registry.package_files import files_tag
from forestall.registry.signatures import PublicKey
from forestall.server.served_model import ServedModel
from forestall.server.trial import try_package

log = logging.getLogger(__name__)

SLOW_S = 20.0


@dataclass
class ModelFollower:
    """Keeps the model that an address names, and replaces it when the alias moves.

    A request takes `served` once and is answered by that model, even if another replaces it meanwhile.

    Parameters
    ----------
    uri, tracking_uri
        The model's address, and the registry's.
    served
        The model that answers now.
    on_change
        Called when another model answers, and when a problem begins or ends.
    trial
        Tries the next package before this process loads it.
    key
        Only versions that are signed by this key are served; None: by any key or none.
    """

    uri: str
    tracking_uri: str | None
    served: ServedModel
    on_change: Callable[[ModelFollower], None] = field(default=lambda follower: None)
    problem: str | None = None
    n_swaps: int = 0
    trial: Callable[[Path], None] = try_package
    key: PublicKey | None = None
    _tried: set[str] = field(default_factory=set)
    _problem_key: str | None = None

    @classmethod
    def load(cls, uri: str, tracking_uri: str | None, require_signature: Path | None = None) -> ModelFollower:
        """Return a follower of an address, with its model loaded and checked; the key is read once, here."""
        open_each_time()
        key = None if require_signature is None else PublicKey.read(require_signature)
        return cls(uri, tracking_uri, ServedModel.of(load(uri, tracking_uri, require_signature=key)), key=key)

    @property
    def alias(self) -> str | None:
        """The alias in the address, if there is one."""
        return alias_of(self.uri)

    def health(self) -> dict[str, Any]:
        """Return which model answers, and the problem if its alias cannot be followed."""
        return {
            "status": "ok" if self.problem is None else "degraded",
            "model_name": self.served.model.name,
            "model_version": self.served.model.version,
            "problem": self.problem,
        }

    def update(self) -> bool:
        """Ask the registry which version the alias names, and serve it; return whether the version changed.

        If anything fails, the old model stays and `problem` holds the reason until an update succeeds.
        """
        try:
            check_database_file(self.tracking_uri)
            found = resolve(
                connect(self.tracking_uri), self.uri
            )  # opened each time: it may have been restored
            if found is None or self._is_served(found):
                self._set_problem(None)
                return False
        except ForestallError as error:
            self._set_problem(f"the registry does not say where {self.uri} is: {error}")
            return False
        try:
            new = ServedModel.of(load(found.uri, self.tracking_uri, self._try, self.key))
        except Exception as error:  # a broken package may raise anything; the old model keeps answering
            reason = str(error) if isinstance(error, ForestallError) else type(error).__name__
            self._set_problem(
                f"version {found.version} does not load: {reason}", since=f"version {found.version}"
            )
            return False
        old, self.served = self.served, new
        self.n_swaps += 1
        self._set_problem(None)
        log.info("version %s of %s answers now; it replaces version %s",
                 new.model.version, new.model.name, old.model.version)  # fmt: skip
        self.on_change(self)
        return True

    def _is_served(self, found: Version) -> bool:
        """Return whether a version is the served one: in a restored registry its number may be another model's."""
        model = self.served.model
        return found.version == model.version and found.run_id in ("", model.run_id)

    def _try(self, package: Path) -> None:
        """Try a package in another process, unless the same files have been tried before."""
        files = files_tag(package)
        if files not in self._tried:
            self.trial(package)
            self._tried.add(files)

    async def follow(self, every_s: float) -> None:
        """Update periodically; a registry that hangs is reported, and delays neither answers nor shutdown."""
        while True:
            await asyncio.sleep(every_s)
            update = _start_in_thread(self.update)
            if not (await asyncio.wait({update}, timeout=SLOW_S))[0]:
                self._set_problem(
                    f"the registry has not answered, or the next version not loaded, for {SLOW_S:g} s"
                )
            try:
                await update
            except Exception as error:  # an unexpected error must not end the loop
                self._set_problem(f"the registry could not be asked: {type(error).__name__}")

    def _set_problem(self, problem: str | None, since: str | None = None) -> None:
        """Set or clear the problem; logged once as long as `since`, or else the problem, stays the same."""
        key = since or problem
        if key == self._problem_key:
            return
        if problem is not None:
            log.warning("%s; version %s keeps answering", problem, self.served.model.version)
        else:
            log.info("%s can be followed again", self.uri)
        self.problem, self._problem_key = problem, key
        self.on_change(self)


def _start_in_thread(work: Callable[[], bool]) -> asyncio.Future[bool]:
    """Start work in a daemon thread: unlike an executor's thread, it does not delay the end of the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    def report(done: Callable[[Any], None], result: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if future.done() else done(result))

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            report(future.set_exception, error)
        else:
            report(future.set_result, result)

    threading.Thread(target=run, name="following", daemon=True).start()
    return future
