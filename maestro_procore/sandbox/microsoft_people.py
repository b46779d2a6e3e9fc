"""A person signs in at the Microsoft server: account, second factor, consent, and then a code for the program.

With the switch `microsoft_sign_in_asks` off, the first person (or the one of login_hint) signs in and consents at once.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

from maestro_procore.sandbox.answers import Answer
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.graph_world import MICROSOFT_USERS
from maestro_procore.sandbox.microsoft_errors import SignInRefused
from maestro_procore.sandbox.microsoft_pages import account_page, consent_page, factor_page, plain_page, way_back
from maestro_procore.sandbox.microsoft_signatures import as_base64
from maestro_procore.sandbox.microsoft_tokens import PLAIN, hashed, rights_of
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.sign_in import is_usable_redirect
from maestro_procore.sandbox.world import Row, World

CODES: Final = "microsoft_codes"
FLOWS: Final = "microsoft_flows"
CONSENTS: Final = "microsoft_consents"
CODE_SECONDS: Final = 600
NATIVE: Final = "https://login.microsoftonline.com/common/oauth2/nativeclient"
KEPT: Final = (
    "redirect_uri state response_mode nonce code_challenge code_challenge_method scope client_id prompt".split()
)


class People:
    """Interactive sign-in. Half-done sign-ins are rows, so that they outlive a restart."""

    def __init__(self, world: World, clock: SandboxClock, switches: Switches) -> None:
        self._world = world
        self._clock = clock
        self._switches = switches

    def begin(self, app: Row, asked: Mapping[str, str], tenant: str) -> Answer:
        """`/authorize`. What cannot be trusted with an answer gets a page, never a redirect."""
        if asked.get("redirect_uri") != NATIVE and not is_usable_redirect(asked.get("redirect_uri", "")):
            return plain_page("Sign in", SignInRefused(50011, stamp=self._clock.stamp()).text, 400)
        if asked.get("response_type") != "code" or not asked.get("scope"):
            return self._refused(asked, SignInRefused(900144, "response_type, scope", self._clock.stamp()))
        if asked.get("code_challenge") and asked.get("code_challenge_method", "plain") not in ("S256", "plain"):
            return self._refused(asked, SignInRefused(501481, stamp=self._clock.stamp()))
        wants_silence = asked.get("prompt") == "none"
        if not self._switches["microsoft_sign_in_asks"]:
            person = self.named(asked.get("login_hint"))
            if wants_silence and not self._has_consent(person, app, asked["scope"]):
                return self._refused(asked, SignInRefused(50058, stamp=self._clock.stamp()))
            self.consent(person, app, asked["scope"])
            return self._code(app, asked, person)
        if wants_silence:
            return self._refused(asked, SignInRefused(50058, stamp=self._clock.stamp()))
        flow = {
            "id": self._world.new_id(),
            "word_hash": "",
            "asked": {name: asked[name] for name in KEPT if name in asked},
            "app": {"client_id": app["client_id"], "name": app["name"]},
            "tenant": tenant,
            "user": None,
            "factor": None,
            "has_factor": False,
        }
        return self._next(flow, {})

    def go_on(self, fields: Mapping[str, str]) -> Answer:
        """The next page, after what was entered on the one before."""
        number = fields.get("flow", "")
        flow = self._world.collection(FLOWS).get(int(number)) if number.isdigit() else None
        if flow is None or flow["word_hash"] != hashed(fields.get("word", "")):
            return plain_page("Sign in", "This sign-in has ended. Begin again in the program.", 400)
        return self._next(flow, fields)

    def _next(self, flow: Row, fields: Mapping[str, str]) -> Answer:
        word = secrets.token_urlsafe(16)
        flow = {**flow, "word_hash": hashed(word)}
        hidden = {"flow": str(flow["id"]), "word": word}
        action = f"/{flow['tenant']}/login"
        people = self._world.collection(MICROSOFT_USERS)
        if flow["user"] is None and "account" in fields:
            flow["user"] = self.named(fields["account"])["id"]
        person = people.get(flow["user"])
        if person is None:
            self._world.collection(FLOWS).put(flow)
            return account_page(action, people, hidden)
        if self._switches["microsoft_mfa"] and not flow["has_factor"]:
            given = fields.get("factor")
            if given is None or flow["factor"] is None or given.strip() != flow["factor"]:
                flow["factor"] = flow["factor"] or f"{secrets.randbelow(1_000_000):06d}"
                self._world.collection(FLOWS).put(flow)
                return factor_page(action, flow["factor"], hidden, was_wrong=given is not None)
            flow["has_factor"] = True
        return self._ask_consent(flow, person, fields, action, hidden)

    def _ask_consent(
        self, flow: Row, person: Row, fields: Mapping[str, str], action: str, hidden: Mapping[str, str]
    ) -> Answer:
        asked, app = flow["asked"], flow["app"]
        needs = asked.get("prompt") == "consent" or not self._has_consent(person, app, asked["scope"])
        if needs and fields.get("consent") == "cancel":
            self._world.collection(FLOWS).remove(flow["id"])
            return self._refused(asked, SignInRefused(65004, stamp=self._clock.stamp()))
        if needs and fields.get("consent") != "accept":
            self._world.collection(FLOWS).put(flow)
            return consent_page(action, app["name"], asked["scope"].split(), hidden)
        self.consent(person, app, asked["scope"])
        if self._world.collection(FLOWS).get(flow["id"]) is not None:
            self._world.collection(FLOWS).remove(flow["id"])
        return self._code(app, asked, person)

    def named(self, upn: str | None) -> Row:
        """The person of that sign-in name; the first one for a name that nobody has."""
        people = list(self._world.collection(MICROSOFT_USERS))
        return next((person for person in people if person["upn"].lower() == (upn or "").lower()), people[0])

    def consent(self, person: Row, app: Row, scope: str) -> None:
        rows = self._world.collection(CONSENTS)
        there = rows.where(user=person["id"], client_id=app["client_id"])
        rights = sorted({*(there[0]["rights"] if there else ()), *_consented(scope)})
        if there and there[0]["rights"] == rights:
            return
        number = there[0]["id"] if there else self._world.new_id()
        rows.put({"id": number, "user": person["id"], "client_id": app["client_id"], "rights": rights})

    def _has_consent(self, person: Row, app: Row, scope: str) -> bool:
        there = self._world.collection(CONSENTS).where(user=person["id"], client_id=app["client_id"])
        return bool(there) and _consented(scope) <= set(there[0]["rights"])

    def check_consent(self, person: Row, app: Row, scope: str) -> None:
        """Errors: SignInRefused 65001."""
        if not self._has_consent(person, app, scope):
            raise SignInRefused(65001, stamp=self._clock.stamp())

    def withdraw_consent(self, person: Row) -> None:
        """As an administrator removes the application."""
        for row in self._world.collection(CONSENTS).where(user=person["id"]):
            self._world.collection(CONSENTS).remove(row["id"])

    def _code(self, app: Row, asked: Mapping[str, str], person: Row) -> Answer:
        code = secrets.token_urlsafe(32)
        self._world.collection(CODES).put(
            {
                "id": self._world.new_id(),
                "code_hash": hashed(code),
                "client_id": app["client_id"],
                "redirect_uri": asked["redirect_uri"],
                "challenge": asked.get("code_challenge"),
                "method": asked.get("code_challenge_method", "plain"),
                "nonce": asked.get("nonce"),
                "scope": asked["scope"],
                "user": person["id"],
                "ends": self._clock.unix() + CODE_SECONDS,
                "is_used": False,
            }
        )
        return way_back(asked, {"code": code, "session_state": secrets.token_hex(16)})

    def redeem(self, fields: Mapping[str, str], app: Row) -> Row:
        """The row of a code, used up. Errors: SignInRefused 70000, 54005, 70008, 50011, 501481."""
        stamp = self._clock.stamp()
        found = self._world.collection(CODES).where(code_hash=hashed(fields.get("code", "")))
        if not found or found[0]["client_id"] != app["client_id"]:
            raise SignInRefused(70000, stamp=stamp)
        code = found[0]
        if code["is_used"]:
            raise SignInRefused(54005, stamp=stamp)
        if self._clock.unix() >= code["ends"]:
            raise SignInRefused(70008, stamp=stamp)
        if fields.get("redirect_uri") != code["redirect_uri"]:
            raise SignInRefused(50011, stamp=stamp)
        verifier = fields.get("code_verifier", "")
        if code["challenge"] and code["challenge"] != (_s256(verifier) if code["method"] == "S256" else verifier):
            raise SignInRefused(501481, stamp=stamp)
        self._world.collection(CODES).put({**code, "is_used": True})
        return code

    @staticmethod
    def _refused(asked: Mapping[str, str], refused: SignInRefused) -> Answer:
        return way_back(asked, {"error": refused.error, "error_description": refused.text})


def _consented(scope: str) -> set[str]:
    return set(rights_of(part for part in scope.split() if part not in PLAIN))


def _s256(verifier: str) -> str:
    return as_base64(hashlib.sha256(verifier.encode()).digest())
