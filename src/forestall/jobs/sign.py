"""`forestall sign`: signs a registered version, or makes the keys for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forestall.errors import UsageError
from forestall.jobs.job_result import JobResult
from forestall.registry.database_file import connect_to_existing
from forestall.registry.signatures import PrivateKey, write_new_key
from forestall.registry.signing import sign_version


@dataclass(frozen=True, repr=False)
class SignResult(JobResult):
    """What was signed, or which keys were made.

    Attributes
    ----------
    key_id
        The id of the key.
    name, version
        The version that was signed; None if keys were made.
    private_key, public_key
        The files of the new keys; None if a version was signed.
    """

    key_id: str
    name: str | None = None
    version: str | None = None
    private_key: str | None = None
    public_key: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the result without what is None."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def sign(
    model_uri: str | None = None,
    *,
    key: str | Path | None = None,
    new_key: str | Path | None = None,
    tracking_uri: str | None = None,
) -> SignResult:
    """Sign a registered version, so that `--require-signature` of serve and score accepts it; or make new keys.

    The files of the version are compared with the tag of its registration first. The signature covers the SHA-256 of
    each of them, the name and the number of the version.

    Parameters
    ----------
    model_uri
        `models:/NAME@ALIAS` or `models:/NAME/VERSION`.
    key
        The file of the private key.
    new_key
        Instead of both: writes a new private key to this file, and its public key beside it, with `.pub`.
    tracking_uri
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        The options do not fit together, a file holds no key or exists already, or the address names no version.
    RegistryError
        The version has no tag of its files, differs from it, or does not load.
    """
    if new_key is not None:
        if model_uri is not None or key is not None:
            raise UsageError("--new-key must come alone; sign the version by a second command with --key")
        public, key_id = write_new_key(new_key)
        return SignResult(key_id, private_key=str(new_key), public_key=str(public))
    if model_uri is None or key is None:
        raise UsageError("MODEL_URI and --key FILE must come together; or make keys by --new-key FILE")
    private = PrivateKey.read(key)
    version = sign_version(connect_to_existing(tracking_uri, model_uri), model_uri, private)
    return SignResult(private.id, name=version.name, version=version.version)
