"""Columns read: what is lost with a column of a record."""

from forestall.moment_features import FAMILIES, Standards, context_family
from forestall.moment_features.columns_read import columns_read


def test_a_feature_is_read_from_all_columns_of_its_term():
    read = columns_read(FAMILIES, Standards(channels={"phone": 60}))
    assert read["quality_price_ratio"] == {"price", "product_category"}
    assert read["history_same_venue_share"] == {"history", "customer_id", "venue"}
    assert read["greeting_in_language_share"] == {"locale"}
    assert read["service_wait_s"] == set()
    assert read["service_wait_ratio"] == {"promised_at", "channel"}
    assert read["service_queue_n"] == {"queue", "venue", "channel"}


def test_a_companys_own_column_is_read_from_itself():
    family = context_family(["segment"], ["age"], {"segment": "served"})
    assert columns_read([family], Standards()) == {"context_segment": {"segment"}, "context_age": {"age"}}
