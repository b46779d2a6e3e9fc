"""Fetches the content of one file: through Procore's address to its storage, in pieces, and on from where it broke.

Source: reference procore-api.md §7.1: the token is for Procore's own hosts; addresses expire and are never kept.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from maestro_procore.logs import Secret
from maestro_procore.model.addresses import is_loopback, origin_of
from maestro_procore.model.problems import Problem
from maestro_procore.ports import CallFailed, Trouble
from maestro_procore.procore.answers import Answer, Asked, trouble_of
from maestro_procore.procore.client import WHOLE_OR_PART, ProcoreClient

MOST_REDIRECTS: Final = 5


@dataclass
class _Hop:
    """Where a download stands: the address of its next call."""

    url: str
    is_renewed: bool = False


class Downloads(ProcoreClient):
    """The connection, with downloads. Whether they count towards the call limit is not documented: learnt."""

    downloads_count: bool | None = None
    """None: nobody knows yet, so the first one counts. False once an answer came without the limit's headers."""

    async def fetch(self, url: str, into: Path, tool: str, project_id: int) -> None:
        """Writes the content, from what `into` holds already where the storage resumes. Errors: CallFailed; OSError."""
        hop = _Hop(url)
        token = await self._sign_in.token(self._post_form)
        for _ in range(MOST_REDIRECTS + 2):
            self.refuse_unsafe(hop.url)
            is_ours = self._is_ours(hop.url)
            asked = Asked(
                "GET", hop.url, urlsplit(hop.url).path, tool, api="procore" if is_ours else "storage",
                project=str(project_id), is_of_one=True,
            )  # fmt: skip
            answer = await self._one_hop(asked, token if is_ours else None, into)
            if answer is None:
                return
            if answer.status == 429 and is_ours:
                continue
            if answer.status == 401 and is_ours and not hop.is_renewed:
                token, hop.is_renewed = await self._sign_in.renew(token, self._post_form), True
                continue
            if 300 <= answer.status < 400 and answer.headers.get("location"):
                hop.url = urljoin(hop.url, answer.headers["location"])
                continue
            if answer.status == 416:  # what was kept of an earlier try does not fit: from the beginning
                await asyncio.to_thread(into.unlink)
                continue
            failure = trouble_of(asked, answer)
            if failure is None or (not is_ours and answer.status in (403, 404, 410)):  # the signed address has expired
                raise CallFailed(Trouble.AGAIN, Problem("SRV-24", {"status": answer.status}))
            raise failure.error(None)
        raise CallFailed(Trouble.AGAIN, Problem("SRV-14", {"host": urlsplit(hop.url).hostname or "", "status": 302}))

    def refuse_unsafe(self, url: str) -> None:
        """Content goes over https only; over http to this computer when Procore itself is there (training)."""
        if not (url.startswith("https://") or (is_loopback(url) and is_loopback(self._connection.api))):
            raise CallFailed(Trouble.REFUSED, Problem("SRV-20", {"host": urlsplit(url).hostname or ""}))

    def _is_ours(self, url: str) -> bool:
        """Whether the token may go there: the API itself, or another host of the same Procore zone."""
        if origin_of(url) == origin_of(self._connection.api):
            return True
        zone = ".".join(self._connection.host.split(".")[-2:])
        host = urlsplit(url).hostname or ""
        return zone.startswith("procore") and url.startswith("https://") and host.endswith("." + zone)

    async def _one_hop(self, asked: Asked, token: Secret | None, into: Path) -> Answer | None:
        """None: the content is there. Else the answer that says where to go, or what is wrong."""
        # A range is one of the plain bytes, so nothing may be packed on the way.
        headers: dict[str, str] = {"accept": "*/*", "accept-encoding": "identity"}
        if token is not None:
            headers["authorization"] = f"Bearer {token.reveal()}"
            if self._connection.company_id is not None:
                headers["procore-company-id"] = str(self._connection.company_id)
        held = await asyncio.to_thread(size_of, into)
        if held:
            headers["range"] = f"bytes={held}-"
        is_counted = token is not None and self.downloads_count is not False
        if is_counted:
            await self._gate.enter()
            self._count()
        answer: Answer | None = None
        try:
            answer = await self.save(asked, headers, into)
        finally:
            seen = answer.headers if answer is not None else {}
            if is_counted:
                self.downloads_count = self.downloads_count or "x-rate-limit-limit" in seen
                await self._gate.leave(None if answer is None else answer.status, seen)
        return None if answer.status in WHOLE_OR_PART else answer


def size_of(file: Path) -> int:
    """Bytes that a file holds; 0 when there is none."""
    return file.stat().st_size if file.exists() else 0
