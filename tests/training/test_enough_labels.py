"""Labels enough to learn from, and what a message says where there are not."""

import pytest

from companies import DAY, company, visit
from forestall.errors import InputError
from forestall.model import Spec
from forestall.training.enough_labels import check_enough

EVENT = Spec(name="a", label={"event": "complained", "horizon_days": 30})
RATED = Spec(name="a", label={"scale": (1, 5), "dissatisfied_at_or_below": 2, "horizon_days": 30})


def counts(n, bad):
    return {"labelled": n, "dissatisfied": bad}


@pytest.mark.parametrize(
    ("spec", "kind", "ratings", "said"),
    [
        (
            EVENT,
            "served",
            [],
            "of 9 labelled interactions 0 .*No event is called 'complained'; known: served. Set",
        ),
        (EVENT, "served", [("0", 1, DAY)], "unhappy customer, or to the ratings that these records have"),
        (
            EVENT,
            "complainedd",
            [],
            "No event is called 'complained'; did you mean 'complainedd'. Set `label`",
        ),
        (EVENT, "complained", [], "Check when 'complained' happens: .*after: last_event, minutes: 1"),
        (RATED, "served", [], "The records have no rating: map one as `feedback`"),
        (RATED, "served", [("0", 5, DAY)], "Check `label` in model.yaml against the ratings"),
    ],
)
def test_labels_of_one_kind_are_refused_with_what_to_do(spec, kind, ratings, said):
    tables = company(*(visit(str(i), 0, (60, kind)) for i in range(60)), ratings=ratings)
    with pytest.raises(InputError, match=said):
        check_enough(counts(9, 0), spec, tables)


def test_few_are_refused_or_called_small():
    tables = company(visit("a", 0))
    with pytest.raises(InputError, match="there are 20 with 7"):
        check_enough(counts(20, 7), RATED, tables)
    assert check_enough(counts(20, 7), RATED, tables, allow_small=True)
    assert not check_enough(counts(50_000, 9_000), RATED, tables)
