"""Packages that are tampered with, and the registry that they are registered in: what `tampering.py` attacks with."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow

from forestall.registry import RegistryError, load
from forestall.registry.aliases import Version, newest
from forestall.registry.package import DIGESTS
from forestall.registry.package_files import FILES_TAG, files_tag
from forestall.registry.signatures import PrivateKey, write_new_key
from forestall.registry.tracking import connect

N_PACKAGES = 200
NAME = "tampered-risk"
SEALS = ("open", "sealed", "registry")
MODEL = Path("artifacts/risk_model")
BOOSTER = (MODEL / "booster.txt").as_posix()
Change = Callable[[bytes], bytes]


def _value(name: str, value: str) -> Change:
    """Return what sets the first value of a line of the first tree that has it."""
    return _line(rf"^({name}=)[^ \n]+", rf"\g<1>{value}")


def _line(old: str, new: str) -> Change:
    def change(text: bytes) -> bytes:
        return re.sub(old.encode(), new.encode(), text, count=1, flags=re.MULTILINE)

    return change


BROKEN: Mapping[str, Change] = {
    "a column beyond the last": _value("split_feature", "99999"),
    "a negative column": _value("split_feature", "-1"),
    "a column of another type": _value("split_feature", "x"),
    "a huge column": _value("split_feature", "9" * 30),
    "a child beyond the last": _value("left_child", "99999"),
    "a leaf beyond the last": _value("right_child", "-99999"),
    "a node that is its own child": _value("left_child", "0"),
    "a leaf of two parents": lambda text: _value("left_child", "-1")(_value("right_child", "-1")(text)),
    "too few children": _line(r"^left_child=\S+ ?", "left_child="),
    "too many leaves": _line(r"^num_leaves=(\d+)", r"num_leaves=\g<1>9"),
    "no leaf": _line(r"^num_leaves=\d+", "num_leaves=0"),
    "a negative number of leaves": _line(r"^num_leaves=", "num_leaves=-"),
    "a huge number of leaves": _line(r"^num_leaves=\d+", "num_leaves=999999999"),
    "a split by categories": _value("decision_type", "1"),
    "categories": _line("^num_cat=0", "num_cat=1"),
    "linear leaves": _line("^is_linear=0", "is_linear=1"),
    "a leaf without a value": _value("leaf_value", "nan"),
    "a threshold that is no number": _value("threshold", "nan"),
    "a line that is missing": _line(r"^threshold=.*\n", ""),
    "a null byte": _line("^Tree=1", "Tree=1\0"),
    "one more class": _line("^num_class=1", "num_class=2"),
    "other scores": _value("leaf_value", "3.5"),
    "nothing": lambda text: b"",
}
"""Broken boosters, and one that is not broken but gives other scores."""


@dataclass(frozen=True)
class Attack:
    """What is done to a package.

    Attributes
    ----------
    file
        The file that is changed.
    change
        How: `changed`, `removed`, `linked`, `emptied`, `added`, or a kind of `BROKEN`.
    seal
        One of `SEALS`, or `untagged`.
    """

    file: str
    change: str
    seal: str

    @property
    def needs_key(self) -> bool:
        """Whether only a signature stops it."""
        return self.seal == "registry"


def attacks(files: list[str], n: int) -> list[Attack]:
    """Return `n` attacks: each file changed and each booster broken under each seal first, then others at random."""
    broken = [Attack(BOOSTER, kind, seal) for kind in BROKEN for seal in (*SEALS, "untagged")]
    changed = [Attack(file, "changed", seal) for file in files for seal in SEALS]
    others = [
        Attack(file, change, seal)
        for change in ("removed", "linked", "emptied")
        for file in files
        for seal in SEALS
    ]
    added = [Attack(name, "added", seal) for name in ("sitecustomize.py", "code/a.py") for seal in SEALS]
    rng = random.Random(7)
    first = broken + changed
    if n < len(first):
        return rng.sample(first, n)
    return first + rng.sample(others + added, min(n - len(first), len(others + added)))


def tamper(package: Path, attack: Attack, canary: Path) -> None:
    """Change a package as an attack says; code that is changed writes the file `canary` when it runs."""
    file = package / attack.file
    content = file.read_bytes() if file.exists() else b""
    file.unlink(missing_ok=True)
    if attack.change in BROKEN:
        file.write_bytes(_resized(BROKEN[attack.change](content)))
    elif attack.change == "linked":
        target = canary.with_name(f"target-of-{file.name}")
        target.write_bytes(content)
        file.symlink_to(target)
    elif attack.change != "removed":
        file.parent.mkdir(parents=True, exist_ok=True)
        code = f"\nimport pathlib\npathlib.Path({str(canary)!r}).write_text('')\n".encode()
        more = code if file.suffix == ".py" else b"\n"
        file.write_bytes(b"" if attack.change == "emptied" else content + more)
    if attack.seal != "open":
        _seal(package / MODEL)


def _resized(text: bytes) -> bytes:
    """Return a booster with the lengths of its trees told again, as who tampers would."""
    _, *trees = re.split(rb"^(?=Tree=\d+$)", text.partition(b"end of trees")[0], flags=re.MULTILINE)
    sizes = b" ".join(b"%d" % len(tree) for tree in trees)
    return re.sub(rb"^tree_sizes=.*$", b"tree_sizes=" + sizes, text, flags=re.MULTILINE)


def _seal(folder: Path) -> None:
    """Write the digests beside the files again."""
    files = {file.name: file for file in folder.iterdir() if file.is_file() and file.name != DIGESTS}
    digests = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}
    (folder / DIGESTS).write_text(json.dumps(digests))


@dataclass(frozen=True)
class Registered:
    """A registry with a signed version 1, whose package is tampered with.

    Attributes
    ----------
    folder
        Holds the package, the keys and the tampered packages.
    tracking_uri
        The registry's address.
    """

    folder: Path
    tracking_uri: str

    @classmethod
    def of(cls, package: Path, folder: Path) -> Registered:
        """Register and sign a package in a new registry."""
        uri = f"sqlite:///{folder}/tampered.db"
        client = connect(uri)
        client.create_registered_model(NAME)
        made = cls(folder, uri)
        shutil.copytree(package, made.package)
        for key in ("key", "other-key"):
            write_new_key(folder / key)
        made.register(made.package, made._signed(files_tag(made.package), "1", "key"))
        for alias in ("signed", "unsigned"):
            made.move(alias, "1")
        return made

    @property
    def package(self) -> Path:
        """The package as it was registered."""
        return self.folder / "package"

    @property
    def canary(self) -> Path:
        """What altered code would write."""
        return self.folder / "canary"

    @property
    def public_key(self) -> Path:
        """The key that signed version 1."""
        return self.folder / "key.pub"

    def client(self) -> mlflow.MlflowClient:
        """Return a client of the registry."""
        return connect(self.tracking_uri)

    def move(self, alias: str, version: str) -> None:
        """Give an alias to a version."""
        self.client().set_registered_model_alias(NAME, alias, version)

    def register(self, package: Path, tags: Mapping[str, str]) -> str:
        """Register a package as it is, and return its version."""
        return str(self.client().create_model_version(NAME, str(package), tags=dict(tags)).version)

    def attack(self, attack: Attack, number: int) -> str:
        """Tamper with a copy of the package, register it, and return its version."""
        copy = self.folder / f"package-{number}"
        shutil.copytree(self.package, copy)
        tamper(copy, attack, self.canary)
        tags = dict(self.client().get_model_version(NAME, "1").tags)
        version = str(1 + int(newest(self.client(), NAME)))
        if attack.seal == "untagged":
            tags = {}
        elif attack.seal == "registry":
            files = files_tag(copy)
            copied = {**tags, FILES_TAG: files}
            tags = (copied, {FILES_TAG: files}, self._signed(files, version, "other-key"))[number % 3]
        else:
            tags = self._signed(tags[FILES_TAG], version, "key")  # signed, then changed
        return self.register(copy, tags)

    def _signed(self, files: str, version: str, key: str) -> dict[str, str]:
        tags = {FILES_TAG: files}
        name, value = PrivateKey.read(self.folder / key).signature(Version(NAME, version, "", tags))
        return {**tags, name: value}


def is_named(attack: Attack, problem: str) -> bool:
    """Return whether a message says what is wrong: the file, the signature or the booster."""
    if attack.seal == "registry":
        return "must be signed by the key" in problem
    if attack.seal == "untagged":
        return "booster" in problem or "probe records" in problem
    is_unreadable = "cannot be loaded" in problem and Path(attack.file).name in problem
    return is_unreadable or ("is not what was registered" in problem and attack.file in problem)


def refusal(registered: Registered, attack: Attack, version: str) -> str:
    """Return why a job refuses a version, empty if it does not.

    A version without a tag is left to the trial of the server: a broken booster would end this process.
    """
    if attack.seal == "untagged":
        return "booster"
    key = registered.public_key if attack.needs_key else None
    try:
        load(f"models:/{NAME}/{version}", registered.tracking_uri, require_signature=key)
    except RegistryError as error:
        return str(error)
    return ""
