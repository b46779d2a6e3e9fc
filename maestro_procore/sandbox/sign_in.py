"""Procore's sign-in: authorization codes, tokens with single-use refresh tokens, revoke and token info.

Source: reference 1.2 (DOC oauth/*): access tokens live 5,400 s, codes 10 minutes and one use; a refresh
answers with a new pair and kills the old one at once; revoke kills both and always answers 200.
Tokens are kept as hashes only: a profile folder holds no secret.
"""

import base64
import binascii
import hashlib
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from maestro_procore.sandbox.answers import Answer, Call, Refused, html_answer, json_answer
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.forms import form_fields
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.visits import Bearer
from maestro_procore.sandbox.world import Row, World

TOKEN_SECONDS = 5400
CODE_SECONDS = 600
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
TOKENS, CODES, USERS = "oauth_tokens", "oauth_codes", "users"


@dataclass(frozen=True)
class Credentials:
    """The registered application of this sandbox, new at each start."""

    client_id: str
    client_secret: str

    @classmethod
    def fresh(cls) -> "Credentials":
        return cls(secrets.token_hex(32), secrets.token_hex(32))


class OauthError(Refused):
    """The error body of RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(status, {"error": error, "error_description": description})


class SignIn:
    """The login host. Tokens and codes are rows of the world, so that they live and die with it."""

    def __init__(self, world: World, clock: SandboxClock, credentials: Credentials, switches: Switches) -> None:
        self._world = world
        self._clock = clock
        self._credentials = credentials
        self._switches = switches
        self._routes = {
            ("GET", "/oauth/authorize"): self._authorize,
            ("POST", "/oauth/authorize"): self._decide,
            ("POST", "/oauth/token"): self._token,
            ("GET", "/oauth/token/info"): self._info,
            ("POST", "/oauth/revoke"): self._revoke,
        }

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        route = self._routes.get((call.method, call.path))
        if route is None:
            raise Refused(404, {"error": "not_found", "error_description": "No such sign-in address."})
        answer = route(call)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def bearer(self, call: Call) -> Bearer:
        """Who the request's token belongs to. Errors: Refused 401."""
        token = self._token_row(call)
        user = self._world.collection(USERS).get(token["user_id"])
        if user is None:
            raise invalid_token("The access token is invalid")
        return Bearer(user, token["grant"] == "client_credentials")

    def _token_row(self, call: Call) -> Row:
        kind, _, text = call.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text:
            raise invalid_token("The access token is invalid")
        row = self._find("access_hash", text.strip())
        if row is None or row["is_revoked"]:
            raise invalid_token("The access token is invalid" if row is None else "The access token was revoked")
        if self._clock.unix() >= row["expires_at"]:
            raise invalid_token("The access token expired")
        return row

    def _find(self, name: str, token: str) -> Row | None:
        wanted = _hash(token)
        for row in reversed(list(self._world.collection(TOKENS))):
            if row.get(name) == wanted:
                return row
        return None

    def _authorize(self, call: Call) -> Answer:
        asked = dict(call.query)
        self._check_request(asked)
        if self._switches["authorize_asks"]:
            return html_answer(_question_page(asked))
        return self._grant(asked)

    def _decide(self, call: Call) -> Answer:
        asked = form_fields(call)
        self._check_request(asked)
        if asked.get("decision") == "allow":
            return self._grant(asked)
        return _redirect(asked, {"error": "access_denied", "error_description": "The user denied the request."})

    def _check_request(self, asked: Mapping[str, str]) -> None:
        """An unknown application or address gets a page, never a redirect (RFC 6749, 4.1.2.1)."""
        if not secrets.compare_digest(asked.get("client_id", ""), self._credentials.client_id):
            raise OauthError("invalid_client", "Client authentication failed due to unknown client.", 401)
        if asked.get("response_type") != "code":
            raise OauthError("unsupported_response_type", "The authorization server does not support this.")
        if not is_usable_redirect(asked.get("redirect_uri", "")):
            raise OauthError("invalid_redirect_uri", "The redirect uri included is not valid.")

    def _grant(self, asked: Mapping[str, str]) -> Answer:
        code = secrets.token_hex(32)
        self._world.collection(CODES).put(
            {
                "id": self._world.new_id(),
                "code_hash": _hash(code),
                "redirect_uri": asked["redirect_uri"],
                "expires_at": self._clock.unix() + CODE_SECONDS,
                "challenge": asked.get("code_challenge"),
                "challenge_method": asked.get("code_challenge_method", "plain"),
                "is_used": False,
            }
        )
        if asked["redirect_uri"] == OUT_OF_BAND:
            return html_answer(_code_page(code))
        return _redirect(asked, {"code": code})

    def _token(self, call: Call) -> Answer:
        fields = form_fields(call)
        self._check_client(call, fields)
        grants = {
            "client_credentials": self._by_client,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }
        grant = grants.get(fields.get("grant_type", ""))
        if grant is None:
            raise OauthError("unsupported_grant_type", "The authorization grant type is not supported.")
        return grant(fields)

    def _check_client(self, call: Call, fields: Mapping[str, str]) -> None:
        """client_id and client_secret in the body or, as real servers also accept, as Basic authentication."""
        named = basic(call.headers.get("authorization", ""))
        client_id, secret = named or (fields.get("client_id", ""), fields.get("client_secret", ""))
        known = secrets.compare_digest(client_id.encode(), self._credentials.client_id.encode())
        right = secrets.compare_digest(secret.encode(), self._credentials.client_secret.encode())
        if not (known and right):
            raise OauthError(
                "invalid_client",
                "Client authentication failed due to unknown client, no client authentication included,"
                " or unsupported authentication method.",
                401,
            )

    def _by_client(self, _fields: Mapping[str, str]) -> Answer:
        service = next(user for user in self._world.collection(USERS) if user.get("_is_service"))
        return self._issue("client_credentials", service, with_refresh=False)

    def _by_code(self, fields: Mapping[str, str]) -> Answer:
        wanted = _hash(fields.get("code", ""))
        code = next((row for row in self._world.collection(CODES) if row["code_hash"] == wanted), None)
        if code is None or code["is_used"] or self._clock.unix() >= code["expires_at"]:
            raise _invalid_grant()
        if fields.get("redirect_uri") != code["redirect_uri"]:
            raise _invalid_grant()
        verifier = fields.get("code_verifier", "")
        proof = _challenge(verifier) if code["challenge_method"] == "S256" else verifier
        if code["challenge"] and not secrets.compare_digest(proof.encode(), str(code["challenge"]).encode()):
            raise _invalid_grant()
        self._world.collection(CODES).put({**code, "is_used": True})
        return self._issue("authorization_code", self._person(), with_refresh=True)

    def _by_refresh(self, fields: Mapping[str, str]) -> Answer:
        old = self._find("refresh_hash", fields.get("refresh_token", ""))
        if old is None or old["is_revoked"]:
            raise _invalid_grant()
        self._world.collection(TOKENS).put({**old, "is_revoked": True})
        return self._issue("authorization_code", self._person(), with_refresh=True)

    def _person(self) -> Row:
        return next(user for user in self._world.collection(USERS) if not user.get("_is_service"))

    def _issue(self, grant: str, user: Row, *, with_refresh: bool) -> Answer:
        now = self._clock.unix()
        access = secrets.token_hex(32)
        refresh = secrets.token_hex(32) if with_refresh else None
        self._drop_dead(now)
        self._world.collection(TOKENS).put(
            {
                "id": self._world.new_id(),
                "grant": grant,
                "user_id": user["id"],
                "access_hash": _hash(access),
                "refresh_hash": _hash(refresh) if refresh else None,
                "created": now,
                "expires_at": now + TOKEN_SECONDS,
                "is_revoked": False,
            }
        )
        content = {"access_token": access, "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        if refresh:
            content["refresh_token"] = refresh
        return json_answer({**content, "created_at": int(now)})

    def _drop_dead(self, now: float) -> None:
        """Forget tokens that nothing can be done with any more, so that they do not pile up."""
        tokens = self._world.collection(TOKENS)
        for row in list(tokens):
            if now > row["expires_at"] + TOKEN_SECONDS and (row["is_revoked"] or not row["refresh_hash"]):
                tokens.remove(row["id"])

    def _info(self, call: Call) -> Answer:
        row = self._token_row(call)
        return json_answer(
            {
                "resource_owner_id": row["user_id"],
                "scopes": [],
                "expires_in_seconds": max(0, int(row["expires_at"] - self._clock.unix())),
                "application": {"uid": self._credentials.client_id},
                "created_at": int(row["created"]),
            }
        )

    def _revoke(self, call: Call) -> Answer:
        fields = form_fields(call)
        self._check_client(call, fields)
        for name in ("access_hash", "refresh_hash"):
            row = self._find(name, fields.get("token", ""))
            if row is not None:
                self._world.collection(TOKENS).put({**row, "is_revoked": True})
        return json_answer({})


def invalid_token(description: str) -> Refused:
    """401 as the API answers it, with the header of RFC 6750."""
    header = f'Bearer realm="Procore", error="invalid_token", error_description="{description}"'
    return Refused(401, {"code": 401, "message": description, "error": "Unauthorized"}, {"WWW-Authenticate": header})


def is_usable_redirect(uri: str) -> bool:
    """Out of band, https, or http on the loopback."""
    if uri == OUT_OF_BAND:
        return True
    parts = urlsplit(uri)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")


def _invalid_grant() -> OauthError:
    return OauthError(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI"
        " used in the authorization request, or was issued to another client.",
    )


def _redirect(asked: Mapping[str, str], added: Mapping[str, str]) -> Answer:
    uri = asked["redirect_uri"]
    state = {"state": asked["state"]} if asked.get("state") else {}
    parts = urlsplit(uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items(), *state.items()])
    return Answer(302, headers={"Location": parts._replace(query=query).geturl()}, content_type="text/html")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    """PKCE S256 (RFC 7636); not documented by Procore, accepted when a client sends it."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(header: str) -> tuple[str, str] | None:
    """User name and password of a Basic header; None for any other."""
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret


def _code_page(code: str) -> str:
    title = "<!doctype html><title>Procore sandbox</title><h1>Authorization code</h1>"
    return f'{title}<code id="authorization_code">{code}</code>'


def _question_page(asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    return (
        "<!doctype html><title>Procore sandbox</title><h1>Authorize this application?</h1>"
        f'<form method="post" action="/oauth/authorize">{hidden}'
        '<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>'
    )
