"""The data report finds the known traps of real data sets."""

import pytest

import forestall

LOG = 'event_log: {case: "case:concept:name", activity: "concept:name", timestamp: "time:timestamp"}\n'


def check(folder, mapping, source, **more):
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    forestall.import_records(folder / "mapping.yaml", source, output=folder / "data")
    return forestall.check(folder / "data", output=folder / "out", **more)


def test_remarks_written_with_the_survey_are_a_leak_and_are_not_shown(real_data, tmp_path, pytestconfig):
    root = pytestconfig.rootpath
    mapping = (root / "pipelines" / "mappings" / "deepcsat.yaml").read_text(encoding="utf-8")
    kept = mapping.replace("never: [Customer Remarks, ", "never: [").replace(
        "keep: [", "keep: [Customer Remarks, "
    )
    source = real_data / "deepcsat" / "tickets.csv"
    result = check(tmp_path, kept, source, model=root / "models" / "deepcsat")
    (leak,) = [one for one in result.report.leaks.leaks if one.name == "Customer Remarks"]
    assert leak.auc_low > 0.75
    assert "alone" in leak.reasons
    (finding,) = [one for one in result.findings if "Customer Remarks" in one.found]
    assert finding.line == "never: [Customer Remarks]"
    remarks = forestall.read_tables(tmp_path / "data").interactions["Customer Remarks"].drop_nulls()
    long = remarks.filter(remarks.str.len_chars() > 30).to_list()
    page = (tmp_path / "out" / "data_report.html").read_text(encoding="utf-8").split("<script")[0]
    assert len(long) > 100
    assert not [one for one in long if one in page]
    assert any("the export holds only rated ones" in one.found for one in result.findings)
    assert any("Times are recorded to the minute" in one.found for one in result.findings)


@pytest.mark.parametrize(
    ("log", "topic", "found"),
    [
        (
            "bpi2013_incidents.xes.gz",
            "span",
            "1 interaction (interactions.started_at) lies 306 days before all others",
        ),
        ("road_fines.xes.gz", "clock", "lie at 22:00 UTC, which is midnight of another zone"),
    ],
)
def test_strays_and_days_of_another_zone_are_found_in_event_logs(real_data, tmp_path, log, topic, found):
    result = check(tmp_path, LOG, real_data / "logs" / log)
    assert [one.severity for one in result.findings if one.topic == topic and found in one.found] == [
        "warning"
    ]
