"""OpenID Connect: the authorization code flow with PKCE, at one provider whose issuer is pinned.

Follows OpenID Connect Core 1.0 section 3.1 and RFC 9700: the state, the nonce and the verifier are bound
to the browser, the ID token's signature is checked with algorithms that are listed here, its issuer and
audience are ours, and no redirect is followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from hardwon.domain.errors import InputError, UnauthenticatedError, UnavailableError
from hardwon.domain.locality import is_loopback
from hardwon.exchange.outbound import Egress, RefusedError, send

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that an ID token may carry; none of them is made with a shared secret."""
SCOPE: Final = "openid email profile"
_TIMEOUT: Final = 10.0
_LEEWAY: Final = 60
_MOST: Final = 1024 * 1024
_OURS: Final = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})
"""Headers that the way out writes itself."""
_REFUSED: Final = "Ask whoever runs Hardwon; the log says more."


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as the provider says. `email` is empty unless the provider verified it."""

    issuer: str
    subject: str
    email: str = ""


class Ticket:
    """What binds one sign-in to one browser: all of it follows from the random secret in its cookie."""

    def __init__(self, secret: str = "") -> None:
        """Take the secret of a cookie, or make a new one."""
        self.secret = secret or secrets.token_urlsafe(32)
        self.state, self.nonce, self.verifier = (self._derived(name) for name in ("state", "nonce", "pkce"))

    def _derived(self, name: str) -> str:
        digest = hmac.digest(self.secret.encode("utf-8", "replace"), name.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Provider:
    """One identity provider, by what its discovery document says."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, redirect_uri: str, allowed: Sequence[str] = ()
    ) -> None:
        """Know the provider by its issuer, whose host may be in our own network; `allowed` names other hosts there
        that its document may lead to. Raises InputError for one that is reached without HTTPS.
        """
        self.issuer = _https(issuer)
        host = (urlsplit(issuer).hostname or "").lower()
        self._egress = Egress(allowed=(host, *allowed), seconds=_TIMEOUT, most=_MOST)
        self._client = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}

    def address(self, ticket: Ticket) -> str:
        """Return where the browser is sent to sign in. Raises UnavailableError."""
        with self._session() as session:
            address, _ = session.create_authorization_url(
                self._endpoint(session, "authorization_endpoint"),
                state=ticket.state,
                nonce=ticket.nonce,
                code_verifier=ticket.verifier,
            )
        return str(address)

    def claims(self, ticket: Ticket, code: str, state: str) -> Claims:
        """Return who signed in, by the code that the browser brought back.

        Raises UnauthenticatedError where anything does not fit, UnavailableError where the provider
        does not answer.
        """
        if not hmac.compare_digest(state.encode("utf-8", "replace"), ticket.state.encode()):
            raise UnauthenticatedError("This sign-in was begun elsewhere.", fix="Begin again.")
        with self._session() as session:
            token = self._token(session, code, ticket)
            keys = self._fetched(session, self._endpoint(session, "jwks_uri"))
        return self._checked(token, keys, ticket)

    def _session(self) -> Any:
        try:
            from authlib.integrations.httpx_client import OAuth2Client
        except ImportError as error:
            raise UnavailableError(
                "Signing in elsewhere needs the extra `oidc`.", fix="Install hardwon[oidc]."
            ) from error
        return OAuth2Client(
            **self._client,
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            transport=_guarded(self._egress),
        )

    def _endpoint(self, session: Any, name: str) -> str:
        found = self._fetched(session, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise UnavailableError("The provider calls itself otherwise.", fix=_REFUSED)
        return _https(str(found.get(name, "")))

    def _fetched(self, session: Any, address: str) -> dict[str, Any]:
        import httpx2

        try:
            answer = session.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except (httpx2.HTTPError, msgspec.DecodeError) as error:
            raise UnavailableError("The identity provider does not answer.", fix="Try again.") from error

    def _token(self, session: Any, code: str, ticket: Ticket) -> str:
        import httpx2
        from authlib.common.errors import AuthlibBaseError

        try:
            told = session.fetch_token(
                self._endpoint(session, "token_endpoint"), code=code, code_verifier=ticket.verifier
            )
        except AuthlibBaseError as error:
            raise UnauthenticatedError("The provider did not confirm it.", fix="Begin again.") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise UnavailableError("The identity provider does not answer.", fix="Try again.") from error
        return str(told.get("id_token", ""))

    def _checked(self, token: str, keys: dict[str, Any], ticket: Ticket) -> Claims:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client["client_id"]},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": ticket.nonce},
        )
        try:
            found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims  # type: ignore[arg-type]
            wanted.validate(found)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise UnauthenticatedError("The provider's word does not hold.", fix="Begin again.") from error
        party = found.get("azp", self._client["client_id"])
        if party != self._client["client_id"] or not isinstance(found["sub"], str):
            raise UnauthenticatedError("The provider's word is for somebody else.", fix="Begin again.")
        verified = found.get("email_verified") is True
        email = found.get("email")
        return Claims(
            issuer=self.issuer,
            subject=found["sub"][:255],
            email=email if verified and isinstance(email, str) else "",
        )


def _guarded(egress: Egress) -> Any:
    """Return a transport that leaves by the one way out."""
    import httpx2

    class Guarded(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            """Send a request; what is refused or fails is a fault of the connection."""
            headers = {name: value for name, value in request.headers.items() if name not in _OURS}
            try:
                reply = send(request.method, str(request.url), egress, body=request.read(), headers=headers)
            except (RefusedError, OSError, HTTPException) as error:
                raise httpx2.ConnectError(str(error), request=request) from error
            return httpx2.Response(reply.status, headers=reply.headers, content=reply.body, request=request)

    return Guarded()


def _https(address: str) -> str:
    """Return an address that is reached over HTTPS, or on this machine. Raises InputError."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return address
    raise InputError(f"{address[:200]!r} is not reached over HTTPS.", fix="Correct the provider's address.")
