"""The command: what it answers, with which exit code, and how it says what is wrong."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.cli.output import Steps, logging_to_stderr
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.registry.tracking import connect
from workshop import Run, Work, error_of, spoil

# ---- help and usage


def test_help_comes_at_once_and_names_every_command() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    words = [sys.executable, "-c", "from forestall.cli import main; raise SystemExit(main(['--help']))"]
    said = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.7
    assert re.findall(r"^  (\w+) ", said.partition("Commands:")[2], re.MULTILINE) == [
        *("simulate", "import", "check", "features"),
        *("train", "promote", "rollback", "evaluate", "score", "explain", "monitor", "serve"),
    ]


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from forestall.cli import main; main(['--help']);"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert not {"polars", "pandas", "mlflow", "lightgbm", "sklearn", "numpy"} & set(done.stderr.split())


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"forestall {forestall.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], "No such command 'nope'"),
        (["train", "data"], "Missing option '--model'"),
        (["check"], "Missing argument"),
        (["check", "data", "--max-rejected", "2"], "'--max-rejected'"),
        (["score", "m", "data", "--output", "o", "--format", "xml"], "'--format'"),
        (["features", "data", "--output", "f.txt"], "must be a .parquet or .csv file"),
        (["features", "data", "--output", "f.csv", "--all"], "give a time with it"),
        (["score", "nowhere", "data", "--output", "o"], "MODEL_URI must be"),
        (["import", "nowhere.yaml", "x.csv", "--output", "o"], "nowhere.yaml does not exist"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(
    run: Run, words: list[str], said: str, tmp_path: Path
) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert said in error_of(err)
    assert list(tmp_path.iterdir()) == []


def test_how_far_a_step_is_goes_to_stderr_and_on_a_terminal_as_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        with logging_to_stderr(), Steps() as steps:
            steps("trying")
            steps.advance(1, 2, "best 0.4")
            steps.advance(2, 2, "best 0.3")
        out, err = capsys.readouterr()
        assert out == ""
        return err

    assert said() == "… trying\n  1 of 2: best 0.4\n  2 of 2: best 0.3\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    on_terminal = said()
    assert "2/2" in on_terminal
    assert "best 0.3" in on_terminal
    assert "✓ trying" in on_terminal


def test_an_unforeseen_error_is_one_line_and_a_traceback_only_when_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of Mrs Botha")

    monkeypatch.setattr("forestall.jobs.simulate.write_simulated", fail)
    code, _, err = run("simulate", "out")
    assert code == 1
    assert re.search(r"ZeroDivisionError at test_cli.py:\d+; run `forestall --debug …`", error_of(err))
    assert "Botha" not in err  # its words may be a customer's
    assert "Traceback" in run("--debug", "simulate", "out")[2]


def test_an_interrupt_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forestall.jobs.simulate.write_simulated", interrupt)
    code, _, err = run("simulate", "out")
    assert code == 130
    assert error_of(err) == "error: interrupted"


def test_a_reader_that_goes_away_is_no_error(company: Path) -> None:
    script = "from forestall.cli import main; raise SystemExit(main())"
    command = f"{sys.executable} -c '{script}' check {company} --format json"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"], check=True, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


# ---- data


def test_simulate_and_check(run: Run) -> None:
    code, out, err = run("simulate", "data", "--interactions", 200, "--seed", 3, "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"]["interactions"] == 200
    assert "simulating 200 interactions" in err
    assert run("-q", "check", "data")[2] == ""
    code, out, _ = run("check", "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"]["interactions"] == 200


def test_import_by_a_mapping(run: Run, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("id,when,stars\na,2026-03-02 09:00,5\nb,2026-03-02 10:00,1\n")
    (tmp_path / "map.yaml").write_text(
        "timezone: Europe/Copenhagen\n"
        "interactions: {interaction_id: id, started_at: {column: when, format: '%Y-%m-%d %H:%M'}}\n"
        "events: [{kind: arrived, at: {column: when, format: '%Y-%m-%d %H:%M'}}]\n"
        "feedback: {rating: stars}\n"
    )
    code, out, _ = run("import", "map.yaml", "calls.csv", "--output", "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"] == {"interactions": 2, "events": 2, "feedback": 2}
    assert run("check", "data")[0] == 0


def test_features_of_moments_in_each_way(run: Run, work: Work, tmp_path: Path) -> None:
    assert run("features", work.data, "--output", "last.parquet")[0] == 0
    last = pl.read_parquet(tmp_path / "last.parquet")
    last.select("interaction_id", "as_of").head(7).write_csv(tmp_path / "moments.csv")
    assert run("features", work.data, "--output", "chosen.csv", "--moments", "moments.csv")[0] == 0
    chosen = pl.read_csv(tmp_path / "chosen.csv", infer_schema=False)
    assert chosen["interaction_id"].to_list() == last["interaction_id"].head(7).to_list()
    noon = ["--as-of", "2026-02-02T12:00:00Z", "--all"]
    model = ["--model", work.champion, "--tracking-uri", work.tracking_uri]
    assert run("features", work.data, "--output", "noon.parquet", *noon, *model)[0] == 0
    noon_table = pl.read_parquet(tmp_path / "noon.parquet")
    assert (
        noon_table["as_of"].max() <= pl.Series(["2026-02-02T12:00:00Z"]).str.to_datetime(time_zone="UTC")[0]
    )
    assert 0 < noon_table.height < last.height


def test_moments_of_unknown_interactions_are_refused(run: Run, company: Path, tmp_path: Path) -> None:
    (tmp_path / "moments.csv").write_text("interaction_id,as_of\nnobody,2026-03-02T09:00:00Z\n")
    code, _, err = run("features", company, "--output", "f.csv", "--moments", "moments.csv")
    assert code == 1
    assert "1 moments of interactions that are not in the data" in error_of(err)
    (tmp_path / "moments.csv").write_text("interaction,as_of\nnobody,2026-03-02T09:00:00Z\n")
    code, _, err = run("features", company, "--output", "f.csv", "--moments", "moments.csv")
    assert "did you mean 'interaction'?" in error_of(err)
    assert not (tmp_path / "f.csv").exists()


# ---- models


def test_score_writes_every_column_and_a_summary_that_adds_up(run: Run, work: Work, tmp_path: Path) -> None:
    words = ["score", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--format", "json"]
    code, out, _ = run(*words, "--output", "out", "--reasons")
    assert code == 0
    scores = pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet")
    assert scores.schema == SCORE_SCHEMA
    assert scores["reasons"].null_count() == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary.items() <= json.loads(out).items()
    assert summary["rows_in"] == summary["scored"] + summary["abstained"] + summary["rejected"] == 5000
    assert summary["model_version"] == "1"
    assert scores["run_id"].unique().to_list() == [summary["run_id"]]


def test_the_same_job_twice_gives_the_same_scores_in_the_same_place(
    run: Run, work: Work, tmp_path: Path
) -> None:
    words = ["score", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--output", "out"]
    frames = []
    for _ in range(2):
        assert run(*words)[0] == 0
        frames.append(pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").drop("scored_at"))
    assert frames[0].equals(frames[1])
    code, _, err = run(*words, "--as-of", "2026-02-02T12:00", "--all")
    assert code == 2
    assert "choose another --output, or remove them (a scoring job replaces them by --run-id" in error_of(err)
    assert pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").drop("scored_at").equals(frames[0])


def test_rejected_rows_are_beside_the_scores_and_counted(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(
        work.data,
        tmp_path / "data",
        events=lambda f: pl.concat([f, f.head(9).with_columns(kind=pl.lit("?!"))]),
    )
    words = ["score", work.champion, "data", "--tracking-uri", work.tracking_uri, "--output", "out"]
    assert run(*words)[0] == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["rejected"], summary["rejected_events"]) == (0, 9)
    assert (
        pl.read_parquet(tmp_path / "out" / "rejected" / "events.parquet")["rule"].to_list()
        == ["kind_is_no_word"] * 9
    )


def test_explain_tells_one_interaction_from_its_start_to_its_end(run: Run, work: Work) -> None:
    events = pl.read_parquet(work.data / "events.parquet")
    longest = events["interaction_id"].value_counts(sort=True)["interaction_id"][0]
    words = ["explain", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--interaction"]
    code, out, _ = run(*words, longest, "--format", "json")
    assert code == 0
    moments = json.loads(out)["moments"]
    assert len(moments) > 5
    assert moments == sorted(moments, key=lambda moment: moment["as_of"])
    assert all(0 < moment["dissatisfaction_risk"] < 1 for moment in moments)
    danish = json.loads(run(*words, longest, "--format", "json", "--language", "da")[1])["moments"]
    for told, other in zip(danish, moments, strict=True):
        assert told["dissatisfaction_risk"] == other["dissatisfaction_risk"]
    texts, theirs = ([one["text"] for one in told[-1]["reasons"]] for told in (moments, danish))
    assert len(texts) == len(theirs) > 0
    assert not set(texts) & set(theirs)
    assert "; ".join(texts) in run(*words, longest)[1]
    code, _, err = run(*words, longest, "--language", "tlh")
    assert code == 2
    assert "language must be one of af, da, en" in error_of(err)
    code, _, err = run(*words, "nobody")
    assert code == 1
    assert "--interaction must be an interaction_id" in error_of(err)


def test_evaluate_says_what_it_may_have_seen_and_what_it_rejected(
    run: Run, work: Work, tmp_path: Path
) -> None:
    spoil(work.data, tmp_path / "data", interactions=lambda frame: pl.concat([frame, frame.head(9)]))
    words = ["evaluate", work.champion, "data", "--tracking-uri", work.tracking_uri, "--output", "out"]
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    summary = json.loads(out)
    assert (summary["rejected"], summary["rejected_by_rule"]["interactions"]["duplicate_key"]) == (9, 9)
    assert pl.read_parquet("out/rejected/interactions.parquet").height == 9
    page = (tmp_path / "out" / "report.html").read_text()
    assert "interactions that the model may have learnt from" in page
    assert "had not seen" not in page


def test_evaluate_on_other_data(run: Run, work: Work, tmp_path: Path) -> None:
    forestall.simulate(tmp_path / "other", interactions=1500, seed=9)
    words = ["evaluate", work.champion, "other", "--tracking-uri", work.tracking_uri, "--output", "out"]
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("report.html", "evaluation.json", "predictions.parquet", "summary.json")
    }
    metrics = json.loads(out)["metrics"]
    assert metrics["auc"] > 0.6
    assert metrics["truth/auc"] > metrics["auc"] - 0.05


def test_a_deep_evaluation_fits_without_each_family(run: Run, work: Work, tmp_path: Path) -> None:
    words = [
        "evaluate",
        work.champion,
        work.data,
        "--tracking-uri",
        work.tracking_uri,
        "--output",
        "out",
        "--deep",
    ]
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    metrics = json.loads(out)["metrics"]
    losses = {
        name: metrics[f"family/{name}/loss"] for name in ("service", "quality", "greeting", "resolution")
    }
    assert max(losses, key=lambda name: losses[name]) == "resolution"
    assert "by what a training without it loses" in (tmp_path / "out" / "report.html").read_text()


def test_monitor_ends_with_3_for_retraining_and_4_for_repair(run: Run, work: Work, tmp_path: Path) -> None:
    assert run("simulate", "now", "--interactions", 1500, "--seed", 2)[0] == 0
    store = ["--tracking-uri", work.tracking_uri]
    assert run("score", work.champion, "now", *store, "--output", "nights/one", "--contacts", 5)[0] == 0
    words = ["monitor", work.champion, "--reference", work.data, "--scores", "nights", *store]
    code, out, _ = run(*words, "--current", "now", "--output", "out")
    assert code == 0
    spoil(tmp_path / "now", tmp_path / "worse", feedback=lambda frame: frame.with_columns(rating=pl.lit(1.0)))
    code, out, _ = run(*words, "--current", "worse", "--output", "out2", "--format", "json")
    said = json.loads(out)
    assert code == 3
    assert said["retraining_due"] is True
    assert any(reason.startswith("mean_risk_off must be at most") for reason in said["reasons"])
    assert (tmp_path / "out2" / "report.html").read_text().startswith("<!doctype html>")
    code, _, err = run(*words, "--current", "worse", "--output", "out")
    assert code == 2
    assert "holds the results of run" in error_of(err)
    spoil(
        tmp_path / "now",
        tmp_path / "lost",
        interactions=lambda frame: frame.drop("channel"),
        events=lambda frame: frame.filter(pl.col("kind") != "greeted"),
    )
    code, out, _ = run(*words, "--current", "lost", "--output", "out4", "--format", "json")
    said = json.loads(out)
    assert (code, said["retraining_due"], said["repair_due"]) == (4, False, True)
    code, _, err = run(*words, "--current", work.data, "--output", "out3")
    assert code == 1
    assert "must hold interactions that the reference has not" in error_of(err)
    assert not (tmp_path / "out3").exists()


def test_an_experiment_that_was_deleted_is_refused_before_any_work(
    run: Run, work: Work, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/mlflow.db"
    client = connect(store)
    client.delete_experiment(client.create_experiment("old"))
    words = ["train", work.data, "--model", work.model, "--tracking-uri", store]
    code, out, err = run(*words, "--experiment-name", "old")
    assert (code, out) == (1, "")
    assert "the experiment old must be active; it was deleted" in error_of(err)
    assert "reading the tables" not in err


def test_promote_and_rollback_answer_with_their_checks(run: Run, work: Work) -> None:
    store = ["--name", "quick-risk", "--tracking-uri", work.tracking_uri, "--format", "json"]
    code, out, _ = run("promote", *store, "--version", 1)
    assert (code, json.loads(out)["compared_on"]) == (0, "it is champion already")
    code, out, err = run("rollback", *store)
    assert (code, out) == (1, "")
    assert "no version with the alias 'previous'" in error_of(err)
    code, _, err = run("promote", *store, "--version", 77)
    assert code == 1
    assert "has no version 77; versions: 1" in error_of(err)


def test_too_little_data_is_refused_and_an_experimental_version_never_promoted(
    run: Run, work: Work, tmp_path: Path
) -> None:
    run("simulate", "small", "--interactions", 900)
    words = ["train", "small", "--model", work.model]
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert "at least 300 labelled interactions with 50 dissatisfied are needed" in error_of(err)
    assert connect(f"sqlite:///{tmp_path}/mlflow.db").search_registered_models() == []
    code, out, _ = run(*words, "--allow-small", "--format", "json")
    assert code == 0
    assert json.loads(out)["is_experimental"] is True
    code, out, _ = run("promote", "--format", "json")
    assert code == 3
    verdict = json.loads(out)
    assert verdict["passed"] is verdict["moved"] is False
    (first,) = [check for check in verdict["checks"] if check["check"] == "is_experimental"]
    assert (first["figure"], first["must"], first["bound"], first["passed"]) == (1, "be", 0, False)
    code, _, err = run("score", "models:/quick-risk@champion", "small", "--output", "out")
    assert code == 1
    assert "no version with the alias 'champion'" in error_of(err)
    assert not (tmp_path / "out").exists()


def test_the_installed_command_runs_on_its_own(company: Path, tmp_path: Path) -> None:
    """One run as a user's shell has it: a process of its own, results alone on stdout."""
    script = "from forestall.cli import main; raise SystemExit(main())"
    words = [sys.executable, "-c", script, "check", str(company), "--format", "json"]
    done = subprocess.run(words, check=True, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["rows"]["interactions"] == 5000
    assert "tables: rows kept" in done.stderr
