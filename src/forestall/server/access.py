"""Who may ask: the rule for the address of a server, and the token of a request."""

from __future__ import annotations

import ipaddress
import socket
import ssl

from starlette.types import Scope

from forestall.errors import UsageError
from forestall.server.errors import RequestError
from forestall.server.settings import Settings
from forestall.server.tokens import Tokens

OPEN = frozenset({"/ping", "/health"})
"""The routes that never need a token: load balancers ask them."""
INFORMATION = frozenset({"/metrics", "/model", "/version", "/docs", "/openapi.json"})
"""The routes that need one by `--protect-information`; what the page of documentation loads is one of them."""
ANONYMOUS = "-"
_DOCS = "/static-offline-docs/"


class Access:
    """Decides whether a request is answered.

    Parameters
    ----------
    settings
        The settings of the server. Without a file of tokens every request is answered.

    Raises
    ------
    UsageError
        The file of tokens is not valid.
    """

    def __init__(self, settings: Settings) -> None:
        self._tokens = Tokens(settings.token_file) if settings.token_file else None
        self._protects_information = settings.protect_information

    def check(self, scope: Scope) -> str:
        """Return the name of the token of a request; `-` if it needs none.

        Raises
        ------
        RequestError
            401: a token is needed, and the request has none that is accepted.
        """
        if self._tokens is None or self._is_open(scope["path"]):
            return ANONYMOUS
        name = self._tokens.name_of(_bearer(scope))
        if name is None:
            message = (
                "the request must have a header 'Authorization: Bearer TOKEN' with a token of this server"
            )
            raise RequestError(401, message, is_last=True)
        return name

    @property
    def open_routes(self) -> frozenset[str]:
        """The routes that need no token although others do."""
        return OPEN if self._protects_information else OPEN | INFORMATION

    def _is_open(self, path: str) -> bool:
        return path in self.open_routes or (path.startswith(_DOCS) and not self._protects_information)


def check_address(settings: Settings) -> None:
    """Check that a server which others can reach asks for tokens, and that its certificate can be used.

    Raises
    ------
    UsageError
        The address is not this machine's own and there is no file of tokens, or certificate and key do not fit.
    """
    if not settings.no_auth and settings.token_file is None and not is_loopback(settings.host):
        raise UsageError(
            f"--host {settings.host} must come with --token-file FILE, because other machines can reach it; or give "
            "--no-auth if a proxy in front of the server decides who may ask"
        )
    if settings.token_file is not None and settings.no_auth:
        raise UsageError("--token-file and --no-auth must not come together; leave out one of them")
    if settings.protect_information and settings.token_file is None:
        raise UsageError("--protect-information must come with --token-file FILE")
    _check_certificate(settings)


def _check_certificate(settings: Settings) -> None:
    if settings.certfile is None and settings.keyfile is None:
        return
    if settings.certfile is None or settings.keyfile is None:
        raise UsageError("--certfile and --keyfile must come together")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.certfile,
            settings.keyfile,
            password="",
        )
    except (OSError, ValueError):  # an error of ssl is one of the operating system
        raise UsageError(
            "--certfile and --keyfile must be a certificate and its key without a password, in PEM; they cannot be "
            "read as such"
        ) from None


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine alone.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host or "0.0.0.0", None)}
        return all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in found)
    except (OSError, UnicodeError, ValueError):
        return False


def _bearer(scope: Scope) -> str:
    """Return the bearer token of a request, empty if it has none, or more than one."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1:
        return ""
    kind, _, token = given[0].decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
