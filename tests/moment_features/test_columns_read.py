"""Columns read: what is lost with a column of a record."""

from forestall.moment_features import FAMILIES, Standards, context_family
from forestall.moment_features.columns_read import columns_read
from forestall.moment_features.earlier_ratings import with_earlier_ratings
from forestall.moment_features.own_kinds import OwnKinds, with_own_kinds
from forestall.moment_features.state_columns import EventField


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


def test_an_attribute_is_read_from_the_events_and_a_kind_from_nothing_else():
    own = with_own_kinds(
        context_family([], [], {}), OwnKinds(("noted",), numbers=("effort",), texts=("desk",))
    )
    read = columns_read([own], Standards())
    effort = {read[f"context_event_effort_{what}"] for what in ("last", "mean", "highest")}
    assert effort == {frozenset({EventField("effort")})}
    assert read["context_event_desk_last"] == {EventField("desk")}
    assert read["context_kind_noted_n"] == set()
    assert str(EventField("desk")) == "events.desk" != EventField("desk")


def test_earlier_ratings_are_a_field_of_their_own():
    read = columns_read(with_earlier_ratings(FAMILIES), Standards())
    assert read["resolution_rated_n"] == read["resolution_rating_last"] == {"earlier_ratings"}
