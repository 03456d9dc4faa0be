"""The mappings of public event logs give as many cases and events as a count with pandas on the same files."""

import gzip
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from forestall.data import Tables
from forestall.importing.readers import read_files
from forestall.training.labelled_moments import labelled_moments
from ready_import import kinds_of, rows_are_accounted_for, run, train


def log_of(file: Path) -> pd.DataFrame:
    """Return the attributes of each event of an XES file and its case, read by another parser."""
    rows, case = [], ""
    with gzip.open(file) as content:
        for _, element in ElementTree.iterparse(content):
            name = element.tag.rpartition("}")[2]
            if name == "event":
                rows.append({one.get("key"): one.get("value") for one in element})
            elif name == "trace":
                case = next(one.get("value") for one in element if one.get("key") == "concept:name")
                for row in reversed(rows):
                    if "case" in row:
                        break
                    row["case"] = case
                element.clear()
    return pd.DataFrame(rows)


def mean_risk_and_share(model: str, tables: Tables, n: int = 3000) -> tuple[float, float, int]:
    """Return the mean risk of a ready model on some interactions, the label's share, and the number of risks."""
    step = max(1, tables.interactions.height // n)
    own = tables.interactions.sort("started_at", "interaction_id").gather_every(step)
    events = tables.events.join(own, on="interaction_id", how="semi", maintain_order="left")
    rated = tables.feedback.join(own, on="interaction_id", how="semi", maintain_order="left")
    some = tables.replace(interactions=own, events=events, feedback=rated)
    trained = train(model, some)
    moments, _ = labelled_moments(some, trained.spec)
    risks = trained.score(some, moments=moments.select("interaction_id", "as_of"))["dissatisfaction_risk"]
    # a moment before the first event of its interaction has no risk
    is_scored = risks.is_not_null()
    assert is_scored.mean() > 0.8
    risks, moments = risks.filter(is_scored), moments.filter(is_scored)
    weight = moments["weight"].to_numpy()
    means = (float(np.average(values.to_numpy(), weights=weight)) for values in (risks, moments["label"]))
    return *means, risks.n_unique()


SOURCES = {
    "deepcsat": "deepcsat/tickets.csv",
    "itsm": "itsm/tickets.csv",
    "incidents": "incidents/incident_event_log.parquet",
}


@pytest.mark.slow
@pytest.mark.parametrize("model", SOURCES)
def test_its_model_learns_from_them(model: str, real_data: Path) -> None:
    risk, share, n_risks = mean_risk_and_share(model, run(model, real_data / SOURCES[model]))
    assert risk == pytest.approx(share, abs=0.05)
    assert n_risks > 20


def lost(tables: Tables) -> int:
    return tables.rejections.count("events")


def test_helpdesk(real_data: Path) -> None:
    file = real_data / "helpdesk" / "helpdesk.xes.gz"
    tables, log = run("helpdesk", file), log_of(file)
    counted = log["concept:name"].value_counts()
    assert tables.interactions.height == log["case"].nunique()
    assert tables.events.height + lost(tables) == len(log)
    kinds = kinds_of(tables)
    assert kinds["served"] == counted["Take in charge ticket"]
    assert kinds["resolved"] == counted["Resolve ticket"] + counted["RESOLVED"]
    assert kinds["closed"] == counted["Closed"]


def test_any_xes_log_needs_no_mapping_of_its_own(real_data: Path) -> None:
    file = real_data / "helpdesk" / "helpdesk.xes.gz"
    tables, log = run("xes", file), log_of(file)
    words = log["concept:name"].str.lower().str.replace(" ", "_").value_counts()
    assert kinds_of(tables) == words.to_dict()


def test_bpi2013_incidents(real_data: Path) -> None:
    file = real_data / "logs" / "bpi2013_incidents.xes.gz"
    tables, log = run("bpi2013_incidents", file), log_of(file)
    log["time"] = pd.to_datetime(log["time:timestamp"], utc=True, format="ISO8601")
    status = log.sort_values("time", kind="stable")["lifecycle:transition"]
    before = status.groupby(log["case"]).shift()
    assert tables.interactions.height == log["case"].nunique()
    assert tables.events.height + lost(tables) == (log["lifecycle:transition"] != "Unmatched").sum()
    kinds = kinds_of(tables)
    assert kinds["reopened"] == ((before == "Resolved") & (status == "In Progress")).sum()
    assert kinds["resolved"] == ((status == "Resolved") & (before != "Resolved")).sum()
    assert kinds["updated"] == ((status == before) & (status != "Unmatched")).sum()


def test_road_fines(real_data: Path) -> None:
    file = real_data / "logs" / "road_fines.xes.gz"
    tables = run("road_fines", file)
    log = read_files([file]).frame.select("case:concept:name", "concept:name", "paymentAmount").to_pandas()
    counted = log["concept:name"].value_counts()
    assert tables.interactions.height == log["case:concept:name"].nunique()
    assert tables.events.height + lost(tables) == len(log)
    kinds = kinds_of(tables)
    assert kinds["complained"] == counted["Insert Date Appeal to Prefecture"] + counted["Appeal to Judge"]
    assert tables.events["value"].sum() == pytest.approx(pd.to_numeric(log["paymentAmount"]).sum())
    risk, share, n_risks = mean_risk_and_share("road_fines", tables)
    assert risk == pytest.approx(share, abs=0.05)
    assert n_risks > 20


def test_incidents(real_data: Path) -> None:
    file = real_data / "incidents" / "incident_event_log.parquet"
    tables, log = run("incidents", file), pd.read_parquet(file)
    log = log.sort_values("sys_updated_at", kind="stable")
    state, before = log["ident_state"], log.groupby("number")["ident_state"].shift()
    assert tables.interactions.height == log["number"].nunique()
    assert tables.events.height + lost(tables) == (state != "-100").sum()
    # a handful of updates are written before the incident was opened
    assert tables.rejections.counts() == {"events": {"event_before_start": 5}}
    kinds = kinds_of(tables)
    reopened = (before == "Resolved") & state.isin(["Active", "New", "Awaiting User Info"])
    assert kinds["reopened"] == reopened.sum()
    assert kinds["closed"] == ((state == "Closed") & (before != "Closed")).sum()
    # the value that was known when the incident closed
    closing = log[state == "Closed"].groupby("number").head(1).set_index("number")["closed_code"]
    closing = pd.to_numeric(closing, errors="coerce").dropna()
    kept = tables.interactions.select("interaction_id", "closed_code").drop_nulls()
    assert {int(key): float(code) for key, code in kept.iter_rows()} == closing.to_dict()


def test_deepcsat(real_data: Path) -> None:
    file = real_data / "deepcsat" / "tickets.csv"
    tables, rows = run("deepcsat", file), pd.read_csv(file)
    assert rows_are_accounted_for(tables)
    assert tables.interactions.height == rows["Unique id"].nunique()
    assert (
        tables.events.height + lost(tables)
        == rows["Issue_reported at"].count() + rows["issue_responded"].count()
    )
    assert tables.feedback.height + tables.rejections.count("feedback") == rows["CSAT Score"].count()
    assert tables.feedback["rating"].mean() == pytest.approx(rows["CSAT Score"].mean(), abs=0.02)


def test_itsm(real_data: Path) -> None:
    file = real_data / "itsm" / "tickets.csv"
    tables, rows = run("itsm", file), pd.read_csv(file)
    assert rows_are_accounted_for(tables)
    assert tables.interactions.height == len(rows)
    # raised, resolved and closed in each row, and passed on as often as the row says
    counts = (
        3 * len(rows) + rows["self_service"].sum() + rows["reassignment_count"].sum() + rows["reopened"].sum()
    )
    assert tables.events.height + lost(tables) == counts
    assert tables.feedback.height == rows["user_dissatisfied"].count()
