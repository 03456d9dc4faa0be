"""`forestall.serve`: its options are the server's settings."""

import pytest

import forestall
from forestall.errors import UsageError
from forestall.server import Settings


def test_every_option_reaches_the_server(monkeypatch):
    served = []
    monkeypatch.setattr("forestall.jobs.serve.run", served.append)
    forestall.serve("models:/a@champion")
    assert served == [Settings(model_uri="models:/a@champion")]
    forestall.serve(
        "m", host="0.0.0.0", port=1, workers=2, poll=3, timeout=4, max_body=0.5, max_records=6, max_events=7,
        max_text=8, head_timeout=9, access_log=True, require_signature="key.pub",
        tracking_uri="sqlite:///x.db",
    )  # fmt: skip
    assert served[1] == Settings(
        model_uri="m", host="0.0.0.0", port=1, workers=2, poll_s=3, timeout_s=4, max_body=512 * 1024,
        max_records=6, max_events=7, max_text=8, header_s=9, has_access_log=True, require_signature="key.pub",
        tracking_uri="sqlite:///x.db",
    )  # fmt: skip


def test_an_option_out_of_its_range_is_an_error_of_the_user():
    with pytest.raises(UsageError, match="serve: workers must be greater than or equal to 1, is 0"):
        forestall.serve("m", workers=0)
