"""What families and features must be, and what a module gives that is as it must be."""

from __future__ import annotations

import pytest

from forestall.errors import FeatureError
from forestall.moment_features.operations import Kind
from forestall.own_features import OwnFeatures
from forestall.own_features.declarations import check_names
from own_feature_modules import feature_of, features_of, module_of

FINE = "reason='it is {value}'"


def test_a_family_contributes_to_context_unless_it_says_so() -> None:
    (family,) = feature_of("Count('message')").families
    assert (family.name, family.group) == ("own", "context")
    assert list(feature_of("Count('message')").columns) == ["own_x"]
    text = "F = Family('own', 'd', [Feature('x', WAIT_S, 'd', reason='r {value}')], contributes_to='service')"
    assert module_of(text).families[0].group == "service"


def test_families_are_read_once_each_in_their_order() -> None:
    feature = "Feature('x', WAIT_S, 'd', reason='r {value}')"
    text = f"B = Family('b', 'd', [{feature}])\nA = Family('a', 'd', [{feature}])\nALL = [A, B]\nSAME = B\n"
    assert [one.name for one in module_of(text).families] == ["b", "a"]


def test_further_columns_attributes_and_kinds_that_features_read() -> None:
    own = features_of("number('weight') + Attribute('mood', 'last') + Count('parked') + number('price')")
    assert own.further_columns == {"weight": Kind.NUMBER}
    assert list(own.attributes) == ["mood"]
    assert own.kinds == {"parked"}


WRONG = [
    ("Count('mess age')", FINE, "the kind of Count must be a kind of event"),
    ("flag(Recorded('*'))", FINE, "the kind of Recorded must be a kind of event"),
    ("Count('message', 'boss')", FINE, "actor of Count must be one of"),
    ("Words('staff', 'n_lies')", FINE, "what of Words must be one of"),
    ("Usual('venu', 'wait_s')", FINE, "dimension of Usual must be one of 'venue'"),
    ("Usual('venue', 'luck')", FINE, "fact of Usual must be one of"),
    ("Queue('n')", FINE, "fact of Queue must be one of"),
    ("EarlierSum('rating', 'is_good')", FINE, "where of EarlierSum must be one of"),
    ("Attribute('mood', 'median')", FINE, "what of Attribute must be one of"),
    ("number('venue')", FINE, "the column venue of Own must be read as a text"),
    ("number('events')", FINE, "must be a column of the interactions"),
    ("text('staff')", FINE + ", is_category=True", "`privacy: {staff: true}` makes who serves a feature"),
    ("flag(truth('odd'))", FINE, "the column odd of Own must be read as a number"),
    ("WAIT_S > 5", FINE, "is a truth value; make it a number with flag"),
    ("text('venue')", FINE, "is a text; is_category must be True"),
    ("WAIT_S", FINE + ", is_category=True", "is a number; is_category must be False"),
    ("5", FINE, "its value must be a term, is int"),
    ("WAIT_S", "reason=''", "must have a reason"),
    ("WAIT_S", "reason='{wait}'", "must have a reason"),
    ("WAIT_S", "reason='{value'", "must have a reason"),
    ("WAIT_S", FINE + ", direction=2", "direction must be"),
    ("WAIT_S", FINE + ", low=5, high=1", "low and high must be numbers"),
    ("WAIT_S", FINE + ", low='a'", "low and high must be numbers"),
    ("text('venue')", FINE + ", is_category=True, direction=1", "is a category: it has neither"),
    ("WAIT_S", FINE + ", text_key='kind_n'", "subject and text_key are not for own features"),
    ("WAIT_S + 1e300", FINE, "a constant must be between"),
    ("(WAIT_S + (1 / 3) * 0).log() / 0", FINE, "ZeroDivisionError: a constant divisor must not be 0"),
    ("only_if(WAIT_S, 1.0)", FINE, "TypeError: must be a truth value"),
]


@pytest.mark.parametrize(("value", "options", "said"), WRONG, ids=[f"{v} {o}" for v, o, _ in WRONG])
def test_a_feature_that_is_not_as_it_must_be_is_refused_by_name(value: str, options: str, said: str) -> None:
    with pytest.raises(FeatureError) as error:
        feature_of(value, options)
    assert said in str(error.value)
    assert "own_x" in str(error.value) or "own, line 2" in str(error.value)


FEATURE = "Feature('x', WAIT_S, 'd', reason='r {value}')"
FAMILIES = [
    ("X = 1", "must declare a Family at its top level"),
    (f"F = Family('Own', 'd', [{FEATURE}])", "must be of small letters"),
    (f"F = Family('service', 'd', [{FEATURE}])", 'contributes_to="service"'),
    (f"F = Family('history_more', 'd', [{FEATURE}])", "has the name of a family of Forestall's"),
    (f"F = Family('own', '', [{FEATURE}])", "must have a description"),
    ("F = Family('own', 'd', [])", "must have a feature"),
    ("F = Family('own', 'd', [WAIT_S])", "must hold features"),
    (f"F = Family('own', 'd', [{FEATURE}, {FEATURE}])", "must have a name of its own"),
    (f"F = Family('own', 'd', [{FEATURE}], contributes_to='servcie')", "did you mean 'service'?"),
    ("F = Family('as', 'd', [Feature('of', WAIT_S, 'd', reason='r {value}')])", "that name is taken"),
    ("F = Family('own', 'd', [Feature('X', WAIT_S, 'd', reason='r {value}')])", "the name of a feature"),
    ("F = Family('own', 'd', [Feature('x', WAIT_S, '', reason='r {value}')])", "must have a description"),
    (
        "F = Family('own', 'd', [Feature(f'x{n}', WAIT_S, 'd', reason='r') for n in range(301)])",
        "at most 300 features",
    ),
    ("X = [1][2]", "own, line 2: IndexError"),
]


@pytest.mark.parametrize(("text", "said"), FAMILIES, ids=[said for _, said in FAMILIES])
def test_a_family_that_is_not_as_it_must_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(FeatureError) as error:
        module_of(text)
    assert said in str(error.value)


def test_a_chain_of_terms_that_is_too_deep_is_refused() -> None:
    with pytest.raises(FeatureError, match="nested too deeply"):
        feature_of("sum([WAIT_S] * 3000, WAIT_S)")


def test_two_modules_have_families_of_different_names_and_read_a_column_as_one_type() -> None:
    first, second = feature_of("number('weight')"), feature_of("Count('message')")
    with pytest.raises(FeatureError, match="the family own is also that of a"):
        check_names({"a": first.families, "b": second.families})
    other = module_of(
        "F = Family('other', 'd', [Feature('x', text('weight'), 'd', reason='r {value}', is_category=True)])"
    )
    with pytest.raises(FeatureError, match="the column weight is read as a text and as a number"):
        check_names({"a": first.families, "b": other.families})
    assert OwnFeatures((first, other)).families[1].name == "other"
