"""The simulated company: its tables, its people, and the truth about their risk."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import log_loss, roc_auc_score

from forestall.data import read_tables
from forestall.errors import UsageError
from forestall.simulation import data_folder, simulate, simulate_tables
from forestall.simulation.effects import EFFECTS, dissatisfaction, effects
from forestall.simulation.service import LANGUAGES, NEUTRAL, RUDE
from forestall.simulation.visits import draw_visits
from forestall.simulation.words import OCCASIONS, WORDS
from forestall.simulation.world import DAY_S, IN_STORE, LOCALES, RUDE_VENUE, VENUES, Columns

CORE_KINDS = {
    *("arrived", "attempted", "human_requested", "greeted", "served", "message", "informed", "hold_started"),
    *(
        "hold_ended",
        "transferred",
        "escalated",
        "issue_raised",
        "responded",
        "resolved",
        "reopened",
        "defect",
    ),
    *("returned", "refunded", "complained", "tipped", "abandoned", "delivered", "closed"),
}
HORIZON_S = 30 * DAY_S


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return simulate_tables(12_000, seed=1)


@pytest.fixture(scope="module")
def visits() -> Columns:
    return draw_visits(40_000, seed=2, response_rate=0.33)


def rated(visits: Columns) -> np.ndarray:
    return visits["does_rate"] & (visits["rating_s"] <= HORIZON_S)


def test_tables_are_what_a_company_would_have(tables: dict[str, pl.DataFrame]) -> None:
    interactions, events, feedback = tables["interactions"], tables["events"], tables["feedback"]
    assert interactions.height == 12_000
    assert interactions["interaction_id"].is_unique().all()
    assert set(events["kind"].unique()) == CORE_KINDS
    assert 8 <= events.height / interactions.height <= 12
    starts = events.join(interactions, on="interaction_id").select(pl.col("at") >= pl.col("started_at"))
    assert starts["at"].all()
    assert feedback["rating"].is_in([1.0, 2.0, 3.0, 4.0, 5.0]).all()
    assert interactions["customer_id"].null_count() > 0
    known = interactions.drop_nulls("customer_id")
    assert 3.5 <= known.height / known["customer_id"].n_unique() <= 6
    assert interactions["customer_value"].is_null().equals(interactions["customer_id"].is_null())


def test_each_interaction_ends_once_or_is_open_at_the_end(tables: dict[str, pl.DataFrame]) -> None:
    endings = tables["events"].filter(pl.col("kind").is_in(["closed", "abandoned"]))
    assert endings["interaction_id"].is_unique().all()
    assert set(endings["interaction_id"]) == set(tables["truth"]["interaction_id"])
    last = tables["events"]["at"].max()
    still_open = tables["interactions"].join(endings, on="interaction_id", how="anti")
    assert still_open.filter(pl.col("started_at") < last - pl.duration(days=9)).is_empty()
    ratings = tables["feedback"].join(endings, on="interaction_id")
    assert ratings.height == tables["feedback"].height
    assert ratings.select(pl.col("rated_at") > pl.col("at")).to_series().all()


def test_the_seed_draws_people_and_days_of_one_world(tables: dict[str, pl.DataFrame]) -> None:
    again, other = simulate_tables(12_000, seed=1), simulate_tables(12_000, seed=3)
    for name, frame in tables.items():
        assert_frame_equal(frame, again[name])
    mine, theirs = tables["interactions"], other["interactions"]
    assert not mine["started_at"].equals(theirs["started_at"])
    for column in ("venue", "product", "locale", "channel"):
        assert set(mine[column].drop_nulls()) == set(theirs[column].drop_nulls()), column
    staff = [set(frame.drop_nulls("staff").select("venue", "staff").rows()) for frame in (mine, theirs)]
    assert len(staff[0] & staff[1]) > 0.9 * len(staff[0] | staff[1])
    pairs = [
        set(frame.select("product", "product_category", "is_commodity").rows()) for frame in (mine, theirs)
    ]
    assert pairs[0] == pairs[1]


def test_the_response_rate_only_changes_who_rates(tables: dict[str, pl.DataFrame]) -> None:
    fewer = simulate_tables(12_000, seed=1, response_rate=0.25)
    assert_frame_equal(fewer["interactions"], tables["interactions"])
    assert_frame_equal(fewer["events"], tables["events"])
    assert set(fewer["feedback"].rows()) < set(tables["feedback"].rows())
    assert fewer["feedback"].height / 12_000 == pytest.approx(0.25, abs=0.015)
    assert tables["feedback"].height / 12_000 == pytest.approx(0.33, abs=0.015)


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_it_is_as_hard_as_real_data(seed: int) -> None:
    visits = draw_visits(40_000, seed, 0.33)
    here = rated(visits)
    unhappy, risk = visits["rating"][here] <= 2, visits["true_risk"][here]
    assert 0.12 <= unhappy.mean() <= 0.18
    assert 0.80 <= roc_auc_score(unhappy, risk) <= 0.87


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_truth_is_calibrated(seed: int) -> None:
    visits = draw_visits(60_000, seed, 0.33)
    here, everyone = rated(visits), np.ones(60_000, dtype=bool)
    for name, chosen in (("true_risk", here), ("true_risk_all", everyone)):
        risk, unhappy = visits[name][chosen], visits["rating"][chosen] <= 2
        bins = np.digitize(risk, np.quantile(risk, np.arange(0.05, 1, 0.05)))
        groups = {"bin": bins, "visit": np.minimum(visits["n_before"][chosen], 6)}
        groups |= {
            part: visits[part][chosen] for part in ("channel", "locale", "tone", "lean", "is_resolved")
        }
        scores = np.array([z for values in groups.values() for z in z_scores(risk, unhappy, values)])
        # visits of one customer or one member of staff hang together, so a little wider than 1
        assert abs(scores).max() < 4.3, name
        assert scores.std() < 1.5, name


def z_scores(risk: np.ndarray, unhappy: np.ndarray, groups: np.ndarray) -> Iterator[float]:
    for group in np.unique(groups):
        p, y = risk[groups == group], unhappy[groups == group]
        if len(p) >= 200:
            yield float((y - p).sum() / np.sqrt((p * (1 - p)).sum()))


def test_earlier_ratings_reveal_who_is_hard_to_please(visits: Columns) -> None:
    """Before anything is known of a customer, the trait is of no use; after some visits it is."""
    for lowest, gains in ((0, False), (4, True)):
        chosen = (visits["n_before"] >= lowest) & ((visits["n_before"] == 0) != gains)
        correlation = np.corrcoef(visits["trait"][chosen], logit(visits["true_risk_all"][chosen]))[0, 1]
        f = np.corrcoef(visits["trait"][chosen], visits["f"][chosen])[0, 1]
        assert bool(correlation - f > 0.03) is gains


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def test_the_truth_scores_best(visits: Columns) -> None:
    here = rated(visits)
    unhappy, best = visits["rating"][here] <= 2, visits["true_risk"][here]
    truth = log_loss(unhappy, best)
    assert truth < log_loss(unhappy, visits["true_risk_all"][here])
    for sharper in (0.8, 1.25):
        assert truth < log_loss(unhappy, 1 / (1 + np.exp(-sharper * logit(best))))


def test_without_effects_there_is_nothing_to_learn() -> None:
    noise = draw_visits(30_000, 3, 0.33, effect=0.0)
    here = rated(noise)
    assert noise["true_risk"].std() < 1e-9
    assert abs(roc_auc_score(noise["rating"][here] <= 2, noise["f"][here]) - 0.5) < 0.03
    assert 0.12 <= (noise["rating"][here] <= 2).mean() <= 0.19


def test_effects_are_seen_and_resolution_weighs_most(visits: Columns) -> None:
    values = effects(visits)
    spread = {
        family: np.std(sum(values[effect.name] for effect in EFFECTS if effect.family == family))
        for family in {effect.family for effect in EFFECTS}
    }
    assert max(spread, key=lambda family: spread[family]) == "resolution"
    assert len(spread) == 6
    # what is hidden does not enter: the same facts of other people give the same f
    strangers = visits | {
        "trait": -visits["trait"],
        "rating": visits["rating"][::-1],
        "staff": visits["staff"] * 0,
    }
    np.testing.assert_array_equal(dissatisfaction(visits), dissatisfaction(strangers))


def test_waits_follow_from_load(visits: Columns) -> None:
    store, hour = visits["channel"] == IN_STORE, visits["start"] % DAY_S // 3600
    can_be_lean = np.isin(visits["venue"], [i for i, venue in enumerate(VENUES) if venue.is_lean])
    lean, usual = (
        np.nanmean(visits["wait"][store & can_be_lean & (visits["lean"] == flag)]) for flag in (True, False)
    )
    assert lean > 1.3 * usual
    busy, quiet = (np.nanmean(visits["wait"][store & np.isin(hour, hours)]) for hours in ((11, 12), (8, 9)))
    assert busy > 1.2 * quiet
    assert 0.01 < visits["has_left"].mean() < 0.06
    assert (visits["n_jumped"] > 0).any()


def test_one_venue_is_loved_for_its_rudeness(visits: Columns) -> None:
    def mean(column: str, at_venue: bool, manner: np.ndarray) -> float:
        chosen = (
            ((visits["venue"] == RUDE_VENUE) == at_venue)
            & visits["is_served"]
            & visits["is_resolved"]
            & manner
        )
        return float(visits[column][chosen].mean())

    rude, kind = visits["manner"] == RUDE, visits["manner"] >= NEUTRAL
    assert mean("rating", True, rude) > mean("rating", True, kind) + 0.3
    assert mean("rating", False, kind) > mean("rating", False, rude) + 0.3
    assert mean("does_tip", True, rude) > 1.2 * mean("does_tip", True, kind)
    assert mean("does_return", True, rude) > mean("does_return", True, kind)


def test_the_unhappy_complain_later_and_stay_away(visits: Columns) -> None:
    unhappy, known = visits["rating"] <= 2, visits["is_known"]
    complains = visits["does_complain"]
    assert unhappy[complains].mean() > 0.7
    assert np.median(visits["complaint_s"][complains]) > DAY_S / 2
    assert (
        visits["does_return"][known & ~unhappy].mean() > visits["does_return"][known & unhappy].mean() + 0.15
    )


def test_words_are_in_the_language_of_who_speaks(tables: dict[str, pl.DataFrame]) -> None:
    home = {locale.name: locale.language for locale in LOCALES}
    plain = {
        phrase: language
        for language in LANGUAGES
        for occasion in OCCASIONS
        for phrase in WORDS[language][occasion]
        if "{" not in phrase and sum(phrase in words[occasion] for words in WORDS.values()) == 1
    }
    said = tables["events"].join(
        tables["interactions"].select("interaction_id", "locale"), on="interaction_id"
    )
    said = said.filter(pl.col("text").is_in(list(plain))).with_columns(
        spoken=pl.col("text").replace_strict(plain), own=pl.col("locale").replace_strict(home)
    )
    customers = said.filter(pl.col("actor") == "customer")
    assert customers["spoken"].equals(customers["own"])
    staff = said.filter(pl.col("actor") == "staff")
    assert 0.02 < (staff["spoken"] != staff["own"]).mean() < 0.2
    assert {"af", "da", "en"} <= set(staff["spoken"])
    assert not tables["events"]["text"].drop_nulls().str.contains("{", literal=True).any()


def test_every_language_has_the_same_occasions() -> None:
    for language in LANGUAGES:
        assert set(WORDS[language]) == set(OCCASIONS), language
        assert {len(phrases) for phrases in WORDS[language].values()} == {3}, language


@pytest.mark.parametrize("part_size", [5000, 700])
def test_a_folder_reads_back_as_the_tables(tmp_path, monkeypatch: pytest.MonkeyPatch, part_size: int) -> None:
    monkeypatch.setattr(data_folder, "PART_SIZE", part_size)
    rows = simulate(tmp_path / "data", 2000, seed=5, response_rate=0.4)
    expected = simulate_tables(2000, seed=5, response_rate=0.4)
    assert rows == {name: frame.height for name, frame in expected.items()}
    read = read_tables(tmp_path / "data")
    assert read.rejections.counts() == {}
    for name in ("interactions", "events", "feedback"):
        assert_frame_equal(getattr(read, name), expected[name], check_row_order=False)
    assert_frame_equal(pl.read_parquet(tmp_path / "data" / "truth.parquet"), expected["truth"])
    assert expected["interactions"]["interaction_id"].is_unique().all()
    about = json.loads((tmp_path / "data" / "about.json").read_text())
    assert about["simulated"] == {"interactions": 2000, "seed": 5, "response_rate": 0.4}
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_simulated_folder_is_replaced_and_no_other(tmp_path) -> None:
    out = tmp_path / "data"
    simulate(out, 300, seed=1)
    assert simulate(out, 200, seed=1)["interactions"] == 200
    assert pl.read_parquet(out / "interactions.parquet").height == 200
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="must be new, empty or hold simulated data"):
        simulate(other, 200, seed=1)
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"n_interactions": 0}, "interactions must be between 1"),
        ({"seed": -1}, "seed must be between 0"),
        ({"response_rate": 1.5}, "response rate must be between 0 and 1, is 1.5"),
        ({"response_rate": float("nan")}, "response rate must be between 0 and 1, is nan"),
    ],
)
def test_numbers_out_of_range_are_refused_and_leave_nothing(tmp_path, numbers: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(tmp_path / "data", **({"n_interactions": 100} | numbers))
    assert list(tmp_path.iterdir()) == []


def test_the_smallest_company_has_one_interaction() -> None:
    tables = simulate_tables(1, seed=0)
    assert tables["interactions"].height == 1
    assert tables["events"]["interaction_id"].n_unique() == 1
