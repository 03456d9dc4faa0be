"""A prefix of an object store: S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.

Objects are whole or absent, and cannot be renamed. A write can be made conditional: only if there is no such object,
or only if it is still the one that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError, InputError, UsageError, must_be
from forestall.locations.store_settings import delta_options_of, library_of, options_of, retry_s, store_of

_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
_CALLED = {"s3": "bucket", "gs": "bucket", "az": "container"}
_STATUS = re.compile(r"status code: (\d{3})[^:]*")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")  # S3 and Google, Azure
_REFUSALS = ("401", "403")
_MOST_DELETED = 1000  # of one request


class ChangedError(ForestallError):
    """A conditional write found another object than the one that was read."""


class NoAnswerError(InputError):
    """A store did not answer for as long as it was asked."""


@dataclass(frozen=True)
class Stored:
    """The content of an object, and the mark by which a conditional write knows it."""

    content: bytes
    mark: str


@dataclass(frozen=True)
class Prefix:
    """A prefix of an object store, or an object in it. It holds no secret: they are in the environment.

    Parameters
    ----------
    address
        `s3://bucket/path`, without a slash at the end.
    """

    address: str

    @classmethod
    def of(cls, address: str) -> Prefix:
        """Return the prefix of an address.

        Raises
        ------
        UsageError
            There is no bucket, or something that may be a secret.
        """
        scheme, _, rest = address.partition("://")
        bucket, _, path = rest.partition("/")
        parts = [part for part in path.split("/") if part]
        if "@" in bucket or "?" in rest or "#" in rest:
            shown = f"{scheme.lower()}://BUCKET/PREFIX"
            raise UsageError(
                f"the address of an object store must be {shown} without credentials and options; give them by the "
                f"environment ({_CREDENTIALS[scheme.lower()]})"
            )
        if not bucket or {".", ".."} & set(parts):
            raise UsageError(
                must_be("the address of an object store", f"{scheme.lower()}://BUCKET/PREFIX", address)
            )
        return cls("/".join([f"{scheme.lower()}://{bucket}", *parts]))

    def __str__(self) -> str:
        return self.address

    def __truediv__(self, name: str) -> Prefix:
        return Prefix(f"{self.address}/{name}")

    @property
    def scheme(self) -> str:
        """`s3`, `gs` or `az`."""
        return self.address.partition("://")[0]

    @property
    def path(self) -> str:
        """The path in the bucket, without a slash at its ends."""
        return self.address.partition("://")[2].partition("/")[2]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> Prefix:
        """The prefix that holds this object."""
        return Prefix(self.address.rpartition("/")[0])

    @property
    def options(self) -> dict[str, Any]:
        """What Polars is told beside the environment: to try again for as long as we do."""
        return options_of(self.scheme)

    @property
    def delta_options(self) -> dict[str, str]:
        """The same for Delta Lake."""
        return delta_options_of(self.scheme)

    def read(self, path: str) -> Stored | None:
        """Return an object below the prefix, None if there is none."""
        store, key = self._store, self._key(path)
        with self._asking(path):
            try:
                found = library_of(self.scheme).get(store, key)
                return Stored(bytes(found.bytes()), self._mark(found.meta))
            except FileNotFoundError as error:
                if _lacks_bucket(error):
                    raise
                return None

    def mark_of(self, path: str) -> str | None:
        """Return the mark of an object below the prefix, None if there is none."""
        with self._asking(path):
            try:
                return self._mark(library_of(self.scheme).head(self._store, self._key(path)))
            except FileNotFoundError as error:
                if _lacks_bucket(error):
                    raise
                return None

    def write(
        self, path: str, content: bytes | Path, *, only_over: str | None = None, only_new: bool = False
    ) -> str:
        """Write an object in one step, and return its mark.

        Parameters
        ----------
        path
            Its path below the prefix.
        content
            The content, or the file that has it.
        only_over
            The mark that the object must still have.
        only_new
            Whether there must be no such object.

        Raises
        ------
        ChangedError
            The object is another one than `only_over`, or exists in spite of `only_new`; unless it has this content.
        """
        library = library_of(self.scheme)
        mode: Any = "create" if only_new else _version(only_over) if only_over else "overwrite"
        with self._asking(path):
            try:
                return self._mark(library.put(self._store, self._key(path), content, mode=mode))
            except (library.exceptions.AlreadyExistsError, library.exceptions.PreconditionError):
                found = self.read(path)
                if found is not None and found.content == _bytes(content):  # written, and the answer was lost
                    return found.mark
                raise ChangedError(f"{self / path} was changed by another process") from None

    def fetch(self, path: str, file: Path) -> None:
        """Copy an object to a local file.

        Raises
        ------
        FileNotFoundError
            There is no such object.
        """
        with self._asking(path):
            content = library_of(self.scheme).get(self._store, self._key(path))
            with file.open("wb") as target:
                for block in content.stream(min_chunk_size=8 << 20):
                    target.write(block)

    def sizes(self) -> dict[str, int]:
        """Return the size of each object below the prefix, by its path below it, in the order of the paths."""
        top = f"{self.path}/" if self.path else ""
        with self._asking(""):
            found = [
                (one["path"], one["size"])
                for block in library_of(self.scheme).list(self._store, prefix=top or None)
                for one in block
            ]
        return {
            path.removeprefix(top): size
            for path, size in sorted(found)
            if path.startswith(top) and path != top
        }

    def remove(self, paths: Iterable[str]) -> None:
        """Remove objects below the prefix. Those that do not exist are not an error."""
        keys = sorted({self._key(path) for path in paths})
        library = library_of(self.scheme)
        for start in range(0, len(keys), _MOST_DELETED):
            with self._asking(""):
                try:
                    library.delete(self._store, keys[start : start + _MOST_DELETED])
                except FileNotFoundError:
                    continue

    def _mark(self, meta: Mapping[str, Any]) -> str:
        """Return the mark of an object; Google's store knows it by the number of its generation."""
        return f"{meta['e_tag']} {meta['version']}" if self.scheme == "gs" else str(meta["e_tag"])

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self.path, path) if part)

    @property
    def _store(self) -> Any:
        scheme, _, rest = self.address.partition("://")
        return store_of(f"{scheme}://{rest.partition('/')[0]}")

    @contextmanager
    def _asking(self, path: str) -> Iterator[None]:
        """Turn errors of the store into one that says what to do."""
        shown = self / path if path else self
        library = library_of(self.scheme)
        try:
            yield
        except (FileNotFoundError, library.exceptions.BaseError) as error:
            raise self._error(shown, error) from None

    @property
    def other_mark(self) -> str:
        """A mark that no object has."""
        return self._mark({"e_tag": '"0123456789abcdef0123456789abcdef"', "version": "1"})

    def _error(self, shown: Prefix, error: Exception) -> Exception:
        """Return the error that says what to do; that of an object that does not exist is returned unchanged."""
        errors = library_of(self.scheme).exceptions
        if _lacks_bucket(error):
            bucket = self.address.partition("://")[2].partition("/")[0]
            return InputError(
                f"{shown} must be in a {_CALLED[self.scheme]} that exists, there is no {bucket}; check the address"
            )
        if isinstance(error, FileNotFoundError):
            return error
        if isinstance(error, (errors.PermissionDeniedError, errors.UnauthenticatedError)):
            return InputError(_refused(shown, self.scheme))
        return NoAnswerError(_unanswered(shown, str(error), self.scheme))


def no_answer(location: Prefix, error: Exception) -> InputError:
    """Return the error of a store that did not answer another library, such as Polars."""
    return NoAnswerError(_unanswered(location, str(error), location.scheme))


def _lacks_bucket(error: Exception) -> bool:
    return any(code in str(error) for code in _NO_BUCKET)


def _refused(shown: Prefix, scheme: str) -> str:
    return (
        f"{shown} must be open to the credentials of the environment ({_CREDENTIALS[scheme]}), the store refuses them; "
        "check them and the rights of their user"
    )


def _unanswered(shown: Prefix, error: str, scheme: str) -> str:
    status = _STATUS.search(error)
    if status and status[1] in _REFUSALS:
        return _refused(shown, scheme)
    came = f"it answered with status {status[1]}" if status else "it could not be reached"
    return (
        f"{shown} must be at a store that answers, {came} for {retry_s():g} s; give the command again when the store "
        f"answers, or check the address and the environment ({_CREDENTIALS[scheme]})"
    )


def _bytes(content: bytes | Path) -> bytes:
    return content.read_bytes() if isinstance(content, Path) else content


def _version(mark: str) -> dict[str, str]:
    """Return a mark as conditional writes have it."""
    e_tag, _, version = mark.partition(" ")
    return {"e_tag": e_tag, "version": version} if version else {"e_tag": e_tag}
