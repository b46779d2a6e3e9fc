"""Lists that come in pages: Graph's next address is followed, on Graph's own host only."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from maestro_procore.drive.answers import Asked, Failure, GraphFailed, foreign, wrong_form
from maestro_procore.drive.client import NO_QUERY, GraphClient
from maestro_procore.drive.history import Query
from maestro_procore.drive.items import DriveItem
from maestro_procore.file_ports import FileTrouble
from maestro_procore.model.addresses import origin_of
from maestro_procore.model.problems import Problem
from maestro_procore.model.rate_headers import server_time

NEXT: Final = "@odata.nextLink"
DELTA: Final = "@odata.deltaLink"
TRIES: Final = 4
MOST_PAGES: Final = 100_000


class ListPage:
    """One page as it came. next, delta: addresses below Graph's origin, None when the page has none."""

    __slots__ = ("at", "delta", "next", "rows")

    def __init__(self, rows: list[DriveItem], following: str | None, delta: str | None, at: datetime | None) -> None:
        self.rows, self.next, self.delta, self.at = rows, following, delta, at


async def page(client: GraphClient, path: str, *, name: str, query: Query = NO_QUERY, units: int = 2) -> ListPage:
    """One page, tried again a few times: a long listing is not thrown away for one broken answer.

    path: below the API's version, or below the origin as a page before gave it. Errors: FileCallFailed.
    """
    url = client.connection.origin + path if path.startswith("/v1.0/") else path
    asked = client.asked("GET", url, name, units)
    pause = timedelta(seconds=1)
    for left in range(TRIES - 1, -1, -1):
        try:
            row, answer = await client.ask(asked, query=query)
            break
        except GraphFailed as failed:
            if failed.trouble is not FileTrouble.AGAIN or not left:
                raise
            await client.clock.nap(failed.wait or pause)
            pause *= 2
    rows = row.get("value")
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise wrong_form(asked, answer).error(None)
    following, delta = (relative(client, asked, row.get(word)) for word in (NEXT, DELTA))
    return ListPage(rows, following, delta, server_time(answer.headers))


async def all_rows(
    client: GraphClient, path: str, *, name: str, query: Query = NO_QUERY, units: int = 2
) -> list[dict[str, Any]]:
    """Every row of a list. Errors: FileCallFailed."""
    return [dict(row) async for part in pages(client, path, name=name, query=query, units=units) for row in part.rows]


async def pages(
    client: GraphClient, path: str, *, name: str, query: Query = NO_QUERY, units: int = 2
) -> AsyncIterator[ListPage]:
    """Page after page, the last one included. Errors: FileCallFailed; a list that leads back to itself is AGAIN."""
    seen: set[str] = set()
    following: str | None = path
    while following is not None:
        # An address that Graph gave holds its query already.
        part = await page(client, following, name=name, query=NO_QUERY if seen else query, units=units)
        yield part
        seen.add(following)
        following = part.next
        if following is not None and (following in seen or len(seen) > MOST_PAGES):
            raise endless(following)


def endless(path: str) -> GraphFailed:
    """A list without a last page: a doubtful answer, never a whole one."""
    return GraphFailed(Failure(FileTrouble.AGAIN, Problem("DRV-14", {"text": f"GET {path.partition('?')[0]}"})))


def relative(client: GraphClient, asked: Asked, url: object) -> str | None:
    """An address of Graph without its origin, to be kept: in training the port is another one at each start.

    Errors: FileCallFailed for another host: neither the token nor a question goes there (S5).
    """
    if not isinstance(url, str) or not url:
        return None
    if origin_of(url) != origin_of(client.connection.origin):
        raise foreign(asked, url).error(None)
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
