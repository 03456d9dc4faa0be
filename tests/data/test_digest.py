"""The digest depends on values, their order and the notes, and on nothing else."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.data import Tables, digest
from forestall.data.digest import digest_of

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


def test_the_digest_of_tables_is_the_same_in_all_versions() -> None:
    """Another digest would lose the data of every registered model."""
    tables = Tables(
        pl.DataFrame(
            {"interaction_id": list("abcd"), "started_at": [START] * 4, "plan": ["x", None, "y", "é"]}
        ),
        pl.DataFrame({"interaction_id": list("abcd") * 2, "at": [START] * 8, "kind": ["served"] * 8}),
        pl.DataFrame({"interaction_id": ["a"], "rating": [4], "rated_at": [datetime(2026, 1, 6)]}),
        {"timezone": "Africa/Johannesburg", "known_at": {"plan": "closed"}},
    )
    assert tables.digest() == "2588407303dfe9451eab8350ee55dafba5ad5f8bd622326182d2877be3df1ac0"


BASE = pl.DataFrame(
    {
        "text": ["ab", "c", None],
        "number": [0.0, 1.5, None],
        "flag": [True, None, False],
        "at": [START, None, START],
    }
)
CHANGED = {
    "a text": BASE.with_columns(text=pl.Series(["ab", "d", None])),
    "where one text ends": BASE.with_columns(text=pl.Series(["a", "bc", None])),
    "a null text": BASE.with_columns(text=pl.Series(["ab", "c", ""])),
    "a number": BASE.with_columns(number=pl.Series([0.0, 1.6, None])),
    "a null number": BASE.with_columns(number=pl.Series([0.0, 1.5, 0.0])),
    "a flag": BASE.with_columns(flag=pl.Series([False, None, False])),
    "a time": BASE.with_columns(at=pl.Series([START, None, START.replace(hour=11)])),
    "the order of rows": BASE[[1, 0, 2]],
    "a column's name": BASE.rename({"text": "words"}),
    "a column": BASE.drop("flag"),
}


@pytest.mark.parametrize("frame", CHANGED.values(), ids=CHANGED.keys())
def test_another_content_has_another_digest(frame: pl.DataFrame) -> None:
    assert digest_of({"t": frame}, {}) != digest_of({"t": BASE}, {})


def test_notes_and_names_of_frames_count() -> None:
    digests = {digest_of({name: BASE}, notes) for name in ("t", "u") for notes in ({}, {"clock": "none"})}
    assert len(digests) == 4
    assert digest_of({"t": BASE}, {"a": 1, "b": 2}) == digest_of({"t": BASE}, {"b": 2, "a": 1})


def test_minus_zero_is_zero() -> None:
    zero, minus = (pl.DataFrame({"x": [value]}) for value in (0.0, -0.0))
    assert digest_of({"t": zero}, {}) == digest_of({"t": minus}, {})


@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.floats(-9, 9)), max_size=7))
def test_chunks_and_slices_do_not_matter(rows: list) -> None:
    frame = pl.DataFrame(rows, schema={"text": pl.String, "number": pl.Float64}, orient="row")
    whole = digest_of({"t": frame}, {})
    chunks = pl.concat([frame[:2], frame[2:]], rechunk=False)
    assert digest_of({"t": chunks}, {}) == whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "_SLICE", 8)  # flags are packed in bytes of 8 rows
        assert digest_of({"t": frame}, {}) == whole
