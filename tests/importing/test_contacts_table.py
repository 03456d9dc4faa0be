"""An import passes a table of contacts on."""

from pathlib import Path

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing import import_tables

MAPPING = """
interactions: {interaction_id: id, started_at: start}
events: [{kind: arrived, at: start}]
"""


def test_a_source_named_contacts_is_the_table_of_contacts(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "export.csv").write_text("id,start\na,2026-01-05T10:00:00Z\n")
    row = {"contact_id": "1", "interaction_id": "a", "at": "2026-01-05T11:00:00Z", "experiment": "spring"}
    file = tmp_path / "contacts.parquet"
    pl.DataFrame([{**row, "arm": "holdout", "probability": 0.1, "risk": 0.5}]).write_parquet(file)
    sources = [tmp_path / "export.csv", f"contacts={file}"]
    tables = import_tables(tmp_path / "mapping.yaml", sources)
    assert tables.contacts["arm"].to_list() == ["holdout"]
    with pytest.raises(UsageError, match="contacts=FILE must be given once, is given 2 times"):
        import_tables(tmp_path / "mapping.yaml", [*sources, sources[1]])
