"""Signatures of registered versions: Ed25519 keys in files, and the tag of a version that holds a signature."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from forestall.errors import UsageError
from forestall.plain_files import is_special
from forestall.registry.aliases import Version
from forestall.registry.package_files import FILES_TAG
from forestall.registry.tracking import RegistryError

SIGNATURE_TAG = "forestall.signature."
"""The tag of a version, before the id of the key: a signature in base64."""
PUBLIC = ".pub"
_MAX_BYTES = 10_000
_PURPOSE = "forestall package 1"  # a signature for another purpose must not fit


@dataclass(frozen=True)
class PublicKey:
    """A key that checks signatures.

    Attributes
    ----------
    file
        The file that it was read from.
    key
        The key itself.
    """

    file: Path
    key: Ed25519PublicKey

    @classmethod
    def read(cls, file: str | Path) -> PublicKey:
        """Return the public key in a file.

        Raises
        ------
        UsageError
            It holds no public Ed25519 key in PEM.
        """
        file, what = Path(file), "--require-signature"
        try:
            key = load_pem_public_key(_content(file, what))
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError(
                f"{what} must name the file of a public Ed25519 key in PEM, {file} is none; give the file {PUBLIC} "
                "that `forestall sign --new-key FILE` wrote"
            )
        return cls(file, key)

    @property
    def id(self) -> str:
        """The key's id: the first 16 hexadecimal digits of its SHA-256."""
        return _id(self.key)

    def check(self, version: Version) -> None:
        """Check that a version is signed by this key. Its files are compared with what was signed elsewhere.

        Raises
        ------
        RegistryError
            It has no signature by this key, or one that was made for something else.
        """
        whose = f"version {version.version} of {version.name}"
        do = f"sign it by `forestall sign {version.uri} --key FILE`"
        if FILES_TAG not in version.tags:
            raise RegistryError(
                f"{whose} must have the tag {FILES_TAG}, which is what a signature covers; it has none. Train and "
                "register the model again"
            )
        must = f"{whose} must be signed by the key {self.id} of {self.file}"
        signature = version.tags.get(SIGNATURE_TAG + self.id)
        if signature is None:
            raise RegistryError(f"{must}; {_signed_by(version.tags)}; {do}")
        try:
            self.key.verify(base64.b64decode(signature, validate=True), _message(version))
        except (InvalidSignature, ValueError):
            raise RegistryError(
                f"{must}; its signature is not of this name, version and files (tag {FILES_TAG}). Find out who "
                f"changed the tags; if the package is right, {do}"
            ) from None


@dataclass(frozen=True)
class PrivateKey:
    """A key that makes signatures."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, file: str | Path) -> PrivateKey:
        """Return the private key in a file.

        Raises
        ------
        UsageError
            It holds no private Ed25519 key in PEM without a password.
        """
        try:
            key = load_pem_private_key(_content(Path(file), "--key"), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it needs a password
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(
                f"--key must name the file of a private Ed25519 key in PEM without a password, {file} is none; make "
                "one by `forestall sign --new-key FILE`"
            )
        return cls(key)

    @property
    def id(self) -> str:
        """The id of its public key."""
        return _id(self.key.public_key())

    def signature(self, version: Version) -> tuple[str, str]:
        """Return the name and the value of the tag that signs a version. The version must have the tag of its files."""
        value = base64.b64encode(self.key.sign(_message(version))).decode()
        return SIGNATURE_TAG + self.id, value


def write_new_key(file: str | Path) -> tuple[Path, str]:
    """Write a new private key, readable by its owner alone, and beside it its public key; return that file and the id.

    Raises
    ------
    UsageError
        One of the files exists already, or cannot be written.
    """
    file = Path(file)
    public = file.with_name(file.name + PUBLIC)
    key = Ed25519PrivateKey.generate()
    private_text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public_text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if public.exists():
        raise UsageError(f"--new-key must name a new file, {public} exists; choose another name")
    _write_new(file, private_text, 0o600)
    try:
        _write_new(public, public_text, 0o644)
    except UsageError:
        file.unlink()  # a private key without its public key is of no use
        raise
    return public, _id(key.public_key())


def _write_new(file: Path, content: bytes, mode: int) -> None:
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
            opened.write(content)
    except FileExistsError:
        raise UsageError(f"--new-key must name a new file, {file} exists; choose another name") from None
    except OSError as error:
        file.unlink(missing_ok=True)
        raise UsageError(f"--new-key: {file} cannot be written: {error.strerror}") from None


def _content(file: Path, what: str) -> bytes:
    """Return the content of a key's file."""
    if is_special(file):
        raise UsageError(f"{what} must name a file, {file} is a pipe or a device")
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no valid name"
        raise UsageError(f"{what} must name the file of a key, {file} cannot be read: {reason}") from None


def _message(version: Version) -> bytes:
    """Return what is signed: the digest of each file, bound to the name and the version that they are registered as."""
    files = hashlib.sha256(version.tags[FILES_TAG].encode()).hexdigest()
    return json.dumps([_PURPOSE, version.name, version.version, files]).encode()


def _signed_by(tags: Mapping[str, str]) -> str:
    others = sorted(name.removeprefix(SIGNATURE_TAG) for name in tags if name.startswith(SIGNATURE_TAG))
    return f"it is signed by {', '.join(others)}" if others else "it has no signature"


def _id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
