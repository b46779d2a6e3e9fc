"""Microsoft's sign-in server as MSAL's session sees it: discovery, codes, devices, refresh tokens and services."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from maestro_procore.drive.connection import MicrosoftConnection

LOGIN = "https://login.microsoftonline.com"


def packed(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def refusal(error: str, number: int | None = None, **more: Any) -> dict[str, Any]:
    words = f"AADSTS{number}: told by Microsoft. Trace ID: 1" if number else "told by Microsoft"
    return {"error": error, "error_description": words, "error_codes": [number] if number else [], **more}


class Said:
    """An answer in the form that MSAL reads."""

    def __init__(self, content: dict[str, Any], status: int = 200) -> None:
        self.status_code, self.text, self.headers = status, json.dumps(content), {}

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise RuntimeError(self.text)


class FakeIdentity:
    """One sign-in server with the people in `people`: user name → id. answers: refusals to come, first one first."""

    def __init__(self) -> None:
        self.people = {"ann@contoso.com": "ann", "bob@contoso.com": "bob"}
        self.refusals: list[dict[str, Any]] = []
        self.posted: list[dict[str, str]] = []
        self.asked: list[str] = []
        """Addresses, in the order in which they were asked."""
        self.number = 0
        self.nonce = ""
        self.device_user, self.polls = "", 0
        self.broken: Exception | None = None

    def session(self, _connection: MicrosoftConnection) -> "FakeIdentity":
        return self

    def close(self) -> None:
        return None

    def get(self, url: str, **_more: Any) -> Said:
        self.asked.append(url)
        if self.broken is not None:
            raise self.broken
        authority = url.partition("/v2.0/")[0]
        if "discovery/instance" in url:
            page = f"{LOGIN}/common/v2.0/.well-known/openid-configuration"
            return Said({"tenant_discovery_endpoint": page, "metadata": []})
        return Said(
            {
                "issuer": f"{authority}/v2.0",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
            }
        )

    def post(self, url: str, data: Any = None, **_more: Any) -> Said:
        self.asked.append(url)
        if self.broken is not None:
            raise self.broken
        form = dict(data) if isinstance(data, dict) else {k: v[0] for k, v in parse_qs(data or "").items()}
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in form.items()}
        self.posted.append(form)
        if self.refusals:
            return Said(self.refusals.pop(0), 400)
        if url.endswith("/devicecode"):
            page = "https://microsoft.com/devicelogin"
            code = {"device_code": "canary-device", "user_code": "ABCD-EFGH", "verification_uri": page}
            return Said({**code, "expires_in": 900, "interval": 5, "message": "m"})
        return self._token(form)

    def _token(self, form: dict[str, str]) -> Said:
        grant = form["grant_type"]
        if grant == "client_credentials":
            self.number += 1
            claims = {"app_displayname": "Procore Sync"}
            return Said(
                {"access_token": f"x.{packed(claims)}.{self.number}", "expires_in": 3600, "token_type": "Bearer"}
            )
        if grant == "authorization_code":
            user = form["code"].removeprefix("code-of-")
        elif grant == "refresh_token":
            user = form["refresh_token"].rpartition("-of-")[2]
        else:
            self.polls += 1
            if not self.device_user or self.polls <= 2:  # a person takes a moment to type it
                return Said(refusal("authorization_pending", 70016), 400)
            user = self.device_user
        self.number += 1
        subject = self.people[user]
        id_claims = {
            "sub": subject,
            "oid": subject,
            "tid": "tenant",
            "preferred_username": user,
            "nonce": self.nonce,
            "aud": form["client_id"],
            "iss": f"{LOGIN}/tenant/v2.0",
            "exp": int(time.time()) + 3600,
            "iat": int(time.time()),
        }
        return Said(
            {
                "access_token": f"canary-access-{self.number}-of-{user}",
                "refresh_token": f"canary-refresh-{self.number}-of-{user}",
                "id_token": f"{packed({'alg': 'none'})}.{packed(id_claims)}.",
                "client_info": packed({"uid": subject, "utid": "tenant"}),
                "expires_in": 3600,
                "scope": form.get("scope") or self.posted[0]["scope"],
                "token_type": "Bearer",
            }
        )


class Browser:
    """A person in front of the browser. Does what `answer` says with the address that is opened."""

    def __init__(self, identity: FakeIdentity, user: str = "ann@contoso.com") -> None:
        self.identity, self.user = identity, user
        self.asked: dict[str, str] = {}

    def open(self, address: str) -> None:
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.identity.nonce = self.asked["nonce"]

    async def post(self, **more: str) -> httpx.Response:
        """Sends the form of the sign-in page back to this computer."""
        form = {"code": f"code-of-{self.user}", "state": self.asked["state"], **more}
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.post(self.here(), data=form)

    def here(self) -> str:
        """Our own listener, which `localhost` may find by another road."""
        return self.asked["redirect_uri"].replace("localhost", "127.0.0.1") + "/"
