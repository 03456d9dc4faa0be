"""A model with learnt scores of texts: the same in batch, for a record, saved, on Spark's workers and over HTTP."""

import polars as pl
import pytest
from servers import forestall_serve

import forestall
from forestall.model import RiskModel
from forestall.registry import load
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.tracking import RegistryError, connect, running
from forestall.spark.shipped_model import ShippedModel
from made_conversations import model as made_model
from made_conversations import talks, told_by_vectors, vector_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["texts", "embeddings"])
def model(request: pytest.FixtureRequest) -> RiskModel:
    return made_model() if request.param == "texts" else vector_model()


@pytest.fixture(scope="module")
def tables(model: RiskModel) -> forestall.Tables:
    return told_by_vectors() if model.text_weights.embedding else talks()


@pytest.fixture(scope="module")
def moments(tables: forestall.Tables) -> pl.DataFrame:
    return tables.feedback.select("interaction_id", as_of="rated_at").gather_every(29)


def test_a_record_scores_as_its_moment_and_so_does_the_saved_model(tables, moments, model, tmp_path):
    model.save(tmp_path)
    loaded = RiskModel.load(tmp_path)
    assert loaded.text_weights == model.text_weights
    batch = model.score(tables, moments=moments, reasons=True)
    records = forestall.records(tables, moments)
    risk = batch["dissatisfaction_risk"].to_list()
    assert loaded.score(tables, moments=moments)["dissatisfaction_risk"].to_list() == risk
    assert loaded.score(records)["dissatisfaction_risk"].to_list() == risk
    one_by_one = [loaded.score_as_lists([one])["dissatisfaction_risk"][0] for one in records]
    assert one_by_one == risk


def test_reasons_never_repeat_the_words(tables, moments, model):
    said = set(" ".join(tables.events["text"]).split())
    for language in ("en", "af", "da"):
        told = model.score(tables, moments=moments, reasons=True, language=language)["reasons"]
        texts = " ".join(one["text"] for reasons in told for one in reasons)
        assert not said & set(texts.split())
        assert {"en": "as learnt", "af": "geleer", "da": "lært"}[language] in texts


def test_on_the_workers_of_spark_the_same(tables, moments, model):
    there = ShippedModel.of(model).load()
    assert there.score(tables, moments=moments).equals(model.score(tables, moments=moments), null_equal=True)


def test_over_http_the_same(tables, moments, model, tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    connect(uri)
    with running("words"):
        made = log_package(model, save_risk_model(model, tmp_path / "risk_model"))
    batch = load(made.model_uri, uri).risk_model.score(tables, moments=moments)
    with forestall_serve(made.model_uri, uri, tmp_path / "log") as server:
        answer = server.score(forestall.records(tables, moments))
        assert answer.status == 200
        assert answer.risks == batch["dissatisfaction_risk"].to_list()


def test_changed_weights_are_refused(model, tmp_path):
    folder = save_risk_model(model, tmp_path / "risk_model")
    names = ["text_weights.npy", *(["text_embedding.npy"] if model.text_weights.embedding else [])]
    for name in names:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(RegistryError, match=name.replace(".", r"\.")):
            load(str(folder))
        (folder / name).write_bytes(kept)
