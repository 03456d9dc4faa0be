"""Pseudonyms: found by who has the name, and read by nobody."""

import polars as pl

from forestall.pseudonyms import hashed, name_hash, pseudonym, pseudonyms, salt_in, salt_of, salts_in

SALT = salt_of("model", 7)


def test_a_salt_follows_from_its_parts():
    assert salt_of("model", 7) == SALT
    assert salt_of("model", 8) != SALT
    assert salt_of("model7") != SALT


def test_columns_are_hashed_as_single_names_are_and_gaps_stay():
    names = pl.Series(["Sue", None, "Bo🙂", "Sue", "\udce9".encode("utf-8", "replace").decode(), ""])
    assert hashed(names, SALT).to_list() == [None if one is None else name_hash(one, SALT) for one in names]
    assert pseudonyms(names, SALT).to_list() == [
        None if one is None else pseudonym(one, SALT) for one in names
    ]
    assert pseudonyms(pl.Series([None, None], dtype=pl.String), SALT).to_list() == [None, None]
    assert name_hash("a", SALT) != name_hash("a", salt_of("other"))


def test_a_pseudonym_names_its_salt_and_other_names_have_none():
    assert salt_in(pseudonym("Sue", SALT)) == SALT
    assert salts_in([pseudonym("Sue", SALT), None, "a$b", "$", SALT, f"{SALT}$", "12$" + "f" * 32]) == {SALT}
