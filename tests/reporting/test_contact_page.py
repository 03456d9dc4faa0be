"""The contact list as a page: what it shows, what it leaves out, and names that stay text."""

import html
import re

import pytest

from companies import company, visit
from contact_pages import BOLD, LINK, SCRIPT, content_of, found_list, hostile, with_some_reasons
from forestall.reporting import contact_page
from forestall.reporting.contact_page import write_contact_page

RISKS = {SCRIPT: 0.5, "two": 0.8}


@pytest.fixture
def page(tmp_path):
    """Return a function that writes a page and returns its text."""

    def write(found, **how):
        return write_contact_page(found, tmp_path / "contact_list.html", **how).read_text(encoding="utf-8")

    return write


def test_customers_stand_in_the_order_of_the_list_with_risk_interval_and_saving(page):
    text = page(found_list(hostile(), RISKS))
    columns = content_of(text)["columns"]
    assert columns["customer_id"] == [BOLD, "plain"]
    assert columns["dissatisfaction_risk"] == [0.5, 0.8]
    assert columns["risk_low"] == [0.4, 0.64]
    assert columns["risk_high"] == [0.6, 0.84]
    assert columns["expected_saving"] == [0.5 * 500 - 10, 0.5 * 400 - 10]
    assert "<h1>2 customers to contact first</h1>" in text
    assert "if 50\u00a0% are won back (assumed)" in text


def test_the_time_of_all_moments_stands_at_the_top(page):
    """A list of the day before is told by it; the time of the job is that of the computer."""
    found = found_list(hostile(), RISKS)
    same = found.listed.with_columns(as_of=found.listed["as_of"][0])
    time = f"as of {same['as_of'][0]:%Y-%m-%d %H:%M} UTC"
    assert time in page(found._replace(listed=same))
    apart = same.with_columns(as_of=same["as_of"].dt.offset_by("1m").shift(1).fill_null(same["as_of"][0]))
    assert apart["as_of"].n_unique() == 2
    assert "as of" not in page(found._replace(listed=apart))


def test_a_time_line_ends_at_the_moment_and_has_no_texts_unless_they_are_asked_for(page):
    found = found_list(hostile(), RISKS)
    text = page(found)
    content = content_of(text)
    kinds = [content["names"]["kind"][place] for place in content["columns"]["kind"][0]]
    assert kinds == ["arrived", "b_script", "message"]
    assert content["columns"]["seconds_before"][0] == [600, 540, 300]
    assert "secret" not in text
    assert "This page holds what customers wrote" not in text
    told = page(found, texts=True)
    assert content_of(told)["columns"]["text"] == [[None, None, "my secret words"], [None]]
    assert "This page holds what customers wrote" in told


def test_without_reasons_the_page_says_how_to_get_them(page):
    assert "<code>--reasons</code>" in page(found_list(hostile(), RISKS, reasons=None))
    with_reasons = page(found_list(hostile(), RISKS, reasons=["waited long", "was not greeted"]))
    assert "<code>--reasons</code>" not in with_reasons
    assert content_of(with_reasons)["columns"]["reasons"] == [["waited long", "was not greeted"]] * 2


def test_reasons_that_were_not_computed_for_a_band_are_not_taken_for_none(page):
    found = with_some_reasons(found_list(hostile(), RISKS), {SCRIPT: None})
    assert content_of(page(found))["columns"]["reasons"] == [None, ["waited long"]]
    found = with_some_reasons(found, {SCRIPT: []})
    assert content_of(page(found))["columns"]["reasons"] == [[], ["waited long"]]


def test_names_are_data_and_nothing_is_fetched(page):
    text = page(found_list(hostile(), RISKS, reasons=[SCRIPT]))
    assert SCRIPT not in text
    assert '<a href="https' not in text
    assert content_of(text)["names"]["venue"] == [LINK, "Nørre"]
    assert "default-src 'none'" in text
    assert set(re.findall(r"(?:src|href)=[^\s>]+", text.split('<script type="application/json"')[0])) == {
        'href="#list"'
    }
    assert "innerHTML" not in text


def test_an_empty_list_says_so_and_why(page):
    rated = company(visit("a", 0, (0, "arrived", "customer"), customer_value=900.0), ratings=[("a", 1.0, 60)])
    text = html.unescape(page(found_list(rated, {"a": 0.9})))
    assert "<h1>No customer to contact</h1>" in text
    assert (
        "Not on the list: 1 interaction whose customer has already complained, rated or triggered the" in text
    )
    assert "score with <code>--as-of</code>" in text
    assert not re.findall(r"--reasons|No customer matches|<script|<form", text)


def test_a_list_that_is_too_long_for_a_page_is_cut_and_the_page_says_so(page, monkeypatch):
    monkeypatch.setattr(contact_page, "MAX_ROWS", 1)
    text = page(found_list(hostile(), RISKS))
    assert content_of(text)["columns"]["customer_id"] == [BOLD]
    assert "The page shows the first 1 customers; contact_list.parquet has 1 more." in text
