"""Who may ask: tokens, the address of a server, and TLS."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import FORESTALL, JSON, Answer, Server, ask, free_port, running

from forestall.errors import UsageError
from forestall.json_text import json_text
from forestall.server.access import ANONYMOUS, INFORMATION, OPEN, Access, check_address, is_loopback
from forestall.server.errors import RequestError
from forestall.server.settings import Settings
from workshop import Work

TOKEN, OTHER = "crm-0123456789abcdef", "shop-0123456789abcdef"
REAL = sorted(OPEN | INFORMATION | {"/invocations", "/explain"})


def settings(**more: Any) -> Settings:
    return Settings(model_uri="models:/risk/1", **more)


@pytest.fixture(scope="module")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("access") / "tokens"
    file.write_text(f"crm {TOKEN}\nshop {OTHER}\n")
    return file


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate of this machine, and its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "cert.pem", folder / "key.pem"


def scope(path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "path": path, "headers": list(headers)}


def bearer(token: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {token}".encode()


@pytest.mark.parametrize("path", [*REAL, "/nothing", "/static-offline-docs/x.js"])
def test_without_tokens_everything_is_answered(path: str) -> None:
    assert Access(settings()).check(scope(path)) == ANONYMOUS


@pytest.mark.parametrize("protects", [False, True])
@pytest.mark.parametrize(
    "path", [*REAL, "/nothing", "/static-offline-docs/x.js", "/ping/", "//ping", "/PING"]
)
def test_what_needs_a_token_needs_the_right_one(token_file: Path, path: str, protects: bool) -> None:
    access = Access(settings(token_file=token_file, protect_information=protects))
    is_static = path.startswith("/static")
    if path in OPEN or (not protects and (path in INFORMATION or is_static)):
        assert access.check(scope(path)) == ANONYMOUS
        return
    assert access.check(scope(path, bearer(TOKEN))) == "crm"
    assert access.check(scope(path, (b"authorization", f"bEARER {OTHER}".encode()))) == "shop"
    for wrong in (
        (),
        (bearer("")),
        bearer(TOKEN[:-1]),
        bearer(TOKEN + "x"),
        (b"authorization", TOKEN.encode()),
        (b"authorization", b"Basic " + TOKEN.encode()),
        (b"authorization", b"Bearer \xff\xfe"),
        (b"x-token", TOKEN.encode()),
    ):
        with pytest.raises(RequestError) as refused:
            access.check(scope(path, *([wrong] if wrong else [])))  # type: ignore[list-item]
        assert refused.value.status == 401
        assert TOKEN not in refused.value.message
    with pytest.raises(RequestError):
        access.check(scope(path, bearer(TOKEN), bearer(TOKEN)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"host": "0.0.0.0"}, "--host 0.0.0.0 must come with --token-file FILE"),
        ({"host": "::"}, "must come with --token-file"),
        ({"host": ""}, "must come with --token-file"),
        ({"host": "192.0.2.7"}, "must come with --token-file"),
        ({"token_file": "x", "no_auth": True}, "--token-file and --no-auth"),
        ({"protect_information": True}, "--protect-information must come with --token-file"),
        ({"certfile": "x"}, "--certfile and --keyfile must come together"),
        ({"certfile": "x", "keyfile": "y"}, "must be a certificate and its key"),
    ],
)
def test_a_server_that_others_can_reach_asks_for_tokens(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_address(settings(**more))


def test_what_is_safe_is_allowed(token_file: Path, certificate: tuple[Path, Path]) -> None:
    for more in (
        {},
        {"host": "localhost"},
        {"host": "::1"},
        {"host": "0.0.0.0", "no_auth": True},
        {"host": "0.0.0.0", "token_file": token_file, "protect_information": True},
        {"certfile": certificate[0], "keyfile": certificate[1]},
    ):
        check_address(settings(**more))
    with pytest.raises(UsageError, match="must be a certificate and its key"):  # exchanged
        check_address(settings(certfile=certificate[1], keyfile=certificate[0]))
    assert not is_loopback("no such host.invalid")


@pytest.fixture(scope="module")
def guarded(
    work: Work, tmp_path_factory: pytest.TempPathFactory, token_file: Path, certificate: tuple[Path, Path]
) -> Iterator[Server]:
    """Return a server with tokens and TLS, of two processes."""
    port, log = free_port(), tmp_path_factory.mktemp("guarded") / "log"
    options = ("--token-file", token_file, "--certfile", certificate[0], "--keyfile", certificate[1])
    words = (*FORESTALL, "serve", "models:/quick-risk/1", "--tracking-uri", work.tracking_uri)
    more = ("--port", port, "--host", "0.0.0.0", "--access-log")
    with running((*words, *more, *options), port, log, context=trusting(certificate[0])) as server:
        yield server


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_a_server_with_tokens_and_tls_answers_those_who_may_ask(
    guarded: Server, certificate: tuple[Path, Path], records: list[dict[str, Any]]
) -> None:
    body = json_text({"dataframe_records": records[:2]}).encode()

    def get(path: str, token: str | None = None, body: bytes | None = None) -> Answer:
        headers = JSON | ({"authorization": f"Bearer {token}"} if token else {})
        return ask(guarded.port, "POST" if body else "GET", path, body, headers, trusting(certificate[0]))

    for token in (None, "x" * 20):
        refused = get("/invocations", token, body)
        assert refused.status == 401
        assert refused.json["error_code"] == "UNAUTHENTICATED"
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "x-model-name" not in refused.headers
    assert len(get("/invocations", TOKEN, body).risks) == 2
    assert get("/ping").status == get("/health").status == 200
    counts = get("/metrics").body.decode()
    assert 'forestall_token_requests_total{status="200",token="crm"} 1.0' in counts
    assert 'forestall_requests_total{route="other",status="401"} 2.0' in counts
    schema = get("/openapi.json").json
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    needs = {path for path, ways in schema["paths"].items() if next(iter(ways.values()))["security"]}
    assert needs == {"/invocations", "/explain"}
    says = {path for path, ways in schema["paths"].items() if "401" in next(iter(ways.values()))["responses"]}
    assert says == needs
    log = guarded.log.read_text()
    assert "by crm" in log
    assert TOKEN not in log
    with pytest.raises((ConnectionError, http.client.HTTPException)):  # no plain text
        ask(guarded.port, "GET", "/ping")
