"""Hashed n-grams of texts: the same whatever texts are beside, in any script, without numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.moment_features import text_buckets
from forestall.moment_features.text_buckets import BITS, MAX_CHARACTERS, all_buckets


def buckets(text: str | None) -> set[int]:
    return set(all_buckets([text]).buckets.tolist())


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=6))
def test_a_text_alone_has_the_buckets_that_it_has_among_others(texts):
    together = all_buckets(texts)
    assert len(together.offsets) == len(texts) + 1
    for place, text in enumerate(texts):
        own = together.of(np.array([place])).buckets
        assert own.tolist() == sorted(buckets(text))
        assert ((own >= 0) & (own < 1 << BITS)).all()


def test_texts_in_parts_are_texts_at_once(monkeypatch):
    texts = [f"tamel {'orvin ' * place}" for place in range(9)]
    at_once = all_buckets(texts)
    monkeypatch.setattr(text_buckets, "_CHUNK_CHARACTERS", 20)
    in_parts = all_buckets(texts)
    assert np.array_equal(at_once.offsets, in_parts.offsets)
    assert np.array_equal(at_once.buckets, in_parts.buckets)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is MY order", "where is my order"),
        ("call 0612345678 now", "call 9998887776 now"),
        ("yes,   it  is", "yes it is"),
    ],
    ids=["case", "digits", "blanks"],
)
def test_what_does_not_count(one, other):
    assert buckets(one) == buckets(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my order", "my parcel"),
        ("you like it", "it like you"),
        ("it is here", "it is here?"),
        ("你好吗", "你好"),
        ("où", "ou"),
    ],
)
def test_what_counts(one, other):
    assert buckets(one) != buckets(other)


def test_scripts_without_spaces_have_words_of_one_character():
    """Each character of Chinese is found again in another sentence, beside other neighbours."""
    assert len(buckets("退款") & buckets("我要退钱款")) > 2


def test_nothing_has_no_buckets():
    assert buckets(None) == buckets("") == buckets(" ") == set()
    assert all_buckets([]).offsets.tolist() == [0]


def test_of_a_long_text_the_beginning_and_the_end_are_read():
    half = MAX_CHARACTERS // 2
    begin, end = ("tamel orvin shoka plind " * half)[:half], ("kerra ubasti " * half)[:half]
    assert buckets(f"{begin}never read{end}") == buckets(f"{begin} {end}")


def test_equal_texts_are_read_once_and_have_the_same_buckets(monkeypatch):
    texts = ["where is it?", None, "x", "where is it?", "", "x", None]
    alone = [all_buckets([text]) for text in texts]
    read, given = text_buckets._buckets, []
    monkeypatch.setattr(text_buckets, "_buckets", lambda some: given.extend(some) or read(some))
    together = all_buckets(texts)
    assert len(given) == len(set(texts))
    assert np.array_equal(together.buckets, np.concatenate([one.buckets for one in alone]))
    assert np.array_equal(np.diff(together.offsets), [len(one.buckets) for one in alone])
