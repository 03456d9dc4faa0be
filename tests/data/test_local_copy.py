"""Any location becomes a local data folder of Parquet files with the same rows in the same order."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables, read_tables
from forestall.data.local_copy import local_folder
from forestall.errors import InputError
from forestall.locations import location_of
from object_store import optional_library, upload

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a data folder of four interactions."""
    own = pl.DataFrame(
        {"interaction_id": list("abcd"), "started_at": [START] * 4, "price": [1.5, None, 2.0, 0.1]}
    )
    happened = pl.DataFrame({"interaction_id": list("abcd") * 2, "at": [START] * 8, "kind": ["served"] * 8})
    rated = pl.DataFrame({"interaction_id": ["a"], "rating": [4], "rated_at": [datetime(2026, 1, 6)]})
    return Tables(own, happened, rated, {"timezone": "Africa/Johannesburg"}).write(tmp_path / "data")


def test_a_plain_folder_is_not_copied(folder: Path) -> None:
    with local_folder(folder) as copy:
        assert copy == folder


def test_a_folder_in_a_store_is_copied_and_the_copy_removed(s3: Any, folder: Path, tmp_path: Path) -> None:
    plain = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "manifest.json"}
    with local_folder(upload(s3, "copied", plain), tmp_path) as copy:
        assert copy.parent == tmp_path
        assert read_tables(copy).digest() == read_tables(folder).digest()
        assert read_tables(copy).about == read_tables(folder).about
    assert not copy.exists()


def test_partitions_and_delta_tables_become_files(folder: Path) -> None:
    optional_library("deltalake", "delta")
    (folder / "feedback.parquet").rename(folder / "f.parquet")
    pl.read_parquet(folder / "f.parquet").write_delta(folder / "feedback")
    (folder / "events" / "day=1").mkdir(parents=True)
    (folder / "events.parquet").rename(folder / "events" / "day=1" / "part.parquet")
    whole = read_tables(folder)
    with local_folder(folder) as copy:
        assert read_tables(copy).digest() == whole.digest()
        assert whole.about["delta_versions"] == {"feedback": 0}
        assert sorted(file.suffix for file in copy.rglob("*") if file.is_file()) == [
            ".json",
            *[".parquet"] * 3,
        ]


def test_a_database_is_copied_in_the_order_in_which_it_is_read(database: str, folder: Path) -> None:
    whole = read_tables(folder)
    with location_of(database).connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA crm")
            for name in ("interactions", "events"):
                cursor.adbc_ingest(name, getattr(whole, name).to_arrow(), mode="create", db_schema_name="crm")
            cursor.execute("CREATE TABLE crm.about (key text, value text)")
            cursor.execute(
                """INSERT INTO crm.about VALUES ('timezone', 'Africa/Johannesburg'), ('known_at', '{}')"""
            )
        connection.commit()
    address = f"{database}&schema=crm"
    read = read_tables(address)
    assert read.interactions.equals(whole.interactions)
    assert read.about["timezone"] == "Africa/Johannesburg"
    assert read.feedback.height == 0
    with local_folder(address) as copy:
        assert read_tables(copy).digest() == read.digest()


def test_types_that_a_data_folder_does_not_know_are_read_as_text(database: str) -> None:
    with location_of(database).connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA odd")
            cursor.execute(
                "CREATE TABLE odd.interactions (interaction_id uuid, started_at timestamp, price numeric(9,2), "
                "channel varchar(9), extra jsonb, took interval, is_commodity boolean)"
            )
            cursor.execute(
                "INSERT INTO odd.interactions VALUES ('00000000-0000-0000-0000-00000000000a', '2026-01-05 10:00', "
                """1.25, 'phone', '{"a": 1}', '1 day', true)"""
            )
            cursor.execute("CREATE TABLE odd.events (interaction_id uuid, at timestamptz, kind text)")
        connection.commit()
    row = read_tables(f"{database}&schema=odd").interactions.row(0, named=True)
    assert row["interaction_id"] == "00000000-0000-0000-0000-00000000000a"
    assert (row["started_at"], row["price"], row["is_commodity"]) == (START, 1.25, True)
    assert (row["extra"], row["took"]) == ('{"a": 1}', "1 day")


def test_a_database_without_the_tables_says_what_it_must_have(database: str) -> None:
    with pytest.raises(
        InputError, match="must have a table or a view interactions, has none in its search path"
    ):
        read_tables(database)
