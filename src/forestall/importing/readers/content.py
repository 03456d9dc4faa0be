"""The content of a file: decompressed, and text as UTF-8."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from forestall.errors import InputError, UsageError, cannot_read
from forestall.importing.readers.encodings import DAMAGED, count_damaged, guess_encoding

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_MARKS_16 = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMPRESSED: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
    (b"\x28\xb5\x2f\xfd", lambda path: pa.input_stream(str(path), compression="zstd")),
)
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException)
"""The errors of files that cannot be read or decompressed."""
_SAMPLE = 200_000
_FREELY_UNPACKED, _MOST_TIMES = 1 << 28, 100
_BLOCK = 1 << 24


def most_unpacked(n_bytes: int) -> int:
    """Return how many bytes a compressed file of so many bytes may unpack to.

    Exports are compressed to a tenth, seldom to less than a fiftieth. A file that was made to fill the memory unpacks
    to a thousand times its size and more.
    """
    return max(_FREELY_UNPACKED, _MOST_TIMES * n_bytes)


def too_large_when_unpacked(path: Path, do: str = "unpack it and import the unpacked file") -> InputError:
    """Return the error of a compressed file that unpacks to too much, and what to do if it is an honest export."""
    most = most_unpacked(path.stat().st_size) / 1e6
    return InputError(
        f"{path} must unpack to at most {most:,.0f} MB ({_MOST_TIMES} times its size, and always 268 MB), unpacks to "
        f"more; if you trust it, {do}"
    )


class _Unpacked(io.RawIOBase):
    """A compressed file that is open for reading, up to a largest size."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path
        self._left = most_unpacked(path.stat().st_size)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, by default all."""
        if size < 0:
            whole = io.BytesIO()  # it gives its content without another copy
            while block := self.read(_BLOCK):
                whole.write(block)
            return whole.getvalue()
        block = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise too_large_when_unpacked(self._path)
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def open_file(path: Path) -> IO[bytes]:
    """Return a file opened for reading, decompressed; its first bytes say how it is compressed.

    Reading a compressed file raises InputError where it unpacks to too much, see `most_unpacked`.

    Raises
    ------
    InputError
        A zip archive holds more or less than one file.
    """
    with path.open("rb") as file:
        start = file.read(8)
    for mark, opener in _COMPRESSED:
        if start.startswith(mark):
            return cast(IO[bytes], _Unpacked(opener(path), path))
    if start.startswith(b"PK\x03\x04") and path.suffix.lower() == ".zip":
        return cast(IO[bytes], _Unpacked(_open_zip(path), path))
    return path.open("rb")


def _open_zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
    if len(names) != 1:
        raise InputError(f"{path} must hold one file, holds {len(names)}; unpack it and name the files")
    return archive.open(names[0])


def read_content(path: Path) -> bytes:
    """Return the decompressed content of a file.

    Raises
    ------
    InputError
        The file is damaged, or unpacks to too much.
    """
    try:
        with open_file(path) as file:
            return bytes(file.read())
    except UNREADABLE:
        wrong = f"{path} must be a readable file, cannot be decompressed; export it again"
        raise InputError(cannot_read(path, wrong)) from None


def to_utf8(content: bytes, path: Path, encoding: str | None) -> tuple[bytes, str | None]:
    """Return text as UTF-8 without a byte order mark, and the name of another encoding that it had.

    Parameters
    ----------
    content
        The content of a text file.
    path
        The file, for errors.
    encoding
        The encoding that the mapping file names. Without it: the byte order mark, UTF-8, or a guess.

    Raises
    ------
    InputError
        The text is not in the encoding that the mapping names, or none can be found.
    """
    for mark, name in _MARKS + _MARKS_16:
        if content.startswith(mark):
            content, encoding = _decoded(content, path, name), name
            return content, None if name == "utf-8-sig" else name
    encoding = encoding or _unmarked_16(content)
    if encoding is not None:
        return _decoded(content, path, encoding), encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        if (n_damaged := count_damaged(content)) is not None:
            text = content.decode("utf-8", errors="replace")
            return text.encode("utf-8"), f"utf-8 ({n_damaged} {DAMAGED})"
        guess = guess_encoding(content)
        if guess is None:
            raise InputError(
                f"{path} must be text of a known encoding, is not UTF-8; give 'file: {{encoding: …}}' in the mapping"
            ) from None
        return _decoded(content, path, guess), f"{guess} (guessed)"
    if b"\x00" in content[:_SAMPLE]:
        raise InputError(
            f"{path} must be text, holds zero bytes; if it is UTF-16, give 'file: {{encoding: utf-16-le}}'"
        )
    return content, None


def _unmarked_16(content: bytes) -> str | None:
    """Return the encoding of text in UTF-16 without a byte order mark: every other byte of ASCII letters is zero."""
    start = content[: min(_SAMPLE, len(content)) // 2 * 2]
    even, odd = start[::2].count(0), start[1::2].count(0)
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > len(start) / 5 and not others:
            return name
    return None


def _decoded(content: bytes, path: Path, encoding: str) -> bytes:
    try:
        return codecs.decode(content, encoding).lstrip("\ufeff").encode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise InputError(
            f"{path} must be text in the encoding {encoding}, is not (byte {error.start + 1}); "
            "correct 'file: {encoding: …}' in the mapping"
        ) from None
    except LookupError:
        raise UsageError(f"{path}: file.encoding must name a text encoding, is '{encoding}'") from None
