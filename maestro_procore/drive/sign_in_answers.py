"""What Microsoft's sign-in server says when it gives no token: a table from its codes to messages. Pure.

Source: reference graph-drive.md §6.1, §6.6. Codes AADSTSnnnnn stand in the description; without one the OAuth error
decides.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from maestro_procore.drive.answers import Failure
from maestro_procore.file_ports import FileTrouble
from maestro_procore.model.problems import Problem

_CODE: Final = re.compile(r"AADSTS(\d{4,7})\b")
LONGEST_TEXT: Final = 300

ENDED: Final = "DRV-03"
REFUSED: Final = "DRV-20"
PROOF: Final = "DRV-21"
POLICY: Final = "DRV-22"
CONSENT: Final = "DRV-23"
APP: Final = "DRV-24"
UNFINISHED: Final = "DRV-25"
ACCOUNT: Final = "DRV-26"

BY_CODE: Final[dict[int, str]] = {
    50011: APP,  # the redirect address is not registered
    50020: ACCOUNT,  # a person of another organization
    50034: ACCOUNT,  # no such person
    50053: ACCOUNT,  # locked after wrong passwords
    50057: ACCOUNT,  # disabled
    50072: PROOF,
    50074: PROOF,
    50076: PROOF,
    50079: PROOF,
    50105: CONSENT,  # the app is for assigned people only
    50126: ACCOUNT,  # wrong password
    50128: ACCOUNT,  # no such organization
    50133: ENDED,  # password changed
    50158: PROOF,
    50173: ENDED,  # revoked
    53000: POLICY,
    53001: POLICY,
    53003: POLICY,
    65001: CONSENT,
    65004: UNFINISHED,  # the person declined
    70008: ENDED,
    70016: UNFINISHED,
    70020: UNFINISHED,  # the device code is too old
    70043: ENDED,
    70044: ENDED,
    90002: ACCOUNT,
    90094: CONSENT,  # an administrator has to agree
    90095: CONSENT,
    530034: POLICY,
    700016: APP,
    700027: APP,  # certificate
    700082: ENDED,
    700084: ENDED,
    7000215: APP,  # wrong secret
    7000218: APP,  # not registered as a public client
    7000222: APP,  # the secret is too old
}

BY_ERROR: Final[dict[str, str]] = {
    "access_denied": UNFINISHED,
    "authorization_declined": UNFINISHED,
    "authorization_pending": UNFINISHED,
    "expired_token": UNFINISHED,
    "code_expired": UNFINISHED,
    "consent_required": CONSENT,
    "interaction_required": ENDED,
    "invalid_client": APP,
    "invalid_grant": ENDED,
    "login_required": ENDED,
    "unauthorized_client": APP,
}


def sign_in_failure(result: Mapping[str, Any] | None) -> Failure:
    """What to do and say about an answer of MSAL without a token; None: nobody is signed in.

    Every one of them wants a person: to sign in, or to put the registration right.
    """
    if result is None:
        return Failure(FileTrouble.SIGN_IN, Problem(ENDED, {"text": ""}))
    described = str(result.get("error_description") or result.get("error") or "")
    text = " ".join(described.split())[:LONGEST_TEXT]
    found = (BY_CODE[number] for number in _numbers(result, described) if number in BY_CODE)
    code = next(found, None) or BY_ERROR.get(str(result.get("error")), REFUSED)
    return Failure(FileTrouble.SIGN_IN, Problem(code, {"text": text}), codes=(str(result.get("error")),))


def _numbers(result: Mapping[str, Any], described: str) -> list[int]:
    codes = result.get("error_codes")
    listed = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    return listed + [int(number) for number in _CODE.findall(described)]
