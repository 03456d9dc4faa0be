"""Tables are read from a local folder, an object store, partitions and Delta tables: the same rows everywhere."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from faulty_store import CUT, LOSE, PASS, REFUSE, Proxy, faulty_proxy
from forestall.data import Tables, read_tables
from forestall.errors import InputError, UsageError
from forestall.job_files import tables_as_input
from object_store import SECRET, optional_library, upload

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a data folder of four interactions."""
    own = pl.DataFrame(
        {"interaction_id": list("abcd"), "started_at": [START] * 4, "plan": ["x", None, "y", "é"]}
    )
    happened = pl.DataFrame({"interaction_id": list("abcd") * 2, "at": [START] * 8, "kind": ["served"] * 8})
    rated = pl.DataFrame({"interaction_id": ["a"], "rating": [4], "rated_at": [datetime(2026, 1, 6)]})
    return Tables(own, happened, rated, {"timezone": "Africa/Johannesburg"}).write(tmp_path / "data")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_folder_in_a_store_is_read_as_the_local_one(s3: Any, folder: Path) -> None:
    plain = {name: content for name, content in files(folder).items() if name != "manifest.json"}
    address = upload(s3, "tables/of the company é", plain)
    tables = read_tables(address)
    assert tables.digest() == read_tables(folder).digest()
    assert tables.about == read_tables(folder).about


def test_parts_in_a_store_are_read_in_the_order_of_their_names(s3: Any, folder: Path, tmp_path: Path) -> None:
    whole = read_tables(folder)
    plain = {name: content for name, content in files(folder).items() if name in {"interactions.parquet"}}
    for number in range(4):
        whole.events[number * 2 : number * 2 + 2].write_parquet(tmp_path / "part.parquet")
        plain[f"events/part-{number}.parquet"] = (tmp_path / "part.parquet").read_bytes()
    plain["events/_SUCCESS"] = b""
    address = upload(s3, "parts", plain)
    assert read_tables(address).events.equals(whole.events)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://company/nothing-here", "must be a data folder, holds nothing; check the address"),
        ("s3://no-such-bucket/data", "must be in a bucket that exists, there is no no-such-bucket"),
        ("s3://company/half", "must have events.parquet or a folder events of Parquet parts, has neither"),
        (
            "s3://company/broken",
            "events.parquet must be a Parquet file, cannot be read as one; write it again",
        ),
    ],
)
def test_what_is_wrong_in_a_store_is_one_clear_error(s3: Any, folder: Path, address: str, said: str) -> None:
    own = (folder / "interactions.parquet").read_bytes()
    upload(s3, "half", {"interactions.parquet": own})
    upload(s3, "broken", {"interactions.parquet": own, "events.parquet": b"PAR1 no"})
    with pytest.raises(InputError) as error:
        read_tables(address)
    assert str(error.value).startswith(address)
    assert said in str(error.value)


def test_folders_of_partitions_become_columns(folder: Path) -> None:
    whole = read_tables(folder)
    (folder / "interactions.parquet").unlink()
    for day, rows in ((1, slice(0, 3)), (2, slice(3, 4))):
        place = folder / "interactions" / f"day={day}" / "site=a%2Fb"
        place.mkdir(parents=True)
        whole.interactions[rows].write_parquet(place / "part.parquet")
    tables = read_tables(folder)
    assert tables.interactions.drop("day", "site").equals(whole.interactions)
    assert tables.interactions["day"].to_list() == [1, 1, 1, 2]
    assert tables.interactions["site"].to_list() == ["a/b"] * 4


def test_a_partition_that_repeats_a_column_does_not_replace_it(folder: Path) -> None:
    whole = read_tables(folder)
    (folder / "interactions.parquet").unlink()
    place = folder / "interactions" / "plan=other"
    place.mkdir(parents=True)
    whole.interactions.write_parquet(place / "part.parquet")
    assert read_tables(folder).digest() == whole.digest()


def test_a_partition_without_a_value_is_null_and_the_column_of_the_contract_has_its_type(
    folder: Path,
) -> None:
    whole = read_tables(folder)
    (folder / "interactions.parquet").unlink()
    for name, rows in (("1.5", slice(0, 2)), ("__HIVE_DEFAULT_PARTITION__", slice(2, 4))):
        place = folder / "interactions" / f"price={name}"
        place.mkdir(parents=True)
        whole.interactions[rows].drop("price").write_parquet(place / "part.parquet")
    found = read_tables(folder).interactions.sort("interaction_id")["price"]
    assert found.to_list() == [1.5, 1.5, None, None]


def test_folders_that_are_no_partitions_are_an_error(folder: Path) -> None:
    place = folder / "events" / "2026"
    place.mkdir(parents=True)
    (folder / "events.parquet").rename(place / "part.parquet")
    with pytest.raises(
        InputError, match=r"names such as date=2026-01-01, has the folder 2026; move it elsewhere"
    ):
        read_tables(folder)


@pytest.fixture
def delta() -> Any:
    """Give the library for Delta tables; without it the test is skipped, or fails where CI is set."""
    return optional_library("deltalake", "delta")


def test_a_delta_table_is_read_at_its_newest_version_which_is_noted(delta: Any, folder: Path) -> None:
    whole = read_tables(folder)
    (folder / "events.parquet").unlink()
    whole.events[:5].write_delta(folder / "events")
    whole.events[5:].write_delta(folder / "events", mode="append")
    tables = read_tables(folder)
    assert sort(tables.events).equals(sort(whole.events))
    assert tables.about["delta_versions"] == {"events": 1}
    assert read_tables(folder).digest() == tables.digest()
    assert tables_as_input(tables)["delta_versions"] == {"events": 1}


def test_what_was_removed_from_a_delta_table_is_not_read(delta: Any, folder: Path) -> None:
    whole = read_tables(folder)
    (folder / "feedback.parquet").unlink()
    whole.feedback.write_delta(folder / "feedback", delta_write_options={"partition_by": ["rating"]})
    assert read_tables(folder).feedback.equals(whole.feedback)
    delta.DeltaTable(folder / "feedback").delete("interaction_id = 'a'")
    assert read_tables(folder).feedback.height == 0


def test_a_delta_table_in_a_store_is_read(delta: Any, s3: Any, folder: Path) -> None:
    whole = read_tables(folder)
    (folder / "events.parquet").unlink()
    whole.events.write_delta(folder / "events")
    plain = {name: content for name, content in files(folder).items() if name != "manifest.json"}
    tables = read_tables(upload(s3, "lake", plain))
    assert tables.digest() == whole.digest()
    assert tables.about["delta_versions"] == {"events": 0}


def test_a_delta_table_that_is_damaged_is_one_clear_error(delta: Any, folder: Path) -> None:
    (folder / "events.parquet").unlink()
    (folder / "events" / "_delta_log").mkdir(parents=True)
    (folder / "events" / "_delta_log" / "00000000000000000000.json").write_text("{")
    with pytest.raises(
        InputError, match="events must be a Delta table, cannot be read as one; write it again"
    ):
        read_tables(folder)


def test_without_the_library_a_delta_table_names_the_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "events.parquet").unlink()
    (folder / "events" / "_delta_log").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(UsageError, match=r"run `pip install 'forestall\[delta\]'`"):
        read_tables(folder)


def sort(events: pl.DataFrame) -> pl.DataFrame:
    return events.sort("interaction_id", "at")


@pytest.fixture
def proxy(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Give a proxy in front of the store, through which tables are read; they are asked for during two seconds."""
    with faulty_proxy(os.environ["AWS_ENDPOINT_URL"]) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.address)
        monkeypatch.setenv("FORESTALL_STORE_RETRY_S", "2")
        yield running


@pytest.mark.parametrize("fault", [REFUSE, CUT, LOSE])
def test_tables_are_read_in_spite_of_a_fault_now_and_then(
    s3: Any, folder: Path, proxy: Proxy, fault: str
) -> None:
    plain = {name: content for name, content in files(folder).items() if name != "manifest.json"}
    address = upload(s3, f"faulty-{fault}", plain)
    proxy.decide = lambda method, path, number: fault if number % 3 == 1 else PASS
    assert read_tables(address).digest() == read_tables(folder).digest()


@pytest.mark.parametrize("fault", [REFUSE, CUT])
def test_a_store_that_stays_away_while_tables_are_read_is_one_clear_error(
    s3: Any, folder: Path, proxy: Proxy, fault: str
) -> None:
    plain = {name: content for name, content in files(folder).items() if name != "manifest.json"}
    address = upload(s3, f"away-{fault}", plain)
    proxy.decide = lambda method, path, number: fault if "events" in path else PASS
    with pytest.raises(InputError) as error:
        read_tables(address)
    assert "must be at a store that answers" in str(error.value)
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)
