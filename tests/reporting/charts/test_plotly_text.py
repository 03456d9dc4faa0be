"""Texts of charts: what the data say is text, and what Forestall says may have tags."""

import pytest

from forestall.reporting.charts.plotly_text import Tagged, as_text, plotly_spec

LINK = '<a href="https://evil.example">offer</a>'
ESCAPED = '&lt;a href="https://evil.example"&gt;offer&lt;/a&gt;'


@pytest.mark.parametrize("key", ["x", "y", "text", "name", "customdata", "ticktext", "labels"])
def test_texts_of_the_data_are_escaped_wherever_they_stand(key):
    assert plotly_spec({"data": [{key: [LINK, 1, None]}]}) == {"data": [{key: [ESCAPED, 1, None]}]}
    assert plotly_spec({"layout": {"annotations": [{key: LINK}]}}) == {
        "layout": {"annotations": [{key: ESCAPED}]}
    }


def test_an_entity_in_a_name_is_shown_as_it_is():
    assert plotly_spec(["a &lt; b", "<br>"]) == ["a &amp;lt; b", "&lt;br&gt;"]


def test_templates_keep_the_tags_of_forestall_and_no_others():
    template = f"%{{y}}<br>{as_text(LINK)}<extra></extra>"
    assert plotly_spec({"hovertemplate": template}) == {"hovertemplate": template}
    assert plotly_spec({"hovertemplate": LINK}) == {"hovertemplate": ESCAPED}
    assert plotly_spec({"title": {"text": "risk<br>(95 %)<i>"}}) == {
        "title": {"text": "risk<br>(95 %)&lt;i&gt;"}
    }


def test_a_tagged_text_is_kept():
    assert plotly_spec([Tagged("<b>title</b>")]) == ["<b>title</b>"]


def test_what_is_given_is_not_changed():
    given = {"y": [LINK]}
    plotly_spec(given)
    assert given == {"y": [LINK]}
