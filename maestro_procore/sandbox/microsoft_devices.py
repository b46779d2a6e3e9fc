"""Sign-in by device code: a short code that a person enters on a page, while the program asks again and again."""

import secrets
from collections.abc import Mapping
from typing import Final

from maestro_procore.sandbox.answers import Answer, Refused, json_answer
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.microsoft_errors import SLOW_DOWN, SignInRefused
from maestro_procore.sandbox.microsoft_pages import device_page, plain_page
from maestro_procore.sandbox.microsoft_people import People
from maestro_procore.sandbox.microsoft_tokens import hashed
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.world import Row, World

DEVICES: Final = "microsoft_devices"
LIFE_SECONDS: Final = 900
TOLERANCE_SECONDS: Final = 0.5  # of the waiting time between two questions
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Devices:
    """All device codes, as rows."""

    def __init__(self, world: World, clock: SandboxClock, switches: Switches) -> None:
        self._world = world
        self._clock = clock
        self._switches = switches

    def begin(self, app: Row, scope: str, address: str) -> Answer:
        code = secrets.token_urlsafe(32)
        user_code = "".join(secrets.choice(LETTERS) for _ in range(9))
        interval = int(self._switches["device_code_interval"])
        self._world.collection(DEVICES).put(
            {
                "id": self._world.new_id(),
                "code_hash": hashed(code),
                "user_code": user_code,
                "client_id": app["client_id"],
                "scope": scope,
                "ends": self._clock.unix() + LIFE_SECONDS,
                "asked_at": None,
                "state": "pending",
                "user": None,
            }
        )
        return json_answer(
            {
                "user_code": user_code,
                "device_code": code,
                "verification_uri": address,
                "expires_in": LIFE_SECONDS,
                "interval": interval,
                "message": f"To sign in, open the page {address} and enter the code {user_code} to authenticate.",
            }
        )

    def redeem(self, code: str, app: Row) -> Row:
        """The row of a code that was approved, used up.

        Errors: SignInRefused 70018, 70019, 70016, 70020 or slow_down; the time of the question is kept.
        """
        stamp, now = self._clock.stamp(), self._clock.unix()
        found = self._world.collection(DEVICES).where(code_hash=hashed(code))
        if not found or found[0]["client_id"] != app["client_id"] or found[0]["state"] == "used":
            raise SignInRefused(70018, stamp=stamp)
        row = found[0]
        if now >= row["ends"]:
            raise SignInRefused(70019, stamp=stamp)
        if row["state"] == "declined":
            raise SignInRefused(70020, stamp=stamp)
        if row["state"] == "pending":
            wait = int(self._switches["device_code_interval"]) - TOLERANCE_SECONDS
            is_early = row["asked_at"] is not None and now - row["asked_at"] < wait
            self._world.collection(DEVICES).put({**row, "asked_at": now})
            self._world.commit()  # a refusal undoes what its request changed
            raise SignInRefused(SLOW_DOWN if is_early else 70016, stamp=stamp)
        self._world.collection(DEVICES).put({**row, "state": "used"})
        return row

    def page(self, tenant: str) -> Answer:
        return device_page(f"/{tenant}/oauth2/deviceauth")

    def enter(self, fields: Mapping[str, str], tenant: str, people: People) -> Answer:
        """What a person entered on the page."""
        try:
            person = people.named(fields.get("account"))
            self.decide(fields.get("user_code", ""), person, is_granted=fields.get("decision") != "deny")
        except Refused:
            return device_page(f"/{tenant}/oauth2/deviceauth", "<p>That code is not known, or has expired.</p>")
        return plain_page("Done", "You can close this page and go back to the program.")

    def decide(self, user_code: str, person: Row, *, is_granted: bool) -> None:
        """Errors: Refused 400."""
        for row in self._world.collection(DEVICES).where(user_code=user_code.strip().upper()):
            if row["state"] == "pending" and self._clock.unix() < row["ends"]:
                state = "approved" if is_granted else "declined"
                self._world.collection(DEVICES).put({**row, "state": state, "user": person["id"]})
                return
        raise Refused(400, {"error": f"no device waits with the code {user_code}"})
