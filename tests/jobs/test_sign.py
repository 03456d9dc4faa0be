"""`forestall sign`: its options. What a signature does is tested in tests/registry."""

import json
from pathlib import Path

import pytest

import forestall
from forestall.cli.main import main
from forestall.errors import UsageError
from forestall.registry.signatures import PrivateKey, PublicKey


def test_new_keys_are_told_by_their_files_and_their_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key"
    assert main(["sign", "--new-key", str(key), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "key_id": PrivateKey.read(key).id,
        "private_key": str(key),
        "public_key": f"{key}.pub",
    }
    assert PublicKey.read(told["public_key"]).id == told["key_id"]


def test_options_that_do_not_fit_together_are_errors_of_the_user(tmp_path: Path) -> None:
    for options in ({"model_uri": "models:/a/1"}, {"key": tmp_path / "key"}, {}):
        with pytest.raises(UsageError, match="MODEL_URI and --key FILE must come together"):
            forestall.sign(**options)
    with pytest.raises(UsageError, match="--new-key must come alone"):
        forestall.sign("models:/a/1", new_key=tmp_path / "key")
    assert not list(tmp_path.iterdir())
