"""Salted hashes in place of names of people: who has a name can find its hash, who has a hash cannot read the name.

A pseudonym in a file carries its salt (`salt$hash`), as in a password file: to look for a name no other file is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

SEPARATOR = "$"
_SALT_BYTES, _HASH_BYTES = 8, 16


def salt_of(*parts: object) -> str:
    """Return a salt that is determined by parts, so that the same training writes the same files.

    A random salt would hide no more: it has to be stored beside the hashes too.
    """
    text = "\0".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SALT_BYTES).hexdigest()


def name_hash(name: str, salt: str) -> str:
    """Return the hash of a name under a salt.

    Examples
    --------
    >>> name_hash("Sue", "ab") == name_hash("Sue", "ab"), name_hash("Sue", "ab") == name_hash("Sue", "cd")
    (True, False)
    """
    text = f"{salt}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_HASH_BYTES).hexdigest()


def pseudonym(name: str, salt: str) -> str:
    """Return the pseudonym of a name: its salt and its hash."""
    return f"{salt}{SEPARATOR}{name_hash(name, salt)}"


def hashed(names: pl.Series, salt: str) -> pl.Series:
    """Return the hashes of names; null stays null."""
    known = names.drop_nulls().unique()
    return _replaced(names, known, [name_hash(name, salt) for name in known])


def pseudonyms(names: pl.Series, salt: str) -> pl.Series:
    """Return the pseudonyms of names; null stays null."""
    known = names.drop_nulls().unique()
    return _replaced(names, known, [pseudonym(name, salt) for name in known])


def _replaced(names: pl.Series, known: pl.Series, hashes: list[str]) -> pl.Series:
    return names.replace_strict(
        known, pl.Series(hashes, dtype=pl.String), default=None, return_dtype=pl.String
    )


def salts_in(names: Iterable[str | None]) -> set[str]:
    """Return the salts of the pseudonyms among names."""
    return {salt for name in names if name and (salt := salt_in(name))}


def salt_in(name: str) -> str | None:
    """Return the salt of a pseudonym; None for any other name."""
    salt, separator, rest = name.partition(SEPARATOR)
    is_one = separator and len(salt) == 2 * _SALT_BYTES and len(rest) == 2 * _HASH_BYTES
    return salt if is_one and set(salt + rest) <= set("0123456789abcdef") else None
