"""Lexicons: what a file must hold, and how a language is added."""

import shutil

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.moment_features.lexicon import CATEGORIES, FOLDER, read_lexicons
from forestall.moment_features.vocabulary import read_vocabulary
from forestall.moment_features.word_counts import score_words

LANGUAGES = ["af", "da", "de", "en", "es", "fr", "pt"]


def test_a_language_is_added_by_one_file(tmp_path):
    for file in FOLDER.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    (tmp_path / "nl.yaml").write_text(
        "language: nl\nname: Nederlands\n"
        + "\n".join(f"{name}: []" for name in CATEGORIES if name not in ("greetings", "thanks"))
        + "\ngreetings: [goedemiddag]\nthanks: [dank je wel]\ntitles: [mevrouw]\n"
        + "common: [het, een, niet, jullie, zijn]\n"
    )
    row = score_words(
        pl.Series(["Goedemiddag mevrouw Jansen, jullie zijn er niet. Dank je wel"]), tmp_path
    ).row(0, named=True)
    assert (row["language"], row["n_greetings"], row["n_names"], row["n_thanks"]) == ("nl", 1, 1, 1)


def test_errors_name_the_file_and_the_place(tmp_path):
    with pytest.raises(UsageError, match="must hold lexicons"):
        score_words(pl.Series(["x"]), tmp_path)
    text = (FOLDER / "af.yaml").read_text(encoding="utf-8")
    (tmp_path / "af.yaml").write_text(text.replace("thanks:", "thank:"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"af\.yaml: unknown key 'thank', did you mean 'thanks'\?"):
        read_lexicons(tmp_path)
    (tmp_path / "af.yaml").write_text(text.replace("rude: [", "rude: [dankie, "), encoding="utf-8")
    with pytest.raises(
        UsageError, match="lexicon af: 'dankie' must be in one list; it is in thanks and rude"
    ):
        read_vocabulary(tmp_path)


def test_every_language_has_words_of_every_kind():
    lexicons = read_lexicons()
    assert [lexicon.language for lexicon in lexicons] == LANGUAGES
    for lexicon in lexicons:
        for category in CATEGORIES:
            assert len(getattr(lexicon, category)) >= 10, (lexicon.language, category)
        assert len(lexicon.common) >= 80
