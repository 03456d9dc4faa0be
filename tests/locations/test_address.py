"""What a user writes becomes a location; secrets stay out of what is shown."""

import sys
from pathlib import Path

import pytest

from forestall.errors import UsageError
from forestall.locations import Database, Prefix, full_address, is_remote, location_of


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ("data", Path("data")),
        (Path("data"), Path("data")),
        ("file:///srv/a%20b", Path("/srv/a b")),
        ("s3://company", Prefix("s3://company")),
        ("S3://company/crm//night/", Prefix("s3://company/crm/night")),
        ("gs://company/ü 1", Prefix("gs://company/ü 1")),
        ("az://company/crm", Prefix("az://company/crm")),
        ("postgres://host/crm", Database("postgresql://host/crm")),
        ("postgresql:///crm?host=/run", Database("postgresql:///crm?host=/run")),
        ("postgresql://u@h:1/crm?schema=risk", Database("postgresql://u@h:1/crm?schema=risk", "risk")),
    ],
)
def test_an_address_becomes_a_location(given, location):
    assert location_of(given) == location
    assert location_of(location) == location
    assert is_remote(given) == (not isinstance(location, Path))


@pytest.mark.parametrize(
    "wrong",
    [
        "ftp://host/data",
        "s3://",
        "s3://key:hidden-word@company/crm",
        "az://company/crm?sig=hidden-word",
        "s3://company/../other",
        "postgresql://host:port/crm",
        Path("s3://company/crm"),
        Path("postgresql://u:hidden-word@host/crm"),
    ],
)
def test_what_is_no_address_is_one_clear_error_without_a_secret(wrong):
    with pytest.raises(UsageError, match="must be") as error:
        location_of(wrong)
    assert "hidden-word" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://reader:hidden-word@host/crm?schema=risk",
        "postgresql://host/crm?user=reader&password=hidden-word",
        "postgresql://reader:hidden%40word@host/crm?sslpassword=hidden-word",
    ],
)
def test_a_password_is_given_to_the_driver_and_shown_nowhere(address):
    found = location_of(address)
    for shown in (str(found), repr(found), found / "scores", full_address(found)):
        assert "hidden" not in shown
    assert "hidden" in found.url
    assert "schema" not in found.url


def test_a_location_is_found_from_any_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert full_address(Path("data")) == str(tmp_path / "data")
    assert full_address(location_of("s3://company/crm")) == "s3://company/crm"


@pytest.mark.parametrize(
    ("module", "address", "extra"),
    [
        ("obstore", "s3://company", "s3"),
        ("obstore", "gs://company", "gcs"),
        ("obstore", "az://company", "azure"),
    ],
)
def test_without_its_library_a_store_names_the_command(monkeypatch, module, address, extra):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.store", None)
    with pytest.raises(
        UsageError, match=rf"run `pip install 'forestall\[{extra}\]'` and give the command again"
    ):
        location_of(address).sizes()


def test_without_its_library_a_database_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with (
        pytest.raises(UsageError, match=r"run `pip install 'forestall\[postgres\]'`"),
        location_of("postgresql://host/crm").connect(),
    ):
        pass


def test_the_time_to_try_must_be_a_number(monkeypatch):
    monkeypatch.setenv("FORESTALL_STORE_RETRY_S", "long")
    with pytest.raises(UsageError, match="FORESTALL_STORE_RETRY_S must be a number of seconds, is long"):
        location_of("s3://company").sizes()


def test_frames_in_place_of_an_address_are_told_where_they_go() -> None:
    with pytest.raises(UsageError, match=r"is dict; frames are given as forestall\.Tables\("):
        location_of({"interactions": []})  # type: ignore[arg-type]
