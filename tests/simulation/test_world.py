"""The world is drawn once, and its parts fit together."""

import numpy as np

from forestall.simulation.world import CATEGORIES, CHANNELS, N_STAFF, REGIONS, SEGMENTS, VENUES, world


def test_shares_add_up_to_all() -> None:
    assert np.isclose(sum(channel.share for channel in CHANNELS), 1)
    assert np.isclose(sum(segment.share for segment in SEGMENTS), 1)
    assert np.isclose(world().line["share"].sum(), 1)
    assert all(np.isclose(sum(mix), 1) for mix, _ in REGIONS.values())
    assert {venue.region for venue in VENUES} == set(REGIONS)


def test_each_line_has_staff_and_each_member_of_staff_one_line() -> None:
    rosters = world().rosters
    assert len(rosters) == len(world().line["venue"]) == sum(len(venue.channels) for venue in VENUES)
    assert min(len(members) for members in rosters) > 0
    assert sorted(np.concatenate(rosters)) == list(range(N_STAFF))
    assert len(set(world().staff["name"])) == N_STAFF


def test_products_have_names_of_their_own_and_a_category() -> None:
    product = world().product
    assert len(set(product["name"])) == len(product["name"]) == 60
    assert set(product["category"]) == set(range(len(CATEGORIES)))
    assert (product["price"] > 0).all()
