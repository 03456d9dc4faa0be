"""No file of a package or a run holds a name of a person, or a name that few customers share."""

import zipfile
from pathlib import Path

import mlflow
import polars as pl
import pytest

import forestall
from benchmarks_of_privacy import membership_of
from forestall.pseudonyms import name_hash
from workshop import QUICK_MODEL

CANARY = "canary"
NAMES = ("venue", "channel", "locale", "product", "product_category")
OPTIONS = """
privacy: {staff: true}
context: {categorical: [desk]}
moments: {per_interaction: 1}
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
"""


def planted(tables: forestall.Tables) -> forestall.Tables:
    """Give the tables with canaries as ids and staff, in texts, and as names and kinds that few customers have."""
    row = pl.int_range(pl.len())
    names = [
        pl.when(row % 160 == place)
        .then(pl.format("canary-{}-{}", pl.lit(name), row))
        .otherwise(name)
        .alias(name)
        for place, name in enumerate(NAMES)
    ]
    interactions = tables.interactions.with_columns(
        *names,
        pl.format("canary-{}", "interaction_id").alias("interaction_id"),
        pl.format("canary-{}", "customer_id").alias("customer_id"),
        pl.format("canary-{}", pl.coalesce("staff", pl.lit("nobody"))).alias("staff"),
        desk=pl.when(row % 160 == 9).then(pl.lit("canary-desk")).otherwise(pl.lit("front")),
    )
    events = tables.events.with_columns(
        pl.format("canary-{}", "interaction_id").alias("interaction_id"),
        kind=pl.when(pl.col("kind").eq("message") & (row % 97 == 0))
        .then(pl.lit("canary_kind"))
        .otherwise("kind"),
        text=pl.format("canary {}", pl.col("text")),
        badge=pl.format("canary-{}", row % 400),
    )
    feedback = tables.feedback.with_columns(pl.format("canary-{}", "interaction_id").alias("interaction_id"))
    return forestall.Tables(interactions=interactions, events=events, feedback=feedback)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    forestall.simulate(folder / "data", interactions=1500, seed=21)
    tables = planted(forestall.read_tables(folder / "data"))
    (folder / "model").mkdir()
    plain = [line for line in QUICK_MODEL.splitlines() if not line.startswith(("moments", "lightgbm"))]
    (folder / "model" / "model.yaml").write_text("\n".join(plain) + OPTIONS)
    (folder / "store").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "store")
        uri = f"sqlite:///{folder}/store/mlflow.db"
        report = forestall.train(tables, folder / "model", allow_small=True, tracking_uri=uri)
        model = forestall.load(f"models:/{report.name}@challenger", tracking_uri=uri).risk_model
    return folder / "store", report, model, tables


def contents(file: Path) -> bytes:
    """Give what a file holds, unpacked."""
    if file.suffix == ".parquet":
        return pl.read_parquet(file).write_csv().encode()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return b"".join(packed.read(name) for name in packed.namelist() if not name.endswith(".py"))
    return file.read_bytes()


def test_no_file_of_package_and_run_has_a_canary(trained):
    files = [file for file in trained[0].rglob("*") if file.is_file()]
    names = {file.name for file in files}
    assert {
        "estimator.json",
        "model.json",
        "booster.txt",
        "predictions.parquet",
        "report.html",
        "mlflow.db",
    } <= names
    assert [str(file) for file in files if CANARY.encode() in contents(file).lower()] == []


def test_a_name_of_staff_is_a_hash_and_scores_alike_in_batch_and_as_a_record(trained):
    _, _report, model, tables = trained
    place = model.estimator.column_names.index("service_staff")
    salt, known = model.estimator.encoder_.salts[place], model.estimator.encoder_.values[place]
    staff = tables.interactions["staff"].unique()
    common = [name for name in staff if name_hash(name, salt) in known]
    assert common
    assert len(common) == len(known)
    chosen = tables.interactions.filter(pl.col("staff").is_in(common)).head(40)["interaction_id"]
    moments = forestall.default_moments(tables).filter(pl.col("interaction_id").is_in(chosen.implode()))
    records = forestall.records(tables, moments)
    batch, online = model.score(tables, moments=moments), model.score(records)
    assert batch["dissatisfaction_risk"].to_list() == list(online["dissatisfaction_risk"])


def test_without_being_asked_no_model_learns_from_staff(work):
    model = forestall.load(work.champion, tracking_uri=work.tracking_uri).risk_model
    assert "service_staff" not in model.estimator.column_names
    assert model.estimator.encoder_.salts == {}


def test_the_run_has_pseudonyms_that_pair_rows_and_customers(trained):
    folder, report, _, tables = trained
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    from forestall.assessment.run_predictions import run_salt, with_ids
    from forestall.registry.run_artifacts import artifact_frame

    rows = artifact_frame(report.run_id, "test/predictions.parquet")
    assert rows["interaction_id"].str.starts_with(run_salt(report.name)).all()
    own = with_ids(rows, tables)
    assert own.height == rows.height
    owner = own.select("interaction_id", hashed="customer_id").join(
        tables.interactions.select("interaction_id", "customer_id"), on="interaction_id"
    )
    assert owner.unique(["hashed", "customer_id"]).height == owner["customer_id"].n_unique()


def test_nothing_of_customers_seen_once_is_recovered_from_the_model(trained):
    found = membership_of(trained[2], trained[3])
    assert found["names"] == 0
    assert found["customers"] > 5
    assert found["error_with_model"] == found["error_with_company_mean"] > 0
