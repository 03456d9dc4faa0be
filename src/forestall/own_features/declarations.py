"""What a company's own families and features must be, apart from any data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from forestall.errors import FeatureError, must_be, nearest
from forestall.moment_features.catalogue import CONTEXT, FAMILIES
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.operations import Kind
from forestall.moment_features.state_columns import Own
from forestall.moment_features.terms import Term, leaves
from forestall.own_features.column_arguments import LONGEST_TEXT, check_arguments, is_text
from forestall.own_features.term_records import records_of

GROUPS = (*(family.name for family in FAMILIES), CONTEXT)
"""The families that a score row has contributions of."""
MOST_FEATURES = 300
_MODULE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PLACEHOLDERS = re.compile(r"\{(?:value|hours|standard|[^{}|]+(?:\|[^{}|]+)+)\}")
# columns of tables in which features stand
_TAKEN = {"interaction_id", "customer_id", "as_of", "n_events", "beside_standard_s", "started_at"}


def is_module_name(name: object) -> bool:
    """Return whether a name can be that of a module, such as `my_company.features`."""
    return isinstance(name, str) and _MODULE_NAME.fullmatch(name) is not None


def check_names(modules: Mapping[str, Sequence[Family]]) -> None:
    """Check that no two modules have a family of one name, and that each column is read as one type.

    Raises
    ------
    FeatureError
        They do.
    """
    owner: dict[str, str] = {}
    holds: dict[str, Kind] = {}
    for name, families in modules.items():
        for family in families:
            other = owner.setdefault(family.name, name)
            if other != name:
                raise FeatureError(f"{name}: the family {family.name} is also that of {other}; rename one")
        for term in leaves(one.value for family in families for one in family.features):
            if isinstance(term, Own) and holds.setdefault(term.column, term.holds) != term.holds:
                raise FeatureError(
                    f"{name}: the column {term.column} is read as a {term.holds} and as a {holds[term.column]}; use one"
                )


def check_families(module: str, families: Sequence[Family]) -> None:
    """Check the families that a module declares.

    Parameters
    ----------
    module
        Its name.
    families
        Its families.

    Raises
    ------
    FeatureError
        A family or a feature is not as it must be; the message names it, and what to do.
    """
    if not families:
        raise FeatureError(f"{module} must declare a Family at its top level; it declares none")
    n_features = sum(len(family.features) for family in families)
    if n_features > MOST_FEATURES:
        raise FeatureError(f"{module} must have at most {MOST_FEATURES} features, it has {n_features}")
    names: set[str] = set()
    for family in families:
        _check_family(module, family, names)
    check_names({module: families})


def _check_family(module: str, family: Family, names: set[str]) -> None:
    name = family.name
    if type(name) is not str or not _NAME.fullmatch(name):
        raise FeatureError(
            f"{module}: {must_be('the name of a family', 'of small letters, digits and _', name)}"
        )
    whose = f"{module}: the family {name}"
    if any(name == one or name.startswith(f"{one}_") for one in GROUPS):
        raise FeatureError(
            f"{whose} has the name of a family of Forestall's; name it otherwise, and say "
            f'contributes_to="{name.partition("_")[0]}" if its contributions belong there'
        )
    if family.contributes_to not in GROUPS:
        do = nearest(str(family.contributes_to), GROUPS)
        raise FeatureError(f"{whose}: contributes_to must be one of {', '.join(GROUPS)}; {do}")
    if not is_text(family.description):
        raise FeatureError(f"{whose} must have a description, one line of at most {LONGEST_TEXT} characters")
    if not family.features:
        raise FeatureError(f"{whose} must have a feature")
    for feature in family.features:
        if type(feature) is not Feature:
            raise FeatureError(f"{whose} must hold features, {type(feature).__name__} is none")
        column = family.column(feature)
        if type(feature.name) is not str or not _NAME.fullmatch(feature.name):
            must = must_be("the name of a feature", "of small letters, digits and _", feature.name)
            raise FeatureError(f"{whose}: {must}")
        if column in names or column in _TAKEN:
            raise FeatureError(
                f"{module}: the feature {column} must have a name of its own; that name is taken"
            )
        names.add(column)
        _check_feature(f"{module}: the feature {column}", feature)


def _check_feature(whose: str, feature: Feature) -> None:
    if not is_text(feature.description):
        raise FeatureError(f"{whose} must have a description, one line of at most {LONGEST_TEXT} characters")
    if not is_text(feature.reason) or set("{}") & set(_PLACEHOLDERS.sub("", feature.reason)):
        raise FeatureError(
            f"{whose} must have a reason: a text such as 'waited {{value}}', with at most {{value}}, {{hours}}, "
            "{standard} or {one|more} in braces"
        )
    if type(feature.direction) is not int or feature.direction not in (-1, 0, 1):
        raise FeatureError(f"{whose}: direction must be +1, 0 or -1, is {feature.direction!r}")
    if feature.subject or feature.text_key:
        raise FeatureError(f"{whose}: subject and text_key are not for own features; write the reason out")
    for name in ("is_category", "is_log", "is_sign", "needs_clock"):
        if type(getattr(feature, name)) is not bool:
            raise FeatureError(f"{whose}: {name} must be True or False")
    _check_range(whose, feature)
    _check_value(whose, feature)


def _check_range(whose: str, feature: Feature) -> None:
    ends = [one for one in (feature.low, feature.high) if one is not None]
    if not all(type(one) in (int, float) and math.isfinite(one) for one in ends) or ends != sorted(ends):
        raise FeatureError(f"{whose}: low and high must be numbers, and low at most high")
    if feature.is_category and (ends or feature.direction or feature.is_log):
        raise FeatureError(f"{whose} is a category: it has neither a range, a direction nor is_log")


def _check_value(whose: str, feature: Feature) -> None:
    if not isinstance(feature.value, Term):
        do = "use the terms of forestall.feature_terms"
        raise FeatureError(f"{whose}: {must_be('its value', 'a term', type(feature.value).__name__, do=do)}")
    try:
        records_of({"value": feature.value})
        kind = feature.value.kind
    except (TypeError, ValueError) as error:
        raise FeatureError(f"{whose} {error}") from None
    except RecursionError:
        raise FeatureError(f"{whose} is nested too deeply; use fewer steps") from None
    if kind is Kind.TRUTH:
        raise FeatureError(f"{whose} is a truth value; make it a number with flag()")
    if (kind is Kind.TEXT) != feature.is_category:
        raise FeatureError(f"{whose} is a {kind}; is_category must be {kind is Kind.TEXT}")
    for leaf in leaves([feature.value]):
        check_arguments(whose, leaf)
