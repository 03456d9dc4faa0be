"""An own feature of ten lines: trained, packaged, loaded where its module is not, and scored alike everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from servers import forestall_serve

import forestall
from forestall.errors import FeatureError
from forestall.jobs.features import write_features
from forestall.model import RiskModel
from forestall.registry import RegistryError, load
from made_once import made_once
from parcel_company import MODULE, OWN, SPEC, Made, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = made_once(tmp_path_factory, "parcel", make)
    return Made(folder, load(str(folder / "package")))


@pytest.fixture(scope="module")
def records(made: Made) -> list[dict[str, Any]]:
    tables = forestall.read_tables(made.data)
    moments = forestall.default_moments(tables).sample(150, seed=5)
    answer: list[dict[str, Any]] = json.loads(json.dumps(forestall.records(tables, moments)))
    return answer


pytestmark = pytest.mark.slow


def test_a_column_a_direction_a_reason_and_a_line_in_the_dictionary(made: Made) -> None:
    model = made.model.risk_model
    assert list(model.columns)[-4:] == OWN
    assert model.estimator.directions["parcel_word_s"] == 1
    assert model.estimator.directions["parcel_mood"] == -1
    lines = forestall.dictionary(model.families).filter(pl.col("family") == "parcel")
    assert lines["column"].to_list() == OWN
    assert lines["description"][0] == "Seconds until staff wrote."
    told = forestall.read_tables(made.data)
    reasons = made.model.score(told, reasons=True)["reasons"].explode().struct.unnest()
    own = reasons.filter(pl.col("feature") == "parcel_mood")
    assert own.height
    assert set(own["family"]) == {"service"}
    assert own["text"].str.starts_with("a mood of ").all()
    assert made.model.spec.context.read == {"weight_kg": "number", "shelf_n": "number"}


def test_its_contributions_are_those_of_the_family_that_it_names(made: Made) -> None:
    model = made.model.risk_model
    scores = made.model.score(forestall.read_tables(made.data), reasons=True)
    names = [name for name in scores.columns if name.startswith("contribution_")]
    assert names[-2:] == ["contribution_context", "contribution_base"]
    table = model.features(forestall.read_tables(made.data)).select(list(model.columns))
    alone = model.estimator.contributions(table)
    service = [place for place, (group, _) in enumerate(model.columns.values()) if group == "service"]
    assert len(service) > len(OWN)
    sums = alone[:, service].sum(axis=1)
    is_whole = scores["data_quality"] == "ok"
    gap = (scores["contribution_service"] - pl.Series(sums)).filter(is_whole).abs().max()
    assert gap < 1e-9
    assert scores["contribution_context"].filter(is_whole).abs().max() == 0


def test_the_text_and_its_digest_are_in_the_package_and_in_the_card(made: Made) -> None:
    folder = Path(made.package) / "artifacts" / "risk_model"
    assert (folder / "my_company.features.py").read_text() == MODULE
    assert "my_company.features.py" in json.loads((folder / "digests.json").read_text())
    (module,) = made.model.risk_model.own_features.modules
    assert module.digest == json.loads((folder / "model.json").read_text())["own_features"][0]["sha256"]
    cards = [file.read_text() for file in made.folder.rglob("MODEL_CARD.md")]
    assert cards
    assert all("parcel_shelf" not in one or module.digest[:12] in one for one in cards)
    assert any("Shelf, once served." in one for one in cards)
    assert not list(Path(made.package).rglob("*.pkl"))


@pytest.mark.parametrize("file", ["my_company.features.py", "model.json"])
def test_a_package_with_another_text_or_other_declarations_is_refused(
    made: Made, tmp_path: Path, file: str
) -> None:
    package = tmp_path / "package"
    shutil.copytree(made.package, package)
    changed = package / "artifacts" / "risk_model" / file
    changed.write_text(changed.read_text().replace("Seconds until staff wrote", "Seconds until now"))
    with pytest.raises(RegistryError, match=file):
        load(str(package))
    # whoever corrects digests.json too has still to match the digest beside the declarations
    if file.endswith(".py"):
        with pytest.raises(FeatureError, match="must be the text that the model was trained with"):
            RiskModel.load(changed.parent)


def test_a_fresh_process_without_the_module_scores_the_same(
    made: Made, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Batch, a job of the command line, and MLflow's own interface."""
    (tmp_path / "records.json").write_text(json.dumps(records))
    code = """
import importlib.util, json, sys
import forestall, mlflow, pandas, polars
assert importlib.util.find_spec("my_company") is None
from forestall.cli import main
assert main(["--quiet", "score", PACKAGE, DATA, "--output", "out"]) == 0
records = json.load(open("records.json"))
flat = [{k: json.dumps(v) if isinstance(v, (list, dict)) else v for k, v in one.items()} for one in records]
frame = pandas.DataFrame(flat)
answer = mlflow.pyfunc.load_model(PACKAGE).predict(frame)
json.dump(answer["dissatisfaction_risk"].tolist(), open("answer.json", "w"))
"""
    code = code.replace("PACKAGE", repr(made.package)).replace("DATA", repr(str(made.data)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    scores = made.model.score(forestall.read_tables(made.data)).select(
        "interaction_id", "dissatisfaction_risk"
    )
    written = pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").select(scores.columns)
    assert written.sort("interaction_id").equals(scores.sort("interaction_id"), null_equal=True)
    names = pl.DataFrame({"interaction_id": [one["interaction_id"] for one in records]})
    expected = names.join(scores, on="interaction_id", how="left", maintain_order="left")
    assert json.loads((tmp_path / "answer.json").read_text()) == expected["dissatisfaction_risk"].to_list()


def test_a_record_over_http_has_the_risk_of_the_batch(
    made: Made, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    expected = made.model.score(records)["dissatisfaction_risk"].to_list()
    assert len(set(expected)) > 20
    with forestall_serve(made.package, f"sqlite:///{made.folder}/mlflow.db", tmp_path / "log") as server:
        answer = server.score(records, reasons=True)
        assert answer.status == 200
        assert answer.risks == expected
        described = {one["name"]: one for one in server.get("/model").json["features"]}
    assert described["parcel_mood"]["description"] == "Mood that the till noted last."


def test_a_job_in_parts_and_features_of_a_model_have_the_same_values(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = forestall.read_tables(made.data)
    monkeypatch.setattr("forestall.streaming.source.PART_INTERACTIONS", 600)
    uri = f"sqlite:///{made.folder}/mlflow.db"
    forestall.score(made.package, made.data, output=tmp_path / "out", tracking_uri=uri)
    scores = made.model.score(tables).select("interaction_id", "dissatisfaction_risk").sort("interaction_id")
    written = pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").select(scores.columns)
    assert len(list((tmp_path / "out" / "scores").iterdir())) > 1
    assert written.sort("interaction_id").equals(scores, null_equal=True)
    write_features(made.data, tmp_path / "table.parquet", model=made.package, tracking_uri=uri)
    own = pl.read_parquet(tmp_path / "table.parquet").sort("interaction_id").select(OWN)
    assert own.equals(made.model.features(tables).sort("interaction_id").select(OWN), null_equal=True)


def test_spark_scores_the_same(made: Made, spark: Any, tmp_path: Path) -> None:
    uri = f"sqlite:///{made.folder}/mlflow.db"
    for engine in ("local", "spark"):
        forestall.score(made.package, made.data, output=tmp_path / engine, engine=engine, tracking_uri=uri)
    here, there = (
        pl.read_parquet(tmp_path / engine / "scores" / "*.parquet")
        .sort("interaction_id")
        .drop("scored_at", "run_id")
        for engine in ("local", "spark")
    )
    assert here.equals(there, null_equal=True)


def test_two_versions_of_a_module_do_not_mix(made: Made, tmp_path: Path) -> None:
    """A model with another version of the module, in the same process: each has its own declarations."""
    other = tmp_path / "risk_model"
    shutil.copytree(Path(made.package) / "artifacts" / "risk_model", other)
    content = json.loads((other / "model.json").read_text())
    (module,) = content["own_features"]
    (price,) = [one for one in module["terms"] if one.get("column") == "price"]
    price["column"] = "customer_value"
    (other / "model.json").write_text(json.dumps(content))
    tables = forestall.read_tables(made.data)
    changed, first = RiskModel.load(other).features(tables), made.model.features(tables)
    assert not changed["parcel_per_kg"].equals(first["parcel_per_kg"])
    assert made.model.features(tables)["parcel_per_kg"].equals(first["parcel_per_kg"])
    assert changed["parcel_mood"].equals(first["parcel_mood"], null_equal=True)


@pytest.fixture
def refused(tmp_path: Path, made: Made) -> Any:
    """Give what trains with another text of the module, which must be refused before anything is learnt."""

    def train(text: str) -> str:
        (tmp_path / "model.yaml").write_text(SPEC.replace("my_company.features", "other"))
        (tmp_path / "other.py").write_text(text)
        with pytest.raises(FeatureError) as error:
            forestall.train(
                made.data, tmp_path, tracking_uri=f"sqlite:///{tmp_path}/mlflow.db", allow_small=True
            )
        return str(error.value)

    return train


def test_a_feature_that_leaks_is_refused_with_the_fact_that_it_took(refused: Any) -> None:
    leaking = MODULE.replace('only_if(has_happened("served"), number("shelf_n"))', 'number("shelf_n")')
    assert leaking != MODULE
    said = refused(leaking)
    begin = "the feature parcel_shelf takes the column 'shelf_n' from after the moment: it is known only from the first event 'served' on"  # noqa: E501
    assert said.startswith(begin)
    assert "read it once it is known: only_if(has_happened('served'), number('shelf_n'))" in said


def test_a_feature_that_reads_the_wall_clock_is_refused(refused: Any) -> None:
    said = refused(
        "import time\nfrom forestall.feature_terms import START, Family, Feature\n\n"
        "NOW = time.time() * 1e6\n"
        'AGE = Family("age", "Age.", [Feature("now_s", (NOW - START) / 1e6, "Age.", 1, "{value} old")])\n'
    )
    assert said.startswith("other, line 1: the feature now_s: imports time, which reads the wall clock")
    assert "the time of a moment is AS_OF" in said
