"""Read a drive: items, lists of children, versions, contents, search. What changed is graph_delta.py."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlencode

from maestro_procore.sandbox.answers import Answer, json_answer
from maestro_procore.sandbox.clock import iso
from maestro_procore.sandbox.graph_conditions import is_unchanged
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request, item_not_found, not_supported
from maestro_procore.sandbox.graph_items import VERSIONS, children, descendants
from maestro_procore.sandbox.graph_names import name_key
from maestro_procore.sandbox.graph_shapes import DOWNLOAD_SECONDS, download_url, listing, selected, shown_item
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.world import Row

DEFAULT_PAGE: Final = 200

ORDERS: Final[dict[str, Callable[[Row], Any]]] = {
    "name": lambda row: row["key"],
    "size": lambda row: row["size"],
    "lastmodifieddatetime": lambda row: row["modified"],
    "createddatetime": lambda row: row["created"],
}


def get_item(visit: GraphVisit, item: Row) -> Answer:
    if is_unchanged(visit, item):
        return Answer(304)
    record = shown_item(visit.drives, item)
    if (visit.option("expand") or "").startswith("children") and item["kind"] == "folder":
        record["children"] = [shown_item(visit.drives, child) for child in children(visit.drives, item)]
    record = selected(record, visit.option("select"))
    context = f"{visit.base}/$metadata#drives('{visit.drive['drive_id']}')/items/$entity"
    return json_answer({"@odata.context": context, **record})


def list_children(visit: GraphVisit, item: Row) -> Answer:
    """One page. Not a consistent snapshot: the next page starts at a place in the list as it is then."""
    return _page(visit, _ordered(visit, children(visit.drives, item)), "children")


def search(visit: GraphVisit, item: Row) -> Answer:
    """Items below whose name holds the words. Not authoritative in the real service either."""
    words = re.sub(r"^q\s*=\s*'(.*)'$", r"\1", (visit.values.get("inside") or "").strip())
    found = [row for row in descendants(visit.drives, item) if name_key(words.replace("''", "'")) in row["key"]]
    return _page(visit, found, "search")


def _ordered(visit: GraphVisit, rows: list[Row]) -> list[Row]:
    name, _, direction = (visit.option("orderby") or "name asc").strip().partition(" ")
    order = ORDERS.get(name.lower())
    if order is None or direction.strip().lower() not in ("", "asc", "desc"):
        raise bad_request(f"Sorting by {name} is not supported.")
    rows = sorted(rows, key=lambda row: (row["key"], row["id"]))
    return sorted(rows, key=order, reverse=direction.strip().lower() == "desc")


def page_size(visit: GraphVisit) -> int:
    asked = visit.number_option("top") or DEFAULT_PAGE
    return min(asked, int(visit.switches["graph_largest_page"]))


def _page(visit: GraphVisit, rows: list[Row], context: str) -> Answer:
    start = _position(visit.option("skiptoken"))
    end = start + page_size(visit)
    wanted = visit.option("select")
    records = [selected(shown_item(visit.drives, row), wanted) for row in rows[start:end]]
    links = {}
    if end < len(rows):
        token = base64.urlsafe_b64encode(f"at:{end}".encode()).decode()
        kept = [(key, value) for key, value in visit.call.query if key.lower().removeprefix("$") != "skiptoken"]
        links["nextLink"] = f"{visit.base}{visit.values['address']}?{urlencode([*kept, ('$skiptoken', token)])}"
    place = f"{visit.base}/$metadata#drives('{visit.drive['drive_id']}')/items/{context}"
    return json_answer(listing(place, records, **links))


def _position(token: str | None) -> int:
    if token is None:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if word == "at":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise bad_request("The provided $skiptoken is not valid.")


def get_content(visit: GraphVisit, item: Row) -> Answer:
    """The address of the content on another host. Ranges go to that host, not here."""
    if item["kind"] == "package":
        raise not_supported("OneNote packages have no content.")
    if item["kind"] != "file":
        raise GraphRefused(400, "invalidRequest", "You cannot get content for a folder.")
    if visit.option("format"):
        raise GraphRefused(406, "notAcceptable", "Conversion is not part of this sandbox.")
    if is_unchanged(visit, item):
        return Answer(304)
    if item.get("malware") and visit.call.parameter("AVOverride") != "1":
        raise GraphRefused(403, "malwareDetected", "Malware was detected in the requested resource.", "virusSuspicious")
    return Answer(302, headers={"Location": download_url(visit.drives, item)}, content_type="text/plain")


def list_versions(visit: GraphVisit, item: Row) -> Answer:
    """Newest first; the first is the current one."""
    records = [_version(row) for row in _versions(visit, item)]
    return json_answer(listing(f"{visit.base}/$metadata#versions", records))


def _versions(visit: GraphVisit, item: Row) -> list[Row]:
    older = visit.world.collection(VERSIONS).where(item=item["id"])
    return sorted([item, *older], key=lambda row: -row["version"])


def _version(row: Row) -> dict[str, Any]:
    return {
        "id": f"{row['version']}.0",
        "lastModifiedBy": row["modified_by"],
        "lastModifiedDateTime": iso(row["modified"]),
        "size": row["size"],
    }


def find_version(visit: GraphVisit, item: Row, version_id: str) -> Row:
    """Errors: GraphRefused 404."""
    for row in _versions(visit, item):
        if f"{row['version']}.0" == version_id:
            return row
    raise item_not_found()


def get_version(visit: GraphVisit, item: Row, version_id: str) -> Answer:
    return json_answer(_version(find_version(visit, item, version_id)))


def version_content(visit: GraphVisit, item: Row, version_id: str) -> Answer:
    row = find_version(visit, item, version_id)
    if row is item:
        raise bad_request("You cannot get the content of the current version.")
    expires = int(visit.drives.clock.unix()) + DOWNLOAD_SECONDS
    address = visit.drives.address(f"/graph/version/{row['id']}", expires)
    return Answer(302, headers={"Location": address}, content_type="text/plain")


def list_permissions(visit: GraphVisit, item: Row) -> Answer:
    owner = {"id": "1", "roles": ["owner"], "grantedToV2": visit.drive["owner"]}
    return json_answer(listing(f"{visit.base}/$metadata#permissions", [owner]))


def list_nothing(visit: GraphVisit, _item: Row) -> Answer:
    """Thumbnails, which this sandbox does not make."""
    return json_answer(listing(f"{visit.base}/$metadata#{visit.values.get('tail', '')}", _none()))


def _none() -> Iterable[dict[str, Any]]:
    return ()
