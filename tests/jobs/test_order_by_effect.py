"""`train --effect`, and contact lists that are ordered by it: the small twin of benchmarks/contact_order.py."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

import forestall
from forestall.contacts.ledger import Ledger
from forestall.errors import InputError, UsageError
from forestall.locations import location_of
from forestall.registry import load
from forestall.registry.tracking import connect
from made_experiments import made_differing_company
from workshop import QUICK_MODEL

POLICY = "policy: {capacity_per_day: 40, cost_per_contact: 1, saved_share: 0.25, customer_value: 200}\n"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder and the report of a training with the effect, on a company where it differs."""
    folder = tmp_path_factory.mktemp("by_effect")
    (folder / "model.yaml").write_text(QUICK_MODEL + POLICY + "families: [expectation]\n")
    made_differing_company().write(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        uri = f"sqlite:///{folder}/mlflow.db"
        report = forestall.train(folder / "data", folder, effect=True, tracking_uri=uri)
    return folder, report, uri


@pytest.fixture(scope="module")
def result(trained):
    folder, report, uri = trained
    address = f"models:/{report.name}/{report.version}"
    return forestall.score(address, folder / "data", output=folder / "out", tracking_uri=uri)


def test_the_report_the_card_and_the_run_say_by_what_contacts_are_ordered(trained):
    _, report, _ = trained
    assert report.contact_order["passed"] is True
    assert "Contact lists are ordered by customer value × effect" in report.html
    assert "Effect of a contact, predicted and observed" in report.html
    assert "## Effect of a contact, and the order of contacts" in report.card
    assert "sleeping dogs" in report.card
    assert report.to_dict()["contact_order"]["metrics"]["effect/gain_low"] > 0


def test_the_package_holds_the_effect_and_its_verdict_without_code(trained):
    folder, report, uri = trained
    model = load(f"models:/{report.name}/{report.version}", uri)
    assert model.risk_model.effect is not None
    assert model.risk_model.effect.orders_contacts
    assert model.risk_model.effect.verdict["says"] == report.contact_order["says"]
    (file,) = folder.rglob("artifacts/risk_model/contact_effect.json")
    digests = json.loads((file.parent / "digests.json").read_text(encoding="utf-8"))
    assert "contact_effect.json" in digests


def test_the_list_helps_the_chat_and_leaves_the_phone_alone(trained, result):
    folder, _, _ = trained
    listed = pl.read_parquet(folder / "out" / "contact_list.parquet")
    channels = forestall.read_tables(folder / "data").interactions.select("interaction_id", "channel")
    assert set(listed.join(channels, on="interaction_id")["channel"]) == {"chat"}
    assert (listed["effect"] < 0).all()
    assert listed["expected_saving"].is_sorted(descending=True)
    saving = -listed["effect"] * listed["customer_value"] - 1
    assert listed["expected_saving"].to_list() == pytest.approx(saving.to_list())
    counts = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))["contact_list"]
    assert counts["ordered_by"] == "expected_saving"
    assert counts["sleeping_dogs"] > 20
    page = (folder / "out" / "contact_list.html").read_text(encoding="utf-8")
    assert "customer value × the effect of a contact" in page
    assert "whose customer a contact would make unhappier" in page
    assert result.scores["effect"].null_count() == 0


def test_spark_writes_the_same_effects_and_the_same_list(trained, result, spark, monkeypatch):
    monkeypatch.setattr(
        "forestall.streaming.source.PART_INTERACTIONS", 1000
    )  # so that the folder counts as large
    folder, report, uri = trained
    address = f"models:/{report.name}/{report.version}"
    here, there = (
        forestall.score(
            address, folder / "data", output=folder / engine, tracking_uri=uri, engine=engine, run_id="night",
            scored_at=NOON,
        )
        for engine in ("local", "spark")
    )  # fmt: skip
    assert len(list((folder / "spark" / "scores").iterdir())) > 1
    assert here.figures == there.figures
    assert here.scores.schema == there.scores.schema
    one, other, whole = (found.scores.sort("interaction_id", "as_of") for found in (here, there, result))
    assert one.equals(other, null_equal=True)
    assert other["effect"].equals(whole["effect"])
    assert there.contact_list.equals(here.contact_list)
    assert there.contact_list.equals(result.contact_list)
    assert there.figures["contact_list"]["ordered_by"] == "expected_saving"


def test_a_database_holds_the_effects_and_the_list(trained, result, database):
    folder, report, uri = trained
    address = f"models:/{report.name}/{report.version}"
    found = forestall.score(address, folder / "data", output=database, tracking_uri=uri, run_id="by_effect")
    again = forestall.score(address, folder / "data", output=database, tracking_uri=uri, run_id="by_effect")
    assert again.was_done
    for one in (found, again):
        assert one.scores["effect"].equals(result.scores["effect"])
        assert one.contact_list.equals(result.contact_list)
    with location_of(database).connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT interaction_id, effect, expected_saving FROM forestall_contact_list "
            "WHERE forestall_run = 'by_effect' ORDER BY place"
        )
        stored = pl.from_arrow(cursor.fetch_arrow_table())
        cursor.execute("SELECT count(effect) AS n FROM forestall_scores WHERE run_id = 'by_effect'")
        n_effects = pl.from_arrow(cursor.fetch_arrow_table())["n"].item()
    assert stored.equals(result.contact_list.select(stored.columns))
    assert n_effects == result.scores.height


def test_monitoring_counts_the_held_out_of_a_ledger_for_the_contacted(trained, tmp_path):
    folder, report, uri = trained
    address = f"models:/{report.name}/{report.version}"
    tables = forestall.read_tables(folder / "data")
    ids = tables.interactions.sort("started_at")["interaction_id"]
    silent = tables.replace(contacts=tables.contacts.clear())
    before, now = (some_of(silent, part) for part in (ids[:2000], ids[2000:]))
    url = f"sqlite:///{tmp_path}/monitored.db"
    with Ledger(url) as ledger:
        ledger.offer(tables.contacts)
    naive = forestall.monitor(address, before, now, tracking_uri=uri)
    honest = forestall.monitor(address, before, now, ledger=url, output=tmp_path / "out", tracking_uri=uri)
    in_tables = forestall.monitor(
        address, *(some_of(tables, part) for part in (ids[:2000], ids[2000:])), tracking_uri=uri
    )
    assert honest.figures["metrics"] == in_tables.figures["metrics"]
    held_out = tables.contacts.filter(
        pl.col("arm") == "holdout", pl.col("interaction_id").is_in(ids[2000:].implode())
    )
    assert honest.figures["metrics"]["realised/n"] == held_out.height
    assert naive.figures["metrics"]["realised/n"] > 1.5 * held_out.height
    # the same run again is done already; with another ledger it is another run
    again = forestall.monitor(address, before, now, ledger=url, output=tmp_path / "out", tracking_uri=uri)
    assert again.figures == honest.figures
    with pytest.raises(UsageError, match="holds the results of run"):
        forestall.monitor(address, before, now, output=tmp_path / "out", tracking_uri=uri)


def some_of(tables, ids):
    """Return the tables of some interactions."""
    is_one = pl.col("interaction_id").is_in(ids.implode())
    names = ("interactions", "events", "feedback", "contacts")
    return tables.replace(**{name: getattr(tables, name).filter(is_one) for name in names})


def test_a_training_without_it_has_no_effect_and_an_experiment_is_needed(trained):
    folder, _, uri = trained
    tables = forestall.read_tables(folder / "data")
    silent = tables.replace(contacts=tables.contacts.clear())
    with pytest.raises(InputError, match="contacted and held-out customers"):
        forestall.train(silent, folder, effect=True, tracking_uri=uri)


def test_a_version_is_compared_on_its_data_whatever_contacts_came_since(trained):
    folder, report, uri = trained
    second = forestall.train(folder / "data", folder, tracking_uri=uri)
    connect(uri).set_registered_model_alias(report.name, "champion", report.version)
    tables = forestall.read_tables(folder / "data")
    with Ledger(f"sqlite:///{folder}/contacts.db") as ledger:
        ledger.offer(
            tables.contacts.tail(50).with_columns(contact_id=pl.concat_str("contact_id", pl.lit(" again")))
        )
        url = f"sqlite:///{folder}/contacts.db"
    fewer = tables.replace(contacts=tables.contacts.head(2000))
    for data, of in ((None, url), (fewer, None)):
        found = forestall.promote(report.name, data=data, ledger=of, dry_run=True, tracking_uri=uri)
        assert found.version == second.version
        assert "the twins of both versions" in found.compared_on


def test_evaluation_counts_the_held_out_of_a_ledger_for_the_contacted(trained):
    folder, report, uri = trained
    address = f"models:/{report.name}/{report.version}"
    tables = forestall.read_tables(folder / "data")
    silent = tables.replace(contacts=tables.contacts.clear())
    url = f"sqlite:///{folder}/all.db"
    with Ledger(url) as ledger:
        ledger.offer(tables.contacts)
    naive = forestall.evaluate(address, silent, tracking_uri=uri)
    honest = forestall.evaluate(address, silent, ledger=url, tracking_uri=uri)
    n_held_out = tables.contacts.filter(arm="holdout").height
    assert naive.predictions["interaction_id"].n_unique() == 2900
    assert honest.predictions["interaction_id"].n_unique() == n_held_out
    assert set(honest.predictions["holdout_weight"]) == {2.0}
    assert "holdout_weight" not in naive.predictions.columns
