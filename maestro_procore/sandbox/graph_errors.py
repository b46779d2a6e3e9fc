"""Refusals as Microsoft Graph words them: one body for all, with the inner code and the request's own number.

Source: reference graph-drive 1.10. Both spellings innerError and innererror occur in the field: a switch says which.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from maestro_procore.sandbox.answers import Answer, Refused, json_answer


class GraphRefused(Refused):
    """A request that Graph does not carry out. inner: code below the top-level one, as deep as it is known."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        inner: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, {"error": {"code": code, "message": message}}, headers)
        self.code = code
        self.message = message
        self.inner = inner

    def signed(self, stamp: str, client_request_id: str | None, inner_name: str) -> "GraphRefused":
        """The same refusal with what only the request knows. stamp: time, ISO 8601."""
        request_id = str(uuid.uuid4())
        inner: dict[str, Any] = {} if self.inner is None else {"code": self.inner}
        inner |= {
            "date": stamp.removesuffix("Z"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        self.body = {"error": {"code": self.code, "message": self.message, inner_name: inner}}
        self.headers.setdefault("request-id", request_id)
        return self

    def answer(self) -> Answer:
        return json_answer(self.body, self.status, self.headers)


def item_not_found() -> GraphRefused:
    return GraphRefused(404, "itemNotFound", "The resource could not be found.")


def bad_request(message: str, inner: str | None = None) -> GraphRefused:
    return GraphRefused(400, "invalidRequest", message, inner)


def access_denied(message: str = "The caller does not have permission to perform the action.") -> GraphRefused:
    return GraphRefused(403, "accessDenied", message)


def not_supported(message: str) -> GraphRefused:
    return GraphRefused(501, "notSupported", message)


def name_taken(message: str = "The specified item name already exists.") -> GraphRefused:
    return GraphRefused(409, "nameAlreadyExists", message)


def tag_differs() -> GraphRefused:
    return GraphRefused(
        412, "resourceModified", "The resource has changed since the caller last read it; usually an eTag mismatch."
    )


def no_space() -> GraphRefused:
    return GraphRefused(507, "quotaLimitReached", "The user has reached their quota limit.", "insufficientStorage")


# Ways in which real servers were seen to say that a file is open in Office or checked out (reference 1.9).
LOCKED: Mapping[str, tuple[str, str, str | None]] = {
    "resource_locked": ("resourceLocked", "The resource you are attempting to access is locked.", None),
    "not_allowed": ("notAllowed", "The action is not allowed by the system.", "resourceLocked"),
    "access_denied": (
        "accessDenied",
        "The file is currently checked out or locked for editing by another user.",
        None,
    ),
}


def locked(wording: str) -> GraphRefused:
    """wording: key of LOCKED."""
    code, message, inner = LOCKED[wording]
    return GraphRefused(423, code, message, inner)


def unauthenticated(message: str, claims: str | None = None) -> GraphRefused:
    """401 of the gateway. claims: base64 of the challenge that a client must take to the sign-in server."""
    header = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    if claims is not None:
        header += f', error="insufficient_claims", claims="{claims}"'
    return GraphRefused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": header})
