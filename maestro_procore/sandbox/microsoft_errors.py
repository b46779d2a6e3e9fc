"""Refusals of the Microsoft sign-in server: RFC 6749 bodies with the AADSTS number that people look up.

Source: reference graph-drive 6.6; the numbers it does not verify are those of the general Entra documentation.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from maestro_procore.sandbox.answers import Refused


@dataclass(frozen=True)
class Reason:
    """error and suberror: words a program decides by; text: for people; status: of the answer."""

    error: str
    text: str
    suberror: str | None = None
    status: int = 400


REASONS: Final[Mapping[int, Reason]] = {
    50011: Reason("invalid_request", "The redirect URI does not match the redirect URIs of the application."),
    50058: Reason("login_required", "A silent sign-in request was sent but no user is signed in."),
    50059: Reason("invalid_request", "No tenant-identifying information found in the request."),
    50076: Reason(
        "interaction_required", "You must use multi-factor authentication to access the resource.", "basic_action"
    ),
    50079: Reason("interaction_required", "You must enroll in multi-factor authentication.", "basic_action"),
    50126: Reason("invalid_grant", "Error validating credentials due to invalid username or password."),
    50173: Reason(
        "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed."
    ),
    53000: Reason("interaction_required", "Device is not in required device state: compliant.", "message_only"),
    53003: Reason("interaction_required", "Access has been blocked by Conditional Access policies.", "message_only"),
    54005: Reason("invalid_grant", "OAuth2 Authorization code was already redeemed."),
    65001: Reason(
        "invalid_grant", "The user or administrator has not consented to use the application.", "consent_required"
    ),
    65004: Reason("access_denied", "User declined to consent to access the app."),
    70000: Reason("invalid_grant", "Provided grant is invalid or malformed."),
    70003: Reason("unsupported_grant_type", "The app requested an unsupported grant type."),
    70008: Reason("invalid_grant", "The provided authorization code or refresh token has expired."),
    70011: Reason("invalid_scope", "The provided value for the input parameter 'scope' is not valid."),
    70016: Reason("authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    70018: Reason("bad_verification_code", "The device code is not known."),
    70019: Reason("expired_token", "The device code has expired."),
    70020: Reason("authorization_declined", "The user declined the request."),
    70043: Reason(
        "invalid_grant", "The refresh token has expired or is invalid due to sign-in frequency checks.", "bad_token"
    ),
    900144: Reason("invalid_request", "The request body must contain the required parameters."),
    501481: Reason(
        "invalid_grant", "The Code_Verifier does not match the code_challenge of the authorization request."
    ),
    700016: Reason("unauthorized_client", "Application was not found in the directory."),
    700027: Reason("invalid_client", "Client assertion failed signature validation.", status=401),
    700082: Reason("invalid_grant", "The refresh token has expired due to inactivity.", "bad_token"),
    7000215: Reason("invalid_client", "Invalid client secret provided.", status=401),
    7000218: Reason(
        "invalid_client", "The request body must contain 'client_assertion' or 'client_secret'.", status=401
    ),
}
SLOW_DOWN: Final = 1  # has no number of its own


class SignInRefused(Refused):
    """A request of the sign-in server that is not granted. number: key of REASONS, or SLOW_DOWN."""

    def __init__(self, number: int, detail: str = "", stamp: str = "", **more: Any) -> None:
        reason = REASONS.get(number) or Reason("slow_down", "The client polls too often.")
        self.number = number
        self.error = reason.error
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        self.text = " ".join(
            part
            for part in (
                f"AADSTS{number}: {reason.text}" if number in REASONS else reason.text,
                detail,
                f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
            )
            if part
        )
        body = {
            "error": reason.error,
            "error_description": self.text,
            "error_codes": [number] if number in REASONS else [],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            **({"suberror": reason.suberror} if reason.suberror else {}),
            **more,
        }
        super().__init__(reason.status, body, {"Cache-Control": "no-store"})
