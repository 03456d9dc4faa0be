"""Promotion on rows that no model has seen, in both kinds of comparison, and the way back."""

from datetime import timedelta

import polars as pl
import pytest

from forestall.data import Tables, read_tables
from forestall.data.simulate import simulate
from forestall.jobs.promote import promote, rollback
from forestall.jobs.record import DATA_DIGEST, DATA_PATH
from forestall.jobs.train import train
from forestall.registry import RegistryError, load
from forestall.registry.aliases import by_alias, by_number
from forestall.registry.environment import OtherCodeError
from forestall.registry.registering import register_challenger
from forestall.registry.tracking import connect
from workshop import QUICK_MODEL, Work

NAME = "rival-risk"


@pytest.fixture(scope="module")
def weak(work: Work, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the version of a model that knows the customers' history alone."""
    folder = tmp_path_factory.mktemp("weak")
    text = QUICK_MODEL.replace("quick-risk", NAME) + "families: [history]\n"
    (folder / "model.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work.folder)
        report = train(work.data, folder, tracking_uri=work.tracking_uri)
    assert report.version is not None
    return report.version


def again(work: Work, **tags: str) -> str:
    """Register the model of the work's run once more under the rival's name; give its version."""
    client = connect(work.tracking_uri)
    known = client.get_run(work.report.run_id).data.tags
    own = {key: value for key, value in known.items() if key.startswith("forestall.")}
    return register_challenger(client, f"runs:/{work.report.run_id}/model", NAME, own | tags).version


def champion_of(work: Work) -> str | None:
    found = by_alias(connect(work.tracking_uri), NAME, "champion")
    return found.version if found else None


@pytest.fixture
def champion(work: Work) -> str:
    """Give the version of a champion as good as the work's."""
    client = connect(work.tracking_uri)
    version = again(work)
    client.set_registered_model_alias(NAME, "champion", version)
    return version


def test_the_first_version_passed_on_its_run_alone(work: Work) -> None:
    assert work.gate.passed
    assert work.gate.moved
    assert work.gate.champion is None
    assert work.gate.compared_on == "the twin of the version, on the test part of its run"
    run = connect(work.tracking_uri).get_run(work.report.run_id)
    assert run.data.tags["forestall.gate"] == "passed"
    assert run.data.metrics["gate/gain_over_base_rate_low"] > 0


def test_a_version_as_good_as_the_champion_takes_its_place(work: Work, champion: str) -> None:
    new = again(work)
    dry = promote(NAME, version=new, dry_run=True, tracking_uri=work.tracking_uri)
    assert (dry.passed, dry.moved, champion_of(work)) == (True, False, champion)
    result = promote(NAME, tracking_uri=work.tracking_uri)
    assert (result.version, result.champion, result.moved) == (new, champion, True)
    assert "starts after" in result.compared_on
    assert rollback(NAME, tracking_uri=work.tracking_uri) == {
        "name": NAME,
        "champion": champion,
        "previous": new,
    }


def test_a_version_worse_than_the_champion_stays_outside(work: Work, champion: str, weak: str) -> None:
    result = promote(NAME, version=weak, tracking_uri=work.tracking_uri)
    failed = [check.check for check in result.checks if not check.passed]
    assert "gain_over_champion_high" in failed
    assert (result.moved, champion_of(work)) == (False, champion)
    tags = by_number(connect(work.tracking_uri), NAME, weak).tags
    assert tags["forestall.gate"] == "not passed"


def later(work: Work, days: int) -> Tables:
    """Give other customers of the same company, so many days later."""
    folder = work.folder / f"later-{days}"
    if not folder.exists():
        simulate(folder, 2500, seed=5)
    tables = read_tables(folder)
    by = timedelta(days=days)
    columns = [name for name, kind in tables.interactions.schema.items() if kind == pl.Datetime("us", "UTC")]
    return Tables(
        interactions=tables.interactions.with_columns(pl.col(columns) + by),
        events=tables.events.with_columns(pl.col("at") + by),
        feedback=tables.feedback.with_columns(pl.col("rated_at") + by),
    )


def test_newer_data_are_for_the_versions_themselves(work: Work, champion: str) -> None:
    new = again(work)
    result = promote(NAME, version=new, data=later(work, 700), tracking_uri=work.tracking_uri)
    assert result.passed
    assert result.compared_on.startswith(
        "the versions themselves, on the rows of the data given that start after"
    )


def test_a_champion_of_other_code_is_compared_as_it_answered(
    work: Work, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the code it cannot be run here; its twin's answers are in its run."""

    def load_here(uri: str, tracking_uri: str) -> object:
        if uri.endswith("/twin"):
            raise OtherCodeError("made with other code")
        return load(uri, tracking_uri)

    monkeypatch.setattr("forestall.jobs.promote.load", load_here)
    result = promote(NAME, version=again(work), tracking_uri=work.tracking_uri)
    assert result.compared_on.endswith(f"as version {champion} answered them: it was made with other code")
    figures = {check.check: check.figure for check in result.checks}
    assert figures["n_compared"] > 100
    assert figures["gain_over_champion_high"] == pytest.approx(0, abs=1e-9)
    assert result.passed


def test_data_that_are_neither_newer_nor_the_runs_own_are_refused(work: Work, champion: str) -> None:
    new = again(work)
    with pytest.raises(RegistryError, match="are not those that version"):
        promote(NAME, version=new, data=later(work, 0), tracking_uri=work.tracking_uri)
    assert champion_of(work) == champion


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({DATA_PATH: ""}, "learnt from tables in memory"),
        ({DATA_PATH: "/no/such/folder"}, "are no longer at"),
        ({DATA_DIGEST: "0" * 64}, "by digest"),
    ],
)
def test_data_that_are_gone_or_changed_are_said(
    work: Work, champion: str, tags: dict[str, str], said: str
) -> None:
    new = again(work, **tags)
    with pytest.raises(RegistryError, match=said):
        promote(NAME, version=new, tracking_uri=work.tracking_uri)


def test_the_report_of_a_training_from_memory(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a notebook does: frames in, a report out; nothing registered when that is not wanted."""
    monkeypatch.chdir(work.folder)
    tables = read_tables(work.data)
    report = train(tables, work.model, register=False, experiment="notebook", tracking_uri=work.tracking_uri)
    assert report.version is None
    assert report.metrics["auc"] == work.report.metrics["auc"]  # the same data and seed, the same model
    assert report.html.startswith("<!")
    assert "What the model looks at" in report.html
    run = connect(work.tracking_uri).get_run(report.run_id)
    assert run.data.tags[DATA_PATH] == ""
    assert run.data.tags[DATA_DIGEST] == tables.digest()
