"""Signatures: only the key that signed a version accepts it, and each reason to refuse is named."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from forestall.errors import UsageError
from forestall.registry import RegistryError
from forestall.registry.aliases import Version
from forestall.registry.package_files import FILES_TAG
from forestall.registry.signatures import SIGNATURE_TAG, PrivateKey, PublicKey, write_new_key

VERSION = Version("risk", "3", "run", {FILES_TAG: '{"loader.py":"ab"}'})


def signed(version: Version, file: Path) -> Version:
    name, value = PrivateKey.read(file).signature(version)
    return replace(version, tags=version.tags | {name: value})


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_new_key(tmp_path / "key")
    return tmp_path / "key"


def public(key: Path) -> PublicKey:
    return PublicKey.read(f"{key}.pub")


def test_new_keys_are_two_files_and_the_private_one_is_its_owners(tmp_path: Path) -> None:
    file, key_id = write_new_key(tmp_path / "key")
    assert file == tmp_path / "key.pub"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert PrivateKey.read(tmp_path / "key").id == PublicKey.read(file).id == key_id
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(UsageError, match="--new-key must name a new file"):
        write_new_key(tmp_path / "key")
    file.unlink()
    with pytest.raises(UsageError, match="--new-key must name a new file"):
        write_new_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        write_new_key(tmp_path / "none" / "key")


def test_only_what_was_signed_is_accepted(key: Path) -> None:
    version = signed(VERSION, key)
    public(key).check(version)
    other_files = {**version.tags, FILES_TAG: '{"loader.py":"cd"}'}
    for changed in (
        replace(version, tags=other_files),
        replace(version, version="4"),
        replace(version, name="other-risk"),
        replace(version, tags={**version.tags, SIGNATURE_TAG + public(key).id: "no base64 €"}),
        replace(version, tags={**version.tags, SIGNATURE_TAG + public(key).id: ""}),
    ):
        with pytest.raises(
            RegistryError, match=r"must be signed by the key [0-9a-f]{16} .*its signature is not"
        ):
            public(key).check(changed)


def test_a_version_without_this_keys_signature_is_refused(key: Path, tmp_path: Path) -> None:
    with pytest.raises(
        RegistryError, match=r"version 3 of risk must be signed .*key.pub; it has no signature; sign it"
    ):
        public(key).check(VERSION)
    with pytest.raises(RegistryError, match=r"must have the tag forestall\.package_files"):
        public(key).check(replace(VERSION, tags={}))
    write_new_key(tmp_path / "other")
    by_other = signed(VERSION, tmp_path / "other")
    with pytest.raises(RegistryError, match=f"it is signed by {public(tmp_path / 'other').id}; sign it"):
        public(key).check(by_other)
    by_both = signed(by_other, key)
    public(key).check(by_both)
    public(tmp_path / "other").check(by_both)
    moved = by_other.tags[SIGNATURE_TAG + public(tmp_path / "other").id]
    with pytest.raises(RegistryError, match="its signature is not"):
        public(key).check(replace(VERSION, tags={**VERSION.tags, SIGNATURE_TAG + public(key).id: moved}))


def test_what_is_no_key_is_refused(key: Path, tmp_path: Path) -> None:
    rsa = generate_private_key(65_537, 2_048)
    locked = PrivateKey.read(key).key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    texts = {
        "empty": b"",
        "text": b"\xff\xfe no key",
        "locked": locked,
        "rsa": rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "rsa.pub": rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
        with pytest.raises(UsageError, match="--key must name the file of a private Ed25519 key"):
            PrivateKey.read(tmp_path / name)
        with pytest.raises(
            UsageError, match="--require-signature must name the file of a public Ed25519 key"
        ):
            PublicKey.read(tmp_path / name)
    with pytest.raises(UsageError, match="--require-signature must name the file of a public Ed25519 key"):
        PublicKey.read(key)
    with pytest.raises(UsageError, match="--key must name the file of a private Ed25519 key"):
        PrivateKey.read(f"{key}.pub")
    for missing in (tmp_path / "missing", tmp_path, "a\0b"):
        with pytest.raises(UsageError, match="cannot be read"):
            PublicKey.read(missing)
