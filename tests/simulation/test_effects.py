"""The effects of f(x): on visible facts only, with the signs that their names promise."""

import numpy as np
import pytest

from forestall.simulation.effects import EFFECTS, dissatisfaction, effects, usual_wait, visible_facts
from forestall.simulation.world import Columns, world


def test_effects_are_seen_and_resolution_weighs_most(visits: Columns) -> None:
    values = effects(visits)
    spread = {
        family: np.std(sum(values[effect.name] for effect in EFFECTS if effect.family == family))
        for family in {effect.family for effect in EFFECTS}
    }
    assert max(spread, key=lambda family: spread[family]) == "resolution"
    assert len(spread) == 6
    # hidden variables have no effect on f(x)
    strangers = visits | {
        "trait": -visits["trait"],
        "rating": visits["rating"][::-1],
        "staff": visits["staff"] * 0,
    }
    np.testing.assert_array_equal(dissatisfaction(visits), dissatisfaction(strangers))


def test_f_is_the_sum_of_all_effects(visits: Columns) -> None:
    np.testing.assert_allclose(dissatisfaction(visits), sum(effects(visits).values()))
    assert len({effect.name for effect in EFFECTS}) == len(EFFECTS)


@pytest.mark.parametrize("name", ["wait", "surprise"])
def test_a_longer_wait_never_lowers_dissatisfaction(visits: Columns, name: str) -> None:
    slower = effects(visits | {"ratio": visits["ratio"] * 1.5})[name]
    assert (slower >= effects(visits)[name] - 1e-12).all()


@pytest.mark.parametrize(
    ("column", "value", "name", "sign"),
    [
        ("is_resolved", False, "unresolved", 1),
        ("is_reopened", True, "reopened", 1),
        ("n_jumped", 3, "jumped", 1),
        ("self_solved", True, "helped_itself", -1),
        ("by_name", True, "by_name", -1),
    ],
)
def test_a_fact_has_an_effect_of_its_sign(
    visits: Columns, column: str, value: object, name: str, sign: int
) -> None:
    changed = visits | {column: np.full(len(visits["start"]), value)}
    assert (np.sign(effects(changed)[name]) == sign).all()


def test_an_unknown_customer_has_the_weights_of_no_segment(visits: Columns) -> None:
    facts = visible_facts(visits)
    unknown = ~visits["is_known"]
    for name in ("wait", "manner", "price", "outcome"):
        assert (facts[f"{name}_weight"][unknown] == 1).all()
    assert (facts["worth"][unknown] == 0).all()


def test_each_line_has_a_usual_wait() -> None:
    assert usual_wait().shape == world().line["venue"].shape
    assert (usual_wait() > 0).all()
