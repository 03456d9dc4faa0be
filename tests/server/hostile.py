"""Requests that no well-meaning caller sends, and what a server must keep to whatever comes."""

from __future__ import annotations

import copy
import http.client
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

CANARY = "Jane-Doe-4711"
ROUTES = ("/invocations", "/explain")
JSON = "application/json"
LONGEST_S = 60


@dataclass(frozen=True)
class Sent:
    """A request."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": JSON})
    method: str = "POST"
    may_ask: bool = True
    """Whether the server must answer; if not, all that it may say is 401."""


class Line:
    """A connection that sends one request after the other, with a token if there is one, and checks each answer."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.port = port
        self.own = {"authorization": f"Bearer {token}"} if token else {}
        self.statuses: Counter[int] = Counter()
        self._open()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def _open(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_S)

    def send(self, sent: Sent) -> tuple[int, bytes]:
        """Send a request and give what came back: never an error of the server's, never what was sent."""
        try:
            self.connection.request(sent.method, sent.path, sent.body, sent.headers | self.own)
            answer = self.connection.getresponse()
            body = answer.read()
        except (http.client.HTTPException, ConnectionError):  # closed after a refusal, as it may be
            self.connection.close()
            self._open()
            self.statuses[0] += 1
            assert self.is_alive(), "the server is gone"
            return 0, b""
        self.statuses[answer.status] += 1
        assert answer.status < 500 or answer.status == 503, f"{answer.status} to {len(sent.body)} bytes"
        if not sent.may_ask:
            assert answer.status == 401, f"{answer.status} to {sent.method} without a token"
            assert answer.headers["x-model-version"] is None
            assert answer.headers["x-model-name"] is None
            assert set(json.loads(body)) == {"error_code", "message"}
            assert CANARY.encode() not in body
            return answer.status, body
        assert answer.status in {200, 400, 404, 405, 408, 413, 415, 422, 503}
        if answer.status != 200:
            assert set(json.loads(body)) == {"error_code", "message"}
            assert CANARY.encode() not in body
            assert CANARY not in str(answer.headers)
        assert answer.headers["x-model-version"]
        return answer.status, body

    def is_alive(self) -> bool:
        self.connection.request("GET", "/ping")
        return self.connection.getresponse().read() == b"\n"


_TIMES = st.sampled_from(
    ["0000-01-01", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z",
     "9999-12-31T23:59:59-14:00", "2026-02-30", "2026-11-02T25:00:00Z", "2026-11-02", "20261102T090000",
     "2026-11-02T09:00:00.123456789+05:45", "1969-12-31T23:59:59Z", "2026-W45-1", "now", "1e9", "-1"]
)  # fmt: skip
_TEXTS = st.sampled_from(
    ["", " ", "\x00", "\x1b[31m", "\u202e" + CANARY, "مرحبا بالعالم", "\ud800", "\udfff\ud800", "🧨" * 50,
     "'; DROP TABLE a; --", "{{7*7}}", "${jndi:a}", "../../etc/passwd", "NaN", "null", "[]", "{}", "[[[[", '{"a":',
     "ß" * 65, CANARY * 20, "\r\nX-Model-Version: 9"]
)  # fmt: skip
_NUMBERS = st.one_of(
    st.floats(),
    st.sampled_from(
        [
            float("nan"),
            float("inf"),
            0,
            -1,
            2**31,
            2**53 + 1,
            2**63,
            -(2**63) - 1,
            10**400,
            1e308,
            -1e308,
            5e-324,
        ]
    ),
    st.integers(),
)
_SCALARS = st.one_of(st.none(), st.booleans(), _NUMBERS, _TIMES, _TEXTS, st.text(max_size=20))
_ANY = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_TEXTS | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_TOP = ("interaction_id", "started_at", "as_of", "customer_id", "channel", "venue", "locale", "product",
        "product_category", "price", "is_commodity", "promised_at", "purchased_at", "customer_value", "staff",
        "events", "history", "queue", "other")  # fmt: skip
_EVENT = ("at", "kind", "actor", "text", "value", "other")
_PAST = ("started_at", "ended_at", "rating", "rated_at", "resolved", "wait_s", "channel", "venue", "n_events")
_QUEUE = ("n_waiting", "n_served_first", "mean_wait_s")


@st.composite
def records(draw: st.DrawFn, base: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw a good record that a few things are wrong with."""
    record = copy.deepcopy(draw(st.sampled_from(base)))
    for name in draw(st.lists(st.sampled_from(_TOP), max_size=3, unique=True)):
        record[name] = draw(_ANY)
    for name, fields in (("events", _EVENT), ("history", _PAST)):
        items = record.get(name)
        if isinstance(items, list) and items and draw(st.booleans()):
            place = draw(st.integers(0, len(items) - 1))
            wrong = draw(st.dictionaries(st.sampled_from(fields), _ANY, max_size=3))
            items[place] = {**items[place], **wrong} if isinstance(items[place], dict) else wrong
            items *= draw(st.sampled_from([1, 1, 1, 2, 30]))
    if draw(st.integers(0, 4)) == 0:
        record["queue"] = draw(st.dictionaries(st.sampled_from(_QUEUE), _ANY))
    if draw(st.integers(0, 5)) == 0:
        record.pop(draw(st.sampled_from(sorted(record))))
    return record


@st.composite
def requests(draw: st.DrawFn, base: list[dict[str, Any]]) -> Sent:
    """Draw a request: hostile records, or a hostile body around good ones."""
    rows = draw(
        st.lists(records(base) | _ANY, max_size=4)
        if draw(st.booleans())
        else st.lists(records(base), max_size=3)
    )
    content: Any = {"dataframe_records": rows}
    shape = draw(st.sampled_from(["records"] * 5 + ["split", "wrong", "any"]))
    if shape == "split":
        columns = draw(st.lists(st.sampled_from(_TOP), max_size=6))
        content = {
            "dataframe_split": {
                "columns": columns,
                "data": draw(st.lists(st.lists(_ANY, max_size=6), max_size=3)),
            }
        }
    elif shape == "wrong":
        content[draw(_TEXTS)] = draw(_ANY)
    elif shape == "any":
        content = draw(_ANY)
    if isinstance(content, dict) and draw(st.integers(0, 3)) == 0:
        content["params"] = draw(st.fixed_dictionaries({"reasons": st.booleans() | _ANY}) | _ANY)
    return Sent(draw(st.sampled_from(ROUTES)), draw(bodies(json.dumps(content).encode())), draw(_HEADERS))


@st.composite
def bodies(draw: st.DrawFn, body: bytes) -> bytes:
    """Draw a body, at times cut off, with something in its midst, or with doubled keys."""
    place = draw(st.integers(0, max(len(body) - 1, 0)))
    how = draw(st.sampled_from(["whole"] * 7 + ["cut", "junk", "doubled"]))
    if how == "cut":
        return body[:place]
    if how == "junk":
        return body[:place] + draw(st.binary(max_size=8)) + body[place:]
    return body.replace(b'"kind"', b'"at": 5, "at"') if how == "doubled" else body


_HEADERS = st.sampled_from(
    [{"content-type": JSON}] * 12
    + [{}, {"content-type": f"text/{CANARY}"}, {"content-type": "text/csv"},
       {"content-type": JSON, "content-encoding": "gzip"},
       {"content-type": f"{JSON}; charset={CANARY}"}, {"content-type": f"{JSON}; charset=utf-8", "x-other": CANARY}]
)  # fmt: skip


_PROTECTED = (*ROUTES, "/metrics", "/model", "/version", "/docs", "/openapi.json", "/nothing", "//invocations",
              "/invocations/", "/INVOCATIONS", "/ping/", "//ping", "/ping/../invocations", "/ping%2f",
              "/static-offline-docs/../invocations", "/static-offline-docs/%2e%2e/model")  # fmt: skip


@st.composite
def requests_without_token(draw: st.DrawFn, base: list[dict[str, Any]], token: str) -> Sent:
    """Draw a request that has no token, or one that is none of the server's, to a route that needs one."""
    sent = draw(requests(base))
    path = draw(st.sampled_from(_PROTECTED))
    wrong = draw(
        st.sampled_from(
            ["Bearer", "Bearer ", f"Bearer {token[:-1]}", f"Bearer {token}x", f"Bearer {token.upper()}", token,
             f"Basic {token}", f"Bearer {token} {token}", f"Bearer, Bearer {token}", f"Bearer {CANARY}", "Bearer \xff",
             f"Token {token}", "Bearer " + "a" * 5_000, "Bearer null", f'Bearer "{token}"']
        ) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
    )  # fmt: skip
    name = draw(st.sampled_from(["authorization"] * 4 + ["x-authorization", "proxy-authorization", "cookie"]))
    headers = sent.headers | draw(st.sampled_from([{}, {name: wrong}]))
    return Sent(
        path, sent.body, headers, draw(st.sampled_from(["POST", "POST", "GET", "PUT"])), may_ask=False
    )


def giants(base: dict[str, Any]) -> Iterator[tuple[str, Sent]]:
    """Return the requests that are large or deep, each with its name."""

    def of(**changes: Any) -> bytes:
        return json.dumps({"dataframe_records": [{**base, **changes}]}).encode()

    event = {"at": base["started_at"], "kind": "message", "actor": "customer"}
    deep = b'{"dataframe_records": [{"interaction_id": "a", "events": ' + b"[" * 5000 + b"]" * 5000 + b"}]}"
    for name, body in {
        "brackets without end": b"[" * 1_000_000,
        "deep nesting": deep,
        "objects in objects": b'{"a":' * 100_000,
        "a text of 10 MB": of(events=[{**event, "text": "a" * 10_000_000}]),
        "a text of 10 MB of quotes": of(venue='"' * 10_000_000),
        "a number of 1 MB": b'{"dataframe_records": [{"interaction_id": ' + b"9" * 1_000_000 + b"}]}",
        "100,000 events": of(events=[event] * 100_000),
        "100,000 events as JSON": of(events=json.dumps([event] * 100_000)),
        "9,999 events": of(events=[event] * 9_999),
        "100,000 interactions before": of(history=[{"started_at": base["started_at"]}] * 100_000),
        "a text of 99,999 characters": of(events=[{**event, "text": "good bad " * 11_111}]),
        "10,000 empty records": json.dumps({"dataframe_records": [{"interaction_id": "a"}] * 10_000}).encode(),
        "a million records": b'{"dataframe_records": [' + b"{}," * 1_000_000 + b"{}]}",
        "40 MB of nothing": b" " * 40_000_000,
        "a million columns": b'{"dataframe_split": {"data": [], "columns": ["0"' + b', "a"' * 1_000_000 + b"]}}",
    }.items():  # fmt: skip
        for path in ROUTES:
            yield f"{path} {name}", Sent(path, body)
