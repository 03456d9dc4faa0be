"""Kinds read: the kinds of events that each feature knows by name."""

from forestall.moment_features import FAMILIES, context_family
from forestall.moment_features.kinds_read import kinds_read


def test_a_feature_reads_the_kinds_of_its_term():
    read = kinds_read(FAMILIES)
    assert read["resolution_transfer_n"] == {"transferred"}
    assert read["resolution_hands_n"] == {"transferred", "escalated", "reopened"}
    assert {"served", "responded", "message", "closed", "abandoned"} <= read["service_wait_s"]
    assert read["resolution_events_n"] == set()
    assert read["quality_price"] == set()


def test_a_companys_own_column_is_known_from_a_kind_on():
    family = context_family(["code"], ["age"], {"code": "closed"})
    assert kinds_read([family]) == {"context_code": {"closed"}, "context_age": set()}
