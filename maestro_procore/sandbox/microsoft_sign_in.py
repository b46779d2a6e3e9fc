"""The Microsoft sign-in server: OpenID discovery, sign-in of people, devices and applications, tokens.

Every first part of a path is a tenant. Known applications are those of the start line: the Microsoft one, which may
also act without a secret as desktop programs do, and the Procore one, so that a client needs one pair only.
Source: reference graph-drive 6.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.forms import form_fields
from maestro_procore.sandbox.graph_world import MICROSOFT_USERS, TENANT_ID
from maestro_procore.sandbox.microsoft_devices import Devices
from maestro_procore.sandbox.microsoft_errors import SignInRefused
from maestro_procore.sandbox.microsoft_pages import plain_page
from maestro_procore.sandbox.microsoft_people import People
from maestro_procore.sandbox.microsoft_signatures import NotSigned, Signer, as_base64, checked_assertion
from maestro_procore.sandbox.microsoft_tokens import Tokens, checked_scopes
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.sign_in import Credentials, basic
from maestro_procore.sandbox.world import Row, World

CLIENT_ID: Final = "0b6f4d52-2f0e-4c53-9c2b-6a1e8f7d3c90"
APPS: Final = "microsoft_apps"
NOT_A_TENANT: Final = ("common", "organizations", "consumers")
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"


class MicrosoftSignIn:
    """origin: scheme and host that a request was sent to."""

    def __init__(
        self,
        world: World,
        clock: SandboxClock,
        switches: Switches,
        procore: Credentials,
        origin: Callable[[Call], str],
    ) -> None:
        self._world = world
        self._clock = clock
        self._switches = switches
        self._origin = origin
        self._signer = Signer()
        self.client_secret = secrets.token_urlsafe(30)
        self._secrets = {CLIENT_ID: self.client_secret, procore.client_id: procore.client_secret}
        self.tokens = Tokens(world, clock, switches)
        self.people = People(world, clock, switches)
        self.devices = Devices(world, clock, switches)
        self._grants: dict[str, Callable[[Call, Row, Mapping[str, str]], Answer]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_application,
            "device_code": self._by_device,
            DEVICE_GRANT: self._by_device,
        }

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        _, tenant, *rest = call.path.split("/")
        words = "/".join(rest)
        method = "GET" if call.method == "HEAD" else call.method
        routes: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", "v2.0/.well-known/openid-configuration"): lambda: self._discovery(call, tenant),
            ("GET", "discovery/instance"): lambda: self._instances(call, tenant),
            ("GET", "discovery/v2.0/keys"): lambda: json_answer(self._signer.public_keys()),
            ("GET", "oauth2/v2.0/authorize"): lambda: self._authorize(dict(call.query), tenant),
            ("POST", "oauth2/v2.0/authorize"): lambda: self._authorize(form_fields(call), tenant),
            ("POST", "login"): lambda: self.people.go_on(form_fields(call)),
            ("POST", "oauth2/v2.0/token"): lambda: self._token(call, tenant),
            ("POST", "oauth2/v2.0/devicecode"): lambda: self._device_code(call, tenant),
            ("GET", "oauth2/deviceauth"): lambda: self.devices.page(tenant),
            ("POST", "oauth2/deviceauth"): lambda: self.devices.enter(form_fields(call), tenant, self.people),
            ("GET", "oauth2/v2.0/logout"): lambda: plain_page("Signed out", "You signed out of your account."),
        }
        route = routes.get((method, words))
        if route is None:
            raise Refused(404, {"error": "not_found", "error_description": "No such sign-in address."})
        answer = route()
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def _discovery(self, call: Call, tenant: str) -> Answer:
        origin = self._origin(call)
        base = f"{origin}/{tenant}"
        return json_answer(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                    "private_key_jwt",
                ],
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid"],
                "tenant_region_scope": "NA",
            }
        )

    def _instances(self, call: Call, tenant: str) -> Answer:
        host = self._origin(call).partition("://")[2]
        address = f"{self._origin(call)}/{tenant}/v2.0/.well-known/openid-configuration"
        metadata = [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]
        return json_answer({"tenant_discovery_endpoint": address, "api-version": "1.1", "metadata": metadata})

    def _authorize(self, asked: Mapping[str, str], tenant: str) -> Answer:
        try:
            app = self._app(asked.get("client_id", ""))
        except SignInRefused as refused:
            return plain_page("Sign in", refused.text, 400)
        return self.people.begin(app, asked, tenant)

    def _app(self, client_id: str) -> Row:
        """A registered application. Errors: SignInRefused 700016."""
        if client_id in self._secrets:
            return {"client_id": client_id, "name": "maestro_procore"}
        if not client_id:
            raise SignInRefused(900144, "client_id", self._clock.stamp())
        if self._switches["microsoft_unknown_apps"] == "refuse":
            raise SignInRefused(700016, f"Application '{client_id}'.", self._clock.stamp())
        return {"client_id": client_id, "name": client_id}

    def register_certificate(self, pem: str) -> None:
        """Let an application prove itself with the key of this certificate, as one uploads it in the portal."""
        self._world.collection(APPS).put({"id": self._world.new_id(), "certificate": pem})

    def _check_secret(self, call: Call, app: Row, fields: Mapping[str, str], *, is_needed: bool) -> None:
        """Errors: SignInRefused 7000215, 7000218, 700027."""
        stamp = self._clock.stamp()
        if fields.get("client_assertion"):
            if fields.get("client_assertion_type") != ASSERTION:
                raise SignInRefused(7000218, stamp=stamp)
            certificates = [str(row["certificate"]) for row in self._world.collection(APPS)]
            try:
                claims = checked_assertion(fields["client_assertion"], certificates)
            except NotSigned as problem:
                raise SignInRefused(700027, str(problem), stamp) from None
            # A client signs by its computer's clock; only its subject and audience are judged here.
            if claims.get("sub") != app["client_id"] or not str(claims.get("aud", "")).startswith(self._origin(call)):
                raise SignInRefused(700027, "Subject or audience is wrong.", stamp)
            return
        secret = fields.get("client_secret")
        if secret is None and is_needed:
            raise SignInRefused(7000218, stamp=stamp)
        known = self._secrets.get(app["client_id"])
        if secret and known is not None and not secrets.compare_digest(secret.encode(), known.encode()):
            raise SignInRefused(7000215, stamp=stamp)

    def _token(self, call: Call, tenant: str) -> Answer:
        fields = form_fields(call)
        basic = basic_credentials(call)
        if basic is not None:
            fields = {**fields, "client_id": basic[0], **({"client_secret": basic[1]} if basic[1] else {})}
        grant = self._grants.get(fields.get("grant_type", ""))
        if grant is None:
            raise SignInRefused(70003, stamp=self._clock.stamp())
        policy = self._switches["microsoft_refusal"]
        if policy:
            raise SignInRefused(int(policy), stamp=self._clock.stamp())
        app = self._app(fields.get("client_id", ""))
        is_application = fields["grant_type"] == "client_credentials"
        self._check_secret(call, app, fields, is_needed=is_application)
        if is_application and tenant.lower() in NOT_A_TENANT:
            raise SignInRefused(50059, stamp=self._clock.stamp())
        return grant(call, app, fields)

    def _by_code(self, call: Call, app: Row, fields: Mapping[str, str]) -> Answer:
        code = self.people.redeem(fields, app)
        scopes = checked_scopes(fields.get("scope") or code["scope"], self._clock.stamp())
        if set(scopes) - set(code["scope"].split()):
            self.people.check_consent(self._person(code["user"]), app, " ".join(scopes))
        return self._issue(call, app, self._person(code["user"]), scopes, fields, code["nonce"])

    def _by_refresh(self, call: Call, app: Row, fields: Mapping[str, str]) -> Answer:
        row = self.tokens.of_refresh(fields.get("refresh_token", ""), self._clock.stamp())
        if row["app"]["client_id"] != app["client_id"]:
            raise SignInRefused(70000, stamp=self._clock.stamp())
        person = self._person(row["user"])
        scopes = checked_scopes(fields.get("scope") or " ".join(row["scopes"]), self._clock.stamp())
        self.people.check_consent(person, app, " ".join(scopes))
        if "offline_access" not in scopes:
            scopes.append("offline_access")  # a refresh always answers with a new refresh token
        return self._issue(call, app, person, scopes, fields, None, row["signed_in"])

    def _by_application(self, _call: Call, app: Row, fields: Mapping[str, str]) -> Answer:
        scopes = checked_scopes(fields.get("scope", ""), self._clock.stamp())
        if not all(scope.endswith("/.default") for scope in scopes):
            raise SignInRefused(70011, "An application asks for .default.", self._clock.stamp())
        granted = self.tokens.issue(app, None, scopes, knows_claims=_knows_claims(fields))
        return json_answer({**granted, "scope": " ".join(scopes)})

    def _by_device(self, call: Call, app: Row, fields: Mapping[str, str]) -> Answer:
        row = self.devices.redeem(fields.get("device_code") or fields.get("code", ""), app)
        person = self._person(row["user"])
        self.people.consent(person, app, row["scope"])
        return self._issue(call, app, person, checked_scopes(row["scope"], self._clock.stamp()), fields, None)

    def _device_code(self, call: Call, tenant: str) -> Answer:
        fields = form_fields(call)
        app = self._app(fields.get("client_id", ""))
        scopes = checked_scopes(fields.get("scope", ""), self._clock.stamp())
        return self.devices.begin(app, " ".join(scopes), f"{self._origin(call)}/{tenant}/oauth2/deviceauth")

    def _person(self, number: Any) -> Row:
        found = self._world.collection(MICROSOFT_USERS).get(number)
        if found is None:
            raise SignInRefused(70000, stamp=self._clock.stamp())
        return found

    def _issue(
        self,
        call: Call,
        app: Row,
        person: Row,
        scopes: list[str],
        fields: Mapping[str, str],
        nonce: str | None,
        signed_in: float | None = None,
    ) -> Answer:
        knows_claims = _knows_claims(fields)
        content = self.tokens.issue(app, person, scopes, knows_claims=knows_claims, signed_in=signed_in)
        now = int(self._clock.unix())
        if "openid" in scopes:
            claims = {
                "ver": "2.0",
                "iss": f"{self._origin(call)}/{TENANT_ID}/v2.0",
                "aud": app["client_id"],
                "sub": person["user_id"],
                "oid": person["user_id"],
                "tid": TENANT_ID,
                "iat": now,
                "nbf": now,
                "exp": now + 3600,
                "name": person["name"],
                "preferred_username": person["upn"],
                **({"nonce": nonce} if nonce else {}),
            }
            content["id_token"] = self._signer.signed(claims)
        who = f'{{"uid":"{person["user_id"]}","utid":"{TENANT_ID}"}}'
        return json_answer({**content, "client_info": as_base64(who.encode())})

    def act(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the control interface may do: see graph_control.py. Errors: Refused 400."""
        acts: dict[str, Callable[[Any], None]] = {
            "approve": lambda code: self.devices.decide(
                str(code), self.people.named(body.get("user")), is_granted=True
            ),
            "deny": lambda code: self.devices.decide(str(code), self.people.named(body.get("user")), is_granted=False),
            "revoke": lambda upn: self.tokens.revoke(self.people.named(str(upn))),
            "challenge": lambda upn: (self.tokens.challenge(self.people.named(str(upn))), None)[1],
            "withdraw_consent": lambda upn: self.people.withdraw_consent(self.people.named(str(upn))),
            "certificate": lambda pem: self.register_certificate(str(pem)),
        }
        done = [word for word in body if word in acts]
        if not done:
            raise Refused(400, {"error": f"one of {', '.join(acts)}"})
        for word in done:
            acts[word](body[word])
        return {"ok": True}


def _knows_claims(fields: Mapping[str, str]) -> bool:
    """Whether the client declared the capability CP1, with which it can answer a claims challenge."""
    return '"CP1"' in fields.get("claims", "").upper()


def basic_credentials(call: Call) -> tuple[str, str] | None:
    """Client id and secret of a Basic header, each percent-encoded (RFC 6749, 2.3.1)."""
    found = basic(call.headers.get("authorization", ""))
    return None if found is None else (unquote(found[0]), unquote(found[1]))
