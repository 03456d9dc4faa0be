"""Words: what is counted in a text, in each language, and what can never go wrong."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from forestall.moment_features import word_counts
from forestall.moment_features.lexicon import FOLDER
from forestall.moment_features.vocabulary import read_vocabulary
from forestall.moment_features.word_counts import MAX_CHARACTERS, score_words
from forestall.moment_features.word_matches import COUNTS

LANGUAGES = ["af", "da", "de", "en", "es", "fr", "pt"]


def one(text: str) -> dict[str, object]:
    return score_words(pl.Series([text])).row(0, named=True)


def found(text: str) -> dict[str, object]:
    """Return what is counted in a text, without the zeros and the number of words."""
    return {name: n for name, n in one(text).items() if n and name not in ("n_words", "language")}


# text, language, and every count that is not 0
EXAMPLES = [
    (
        "Hello Anna, how may I help you today?",
        "en",
        {"greetings": 1, "names": 1, "polite": 1, "questions": 1},
    ),
    ("We're sorry for the delay. We'll call you back.", "en", {"apologies": 1, "negative": 1, "promises": 1}),
    ("Shut up, that is not my problem!!", "en", {"rude": 2, "shouts": 1}),
    (
        "Goeie môre Mnr. Botha, baie dankie vir u geduld.",
        "af",
        {"greetings": 1, "names": 1, "thanks": 1, "polite": 1},
    ),
    ("Goeie more, ek wag nog en die kas is stukkend", "af", {"greetings": 1, "negative": 2}),
    (
        "Ons is jammer, ons sal u laat weet. Totsiens!",
        "af",
        {"apologies": 1, "promises": 1, "farewells": 1},
    ),
    (
        "Hej Mette, vi beklager forsinkelsen og vender tilbage",
        "da",
        {"greetings": 1, "names": 1, "apologies": 1, "promises": 1},
    ),
    ("Det er simpelthen for dårligt, hold kæft", "da", {"negative": 1, "rude": 1}),
    ("Guten Tag Frau Müller, vielen Dank für den Anruf", "de", {"greetings": 1, "names": 1, "thanks": 1}),
    (
        "Es tut uns leid, wir melden uns. Mit freundlichen Grüßen",
        "de",
        {"apologies": 1, "promises": 1, "farewells": 1},
    ),
    (
        "Bonjour Madame Dupont, que puis-je pour vous ?",
        "fr",
        {"greetings": 1, "names": 1, "polite": 1, "questions": 1},
    ),
    ("Toujours rien reçu, c'est une arnaque", "fr", {"negative": 2}),
    ("Buenos días Sr. García, le pedimos disculpas", "es", {"greetings": 1, "names": 1, "apologies": 1}),
    ("¿Por qué no funciona? Es un desastre", "es", {"negative": 2, "questions": 1}),
    (
        "Olá Maria, muito obrigado pela sua paciência",
        "pt",
        {"greetings": 1, "names": 1, "thanks": 1, "polite": 1},
    ),
    ("Ainda não recebi o meu dinheiro de volta, que vergonha", "pt", {"negative": 3}),
]


@pytest.mark.parametrize(("text", "language", "counts"), EXAMPLES, ids=[text[:20] for text, _, _ in EXAMPLES])
def test_hand_examples(text, language, counts):
    assert found(text) == {f"n_{name}": n for name, n in counts.items()}
    assert one(text)["language"] == language


def test_case_accents_and_form_of_characters_do_not_matter():
    written = [
        "Goeie môre, asseblief",
        "GOEIE MORE, ASSEBLIEF",
        "Goeie mo\u0302re, asseblief",
        "ｇｏｅｉｅ môre, asseblief",
    ]
    counts = score_words(pl.Series(written)).drop("n_shouts")
    assert counts.unique().height == 1
    assert counts["n_greetings"].to_list() == [1] * 4


def test_the_curly_apostrophe_is_an_apostrophe():
    assert found("I’ll call you back") == found("I'll call you back") == {"n_promises": 1}


def test_only_whole_words_count():
    assert found("the history of Hiltown, a thankless classic") == {}


def test_the_longest_phrase_counts_once():
    assert found("thank you very much") == {"n_thanks": 1}
    assert found("it is not working") == {"n_negative": 1}


def test_a_phrase_does_not_cross_the_end_of_a_sentence():
    assert "n_negative" in found("it is not working")
    assert "n_negative" not in found("it is not. Working on it")


def test_a_word_of_several_languages_counts_once_and_tells_no_language():
    assert found("hi") == {"n_greetings": 1}
    assert one("hi")["language"] is None


def test_a_word_means_what_it_means_in_the_language_of_the_text():
    assert found("vous avez mal compris la question") == {}
    assert found("me siento mal por esto y no me gusta")["n_negative"] == 1
    assert "n_negative" not in found("das ist mal eine gute Frage, und ich habe noch eine")


def test_courtesies_of_another_language_count():
    assert found("Hallo, I have been with you for years. Dankie!") == {"n_greetings": 1, "n_thanks": 1}


def test_a_negated_good_word_is_a_bad_one():
    assert found("I am not at all happy") == {"n_negative": 1}
    assert found("Ek is nie tevrede nie") == {"n_negative": 1}
    assert found("I am happy. Not that it matters") == {"n_positive": 1}


@pytest.mark.parametrize(
    ("text", "n_names"),
    [
        ("Hello Anna", 1),
        ("Good morning, Mrs. O'Brien", 1),
        ("Goeie môre mev. van der Merwe", 1),
        ("Hi Jürgen!", 1),
        ("hello anna", 0),
        ("HELLO THERE", 0),
        ("Hello. Delivery is late", 0),
        ("Hello Customer", 0),
        ("Dear Sir", 0),
        ("Hi Your order is ready", 0),
        ("Anna, your order is ready", 0),
        ("Hello", 0),
        ("Hello Mr.", 0),
    ],
)
def test_greetings_by_name(text, n_names):
    assert one(text)["n_names"] == n_names


def test_a_name_is_not_sought_in_the_next_text():
    assert (
        score_words(pl.Series(["Hello", "Anna", "Hello", "Mr.", "Botha"] * 2))["n_names"].to_list()
        == [0] * 10
    )


def test_languages_are_told_apart():
    texts = {
        "en": "Where is my order? I have been waiting here since this morning",
        "af": "Waar is my bestelling? Ek wag al van vanoggend af en niemand sê iets nie",
        "da": "Hvor er min ordre? Jeg har ventet her siden i morges og ingen siger noget",
        "de": "Wo ist meine Bestellung? Ich warte hier seit heute früh und es kommt nichts",
        "fr": "Où est ma commande ? J'attends ici depuis ce matin et on ne me dit rien",
        "es": "¿Dónde está mi pedido? Llevo aquí desde la mañana y no me dicen nada",
        "pt": "Onde está a minha encomenda? Estou aqui desde manhã e não me dizem nada",
    }
    assert score_words(pl.Series(list(texts.values())))["language"].to_list() == list(texts)
    assert one("12345 😀")["language"] is None


def test_shouts_and_questions():
    assert found("WHERE is it") == {"n_shouts": 1}
    assert found("it costs USD 5 in the USA") == {}
    assert found("what?? when?!") == {"n_questions": 2}


def test_types_and_columns():
    frame = score_words(pl.Series(["hello", None]))
    assert frame.columns == [*COUNTS, "language"]
    assert frame.schema["language"] == pl.Enum(LANGUAGES)
    assert set(frame.select(COUNTS).dtypes) == {pl.UInt16}


@pytest.mark.parametrize("values", [[], [None], [None] * 9, ["", None] * 5, [None, "thanks", None]])
def test_null_and_empty_texts(values):
    frame = score_words(pl.Series(values, dtype=pl.String))
    expected = [None if value is None else int(value == "thanks") for value in values]
    assert frame["n_thanks"].to_list() == expected
    assert frame["n_words"].to_list() == expected
    assert frame["language"].to_list() == [None if value != "thanks" else "en" for value in values]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x00",
        "a\x00Hello Anna\x00b",
        "\u202e\u200bhello\u200d",
        "😀👩‍👩‍👧‍👦!!",
        "ﷺ" * 50,
        "\ud7ff\uffff",
        "'" * 99,
        "\u0302" * 99,
    ],
)
def test_odd_characters(text):
    assert one(text) == score_words(pl.Series([text, "x"] * 5)).row(0, named=True)


def test_a_huge_text_is_read_up_to_the_limit():
    assert one("thanks " * 1_500_000)["n_thanks"] == MAX_CHARACTERS // len("thanks ")
    # the character that holds the most words, 4: the counts of the longest text fit their type
    assert one("ﷺ" * MAX_CHARACTERS)["n_words"] == 3 * MAX_CHARACTERS + 1


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.text(max_size=80), max_size=30))
def test_any_text_scores_alone_as_among_others(values):
    frame = score_words(pl.Series(values, dtype=pl.String))
    assert frame.height == len(values)
    for row, value in zip(frame.iter_rows(), values, strict=True):
        read_vocabulary(FOLDER).known_texts.clear()
        assert row == score_words(pl.Series([value], dtype=pl.String)).row(0)
    assert_frame_equal(frame, score_words(pl.Series(values, dtype=pl.String)))  # the last is known by now


def test_what_was_read_of_late_is_not_read_again_and_not_kept(monkeypatch):
    known_texts = read_vocabulary(FOLDER).known_texts
    known_texts.clear()
    said = pl.Series(["Thank you \U0001f600", "Thank you ?", None, "Thank you ?"])
    first = score_words(said)
    assert [len(key) for key in known_texts] == [16] * 3
    assert b"Thank" not in b"".join(known_texts)
    with monkeypatch.context() as patch:
        patch.setattr(word_counts, "_counts", lambda *_: pytest.fail("it was read again"))
        assert_frame_equal(score_words(said), first)
    monkeypatch.setattr(word_counts, "_MAX_KNOWN", 2)
    score_words(pl.Series(["Good day"]))
    assert len(known_texts) == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([text for text, _, _ in EXAMPLES]), min_size=1, max_size=8))
def test_counts_of_sentences_add_up(parts):
    """Each sentence alone, and one text of sentences of one language: the words are the same."""
    whole = one("\n".join([parts[0]] * len(parts)))
    single = one(parts[0])
    for name in COUNTS:
        assert whole[name] == len(parts) * single[name]


def test_words_tell_complaints_of_real_customers(real_data):
    """General words, fitted to no data: AUC of the negative words alone, 0.74 when they were written."""
    tweets = pl.read_csv(
        real_data / "text" / "complaints.csv", has_header=False, new_columns=["id", "text", "label", "domain"]
    )
    scores = score_words(tweets["text"])
    assert roc_auc_score(tweets["label"].to_numpy(), scores["n_negative"].to_numpy()) > 0.70


def test_manner_follows_the_politeness_that_people_see(real_data):
    """Rank correlation with the scores of five readers: 0.13 when the words were written."""
    requests = pl.read_csv(real_data / "text" / "politeness_requests.csv")
    counts = score_words(requests["Request"]).select(pl.col(COUNTS).cast(pl.Int64))
    manner = counts["n_polite"] + counts["n_thanks"] + counts["n_apologies"] - counts["n_rude"]
    correlation = pl.select(pl.corr(manner, requests["Normalized Score"], method="spearman")).item()
    assert correlation > 0.10
