"""As whom we act in Microsoft 365, and mail in that name. Source: graph-drive.md §2."""

import base64
import binascii
from typing import Any, Final

import orjson

from maestro_procore.drive import addresses
from maestro_procore.drive.client import GraphClient, Tokens
from maestro_procore.file_ports import Mail, Mailer, Who

SELECT: Final = (("$select", "displayName,userPrincipalName,mail"),)


async def who(client: GraphClient) -> Who:
    """The person whose name changes will carry (F210). Errors: FileCallFailed."""
    row = await client.get(addresses.ME, name="", query=SELECT)
    address = row.get("mail") or row.get("userPrincipalName")
    return Who(str(row.get("displayName") or address or ""), str(address or ""), is_service=False)


async def which_service(tokens: Tokens, name: str) -> Who:
    """The name of a service that acts for itself: Graph has no `me` for it, but its token says it.

    name: where it does not. Only for people to read: the token is Graph's to check. Errors: FileCallFailed.
    """
    said = _claims((await tokens.token()).reveal())
    return Who(str(said.get("app_displayname") or name), "", is_service=True)


class GraphMailer(Mailer):
    """Mail in the name of the signed-in account. sender: a mailbox, for a service that is nobody."""

    def __init__(self, client: GraphClient, sender: str = "") -> None:
        self._client = client
        self._path = addresses.mail_of(sender) if sender else addresses.SEND_MAIL

    async def send(self, mail: Mail) -> None:
        message = {
            "subject": mail.subject,
            "body": {"contentType": "Text", "content": mail.text},
            "toRecipients": [{"emailAddress": {"address": address}} for address in mail.to],
        }
        body = {"message": message, "saveToSentItems": mail.is_kept}
        await self._client.ask(self._client.asked("POST", self._path, mail.subject), json=body)


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}
