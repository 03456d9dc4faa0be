"""The ledger keeps each offer once, whoever writes it and however often."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.small_disk import small_disk  # as the writing process finds it

from forestall.contacts.ledger import Ledger
from forestall.data.schemas import column_types
from forestall.errors import InputError, UsageError
from forestall.pseudonyms import name_hash

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
WRITER = """
import sys
from tests.contacts.test_ledger import offers
from forestall.contacts.ledger import Ledger
ledger = Ledger(sys.argv[1])
print("open", flush=True)
for night in range(200):
    ledger.offer(offers(range(night * 20, night * 20 + 20)))
"""


def offers(numbers: Any, **columns: Any) -> pl.DataFrame:
    rows = [
        {
            "contact_id": f"k{n}",
            "interaction_id": f"i{n}",
            "customer_id": f"c{n}",
            "at": AT + timedelta(minutes=n),
            "experiment": "spring",
            "arm": "holdout" if n % 10 == 0 else "contact",
            "probability": 0.1 if n % 10 == 0 else 0.9,
            "risk": 0.5,
            "model_name": "m",
            "model_version": "1",
            **columns,
        }
        for n in numbers
    ]
    return pl.DataFrame(rows)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/contacts.db"


def results(**columns: Any) -> pl.DataFrame:
    row = {"experiment": "spring", "contact_id": "k1", "done_at": AT + timedelta(days=1), "result": "reached"}
    return pl.DataFrame([{**row, **columns}])


def test_a_repeated_job_adds_nothing_and_a_first_offer_stays(url: str) -> None:
    with Ledger(url) as ledger:
        assert ledger.offer(offers(range(1200))) == 1200
        assert ledger.offer(offers(range(1201), risk=0.9)) == 1
        found = ledger.read()
    assert found.height == 1201
    assert dict(found.schema) == column_types("contacts")
    assert found["risk"].value_counts().sort("risk").rows() == [(0.5, 1200), (0.9, 1)]
    assert found["at"].to_list()[:2] == [AT, AT + timedelta(minutes=1)]


def test_experiments_have_keys_of_their_own(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.offer(offers(range(3)))
        assert ledger.offer(offers(range(3), experiment="autumn")) == 3
        assert ledger.read("autumn")["experiment"].to_list() == ["autumn"] * 3


def test_a_result_is_appended_and_the_newest_counts(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.offer(offers(range(3)))
        assert ledger.record(results(result="not_reached", channel="phone", cost=2.5)) == 1
        assert ledger.record(results(result="not_reached")) == 0
        later = AT + timedelta(days=2)
        assert ledger.record(results(done_at=later, channel="📞")) == 1
        found = ledger.read().filter(contact_id="k1").row(0, named=True)
    assert (found["result"], found["done_at"], found["channel"]) == ("reached", later, "📞")


BAD = {
    "no offer": ({"contact_id": "other"}, "must belong to an offer in sqlite"),
    "unknown word": ({"result": "maybe"}, "1 rows do not"),
    "no time": ({"done_at": "soon"}, "none of its 1 values can be read"),
}


@pytest.mark.parametrize(("own", "message"), BAD.values(), ids=BAD.keys())
def test_a_result_that_is_not_valid_is_refused(url: str, own: dict[str, Any], message: str) -> None:
    with Ledger(url) as ledger:
        ledger.offer(offers(range(3)))
        with pytest.raises(InputError, match=message):
            ledger.record(results(**own))
        assert ledger.read()["result"].null_count() == 3


def test_the_arm_of_a_customer_stays_in_an_experiment(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.offer(offers(range(3)))
        other = offers([5], customer_id="c1", arm="holdout")
        with pytest.raises(UsageError, match="1 customers would get another one"):
            ledger.offer(other)
        assert ledger.read().height == 3
        ledger.offer(other.with_columns(experiment=pl.lit("autumn")))


def test_a_customer_is_deleted_or_gets_a_pseudonym(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.offer(offers(range(3)))
        ledger.record(results())
        assert ledger.forget(["c0", "nobody"], salt="secret") == 1
        assert ledger.forget(["c1"]) == 1
        assert ledger.read()["customer_id"].to_list() == [name_hash("c0", "secret"), "c2"]
        assert ledger.offer(offers([1])) == 1
        assert ledger.read().filter(contact_id="k1")["result"].to_list() == [None]


def test_two_jobs_at_once_lose_and_double_nothing(url: str) -> None:
    def write(_: int) -> int:
        with Ledger(url) as ledger:
            return sum(ledger.offer(offers(range(n, n + 40))) for n in range(0, 400, 20))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(write, range(3))) == 420
    with Ledger(url) as ledger:
        assert ledger.read()["contact_id"].n_unique() == 420


def kill_and_read(url: str, after_s: float) -> int:
    """Kill a process that writes 20 offers at a time, and return how many offers there are."""
    code = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(code, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    with Ledger(url) as ledger:
        found = ledger.read()
    assert found.height % 20 == 0  # each call wrote all of its offers, or none
    assert found["contact_id"].n_unique() == found.height
    return found.height


@pytest.mark.slow
def test_a_killed_job_leaves_whole_offers_and_can_be_given_again(url: str) -> None:
    assert kill_and_read(url, 0.2) < 4000
    assert kill_and_read(url, 0.5) < 4000
    with Ledger(url) as ledger:
        ledger.offer(offers(range(4000)))
        assert ledger.read().height == 4000


@pytest.mark.slow
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 300) as disk:
        if disk is None:
            pytest.skip("this process may not mount a disk")
        with Ledger(f"sqlite:///{tmp_path}/disk/contacts.db") as ledger:
            ledger.offer(offers(range(100)))
            with pytest.raises(InputError, match="must have room, is full; nothing was written"):
                ledger.offer(offers(range(100, 5000)))
            assert ledger.read().height == 100


WRONG = {"no url": "contacts", "another database": "mysql://host/db", "blank": ""}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_ledger_must_be_a_url(wrong: str) -> None:
    with pytest.raises(UsageError, match="--ledger must be a URL such as sqlite"):
        Ledger(wrong)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contacts.db").write_text("not a database" * 100)
    with pytest.raises(InputError, match="must be a database of SQLite, is another file"):
        Ledger(f"sqlite:///{tmp_path}/contacts.db")
    with pytest.raises(InputError, match="check the address, the folder and the rights"):
        Ledger(f"sqlite:///{tmp_path}/none/contacts.db")


@pytest.mark.parametrize(
    "columns",
    [{"arm": None}, {"arm": "other"}, {"risk": float("nan")}, {"probability": 0.0}, {"experiment": None}],
)
def test_offers_that_could_not_be_analysed_are_refused(url: str, columns: dict[str, Any]) -> None:
    rows = pl.concat([offers(range(3)), offers(range(3, 4), **columns)], how="vertical_relaxed")
    with Ledger(url) as ledger:
        with pytest.raises(InputError, match="1 rows do not; correct them"):
            ledger.offer(rows)
        assert ledger.read().is_empty()


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "postgresql://host:port/database", "contacts.db"]
)
def test_an_address_that_keeps_nothing_or_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=r"--ledger must be a URL such as sqlite:///contacts\.db"):
        Ledger(address)
