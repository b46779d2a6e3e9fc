"""Everything of Graph that is not an item of a drive: people, sites, lists of drives, mail. Source: graph-drive 2."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from maestro_procore.sandbox.answers import Answer, json_answer
from maestro_procore.sandbox.graph_conditions import (
    MAIL,
    PROFILE,
    READING,
    check_may_open,
    check_right,
)
from maestro_procore.sandbox.graph_conditions import (
    SITES as SITE_RIGHTS,
)
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request, item_not_found
from maestro_procore.sandbox.graph_items import DRIVES, child_named, is_library, root_of
from maestro_procore.sandbox.graph_names import name_key
from maestro_procore.sandbox.graph_reading import get_item
from maestro_procore.sandbox.graph_shapes import listing, selected, shown_drive, shown_site, shown_user
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.graph_world import MICROSOFT_USERS, SITES
from maestro_procore.sandbox.world import Row

MESSAGES: Final = "graph_messages"

Handler = Callable[[GraphVisit, "re.Match[str]"], Answer]


def me_of(visit: GraphVisit) -> Row:
    """Errors: GraphRefused 400 for an application, which is nobody."""
    if visit.caller.user is None:
        raise GraphRefused(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    return visit.caller.user


def user_of(visit: GraphVisit, name: str | None) -> Row:
    """By id or sign-in name; None is the caller. Errors: GraphRefused 400, 404."""
    if name is None:
        return me_of(visit)
    for user in visit.world.collection(MICROSOFT_USERS):
        if name.lower() in (user["user_id"], user["upn"].lower()):
            return user
    raise GraphRefused(404, "Request_ResourceNotFound", f"Resource '{name}' does not exist.")


def site_of(visit: GraphVisit, name: str) -> Row:
    """By id, `root`, host name, or `host:/path`. Errors: GraphRefused 404."""
    host, _, path = name.partition(":")
    path = path.rstrip(":").rstrip("/")
    for site in visit.world.collection(SITES):
        if name.lower() == site["site_id"].lower() or (name == "root" and site["is_root"]):
            return site
        if host.lower() == site["site_id"].partition(",")[0].lower() and path.lower() == site["path"].lower():
            return site
    raise item_not_found()


def drive_named(visit: GraphVisit, named: dict[str, str]) -> Row:
    """The drive that a path leads into. Errors: GraphRefused 400, 403, 404."""
    drives = visit.world.collection(DRIVES)
    wanted = named.get("drive") or named.get("site_drive") or named.get("path_site_drive")
    if "group" in named:
        raise item_not_found()
    if wanted is not None:
        found = [drive for drive in drives if drive["drive_id"] == wanted]
    elif "site" in named or "path_site" in named:
        site = site_of(visit, named.get("site") or named["path_site"])
        found = drives.where(site=site["id"])
    else:
        found = drives.where(owner_id=user_of(visit, named.get("user"))["user_id"])
    if not found:
        raise item_not_found()
    check_may_open(visit, found[0])
    return found[0]


def _person(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    check_right(visit, PROFILE)
    user = user_of(visit, match["user"])
    record = selected(shown_user(user), visit.option("select"))
    return json_answer({"@odata.context": f"{visit.base}/$metadata#users/$entity", **record})


def _drives_of_person(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    check_right(visit, READING)
    own = visit.world.collection(DRIVES).where(owner_id=user_of(visit, match["user"])["user_id"])
    return _drive_list(visit, own)


def _drives_of_site(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    check_right(visit, READING)
    site = site_of(visit, match["site"])
    return _drive_list(visit, visit.world.collection(DRIVES).where(site=site["id"]))


def _drive_list(visit: GraphVisit, rows: list[Row]) -> Answer:
    wanted = visit.option("select")
    records = [selected(shown_drive(visit.drives, row), wanted) for row in rows if not row.get("gone")]
    return json_answer(listing(f"{visit.base}/$metadata#drives", records))


def _site(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    check_right(visit, SITE_RIGHTS)
    record = selected(shown_site(site_of(visit, match["site"])), visit.option("select"))
    return json_answer({"@odata.context": f"{visit.base}/$metadata#sites/$entity", **record})


def _search_sites(visit: GraphVisit, _match: "re.Match[str]") -> Answer:
    check_right(visit, SITE_RIGHTS)
    words = name_key((visit.option("search") or "").strip("*\"' "))
    rows = [site for site in visit.world.collection(SITES) if words in name_key(f"{site['name']} {site['path']}")]
    if "Sites.Selected" in visit.caller.rights and len(visit.caller.rights & SITE_RIGHTS) == 1:
        rows = []  # with this right alone the search finds nothing useful
    return json_answer(listing(f"{visit.base}/$metadata#sites", [shown_site(row) for row in rows]))


def _followed_sites(visit: GraphVisit, _match: "re.Match[str]") -> Answer:
    check_right(visit, SITE_RIGHTS)
    rows = [site for site in visit.world.collection(SITES) if not site["is_root"]]
    return json_answer(listing(f"{visit.base}/$metadata#sites", [shown_site(row) for row in rows]))


def _shared(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    """The item that a pasted link leads to."""
    check_right(visit, READING)
    text = match["share"].removeprefix("u!")
    try:
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise bad_request("The sharing token is not valid.") from None
    parts = urlsplit(url)
    wanted = f"{parts.scheme}://{parts.netloc}{unquote(parts.path)}".rstrip("/")
    for drive in visit.world.collection(DRIVES):
        if wanted.lower() != drive["web_url"].lower() and not wanted.lower().startswith(drive["web_url"].lower() + "/"):
            continue
        check_may_open(visit, drive)
        item: Row | None = root_of(visit.drives, drive)
        for name in wanted[len(drive["web_url"]) :].split("/"):
            item = child_named(visit.drives, item, name) if item is not None and name else item
        if item is not None:
            visit.drive = drive
            return get_item(visit, item)
    raise item_not_found()


def _send_mail(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    """Accepted, which is not delivered: 202 without a body. Errors: GraphRefused 400."""
    check_right(visit, MAIL)
    sender = user_of(visit, match["user"])
    body = visit.body()
    message = body.get("message") or body.get("Message")
    if not isinstance(message, dict):
        raise GraphRefused(400, "ErrorInvalidParameter", "The message is missing.")
    recipients = message.get("toRecipients")
    if not isinstance(recipients, list) or not all(_address(one) for one in recipients) or not recipients:
        raise GraphRefused(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    row = {"id": visit.world.new_id(), "from": sender["upn"], "sent_at": visit.drives.stamp(), "message": message}
    visit.world.collection(MESSAGES).put(row)
    return Answer(202)


def _address(recipient: Any) -> str | None:
    address = recipient.get("emailAddress") if isinstance(recipient, dict) else None
    text = address.get("address") if isinstance(address, dict) else None
    return text if isinstance(text, str) and "@" in text else None


def _one_library(visit: GraphVisit, match: "re.Match[str]") -> Answer:
    """Lists of a site are not part of this sandbox but for the libraries among them."""
    check_right(visit, SITE_RIGHTS)
    site = site_of(visit, match["site"])
    rows = [row for row in visit.world.collection(DRIVES).where(site=site["id"]) if is_library(row)]
    records = [{"id": row["drive_id"], "name": row["name"], "list": {"template": "documentLibrary"}} for row in rows]
    return json_answer(listing(f"{visit.base}/$metadata#lists", records))


SITE = r"/sites/(?P<site>[^/:]+|[^/:]+:/[^:]*:?)"
ROUTES: Final[tuple[tuple[str, "re.Pattern[str]", Handler], ...]] = tuple(
    (method, re.compile(pattern, re.IGNORECASE), handler)
    for method, pattern, handler in (
        ("GET", r"/(?:me|users/(?P<user>[^/]+))/drives", _drives_of_person),
        ("GET", r"/(?:me|users/(?P<user>[^/]+))", _person),
        ("POST", r"/(?:me|users/(?P<user>[^/]+))/(?:microsoft\.graph\.)?sendMail", _send_mail),
        ("GET", r"/me/followedSites", _followed_sites),
        ("GET", r"/sites", _search_sites),
        ("GET", SITE + r"/drives", _drives_of_site),
        ("GET", SITE + r"/lists", _one_library),
        ("GET", SITE, _site),
        ("GET", r"/shares/(?P<share>[^/]+)/driveItem", _shared),
    )
)


def serve_directory(visit: GraphVisit) -> Answer | None:
    """The answer to a path outside all drives; None when there is no such path."""
    for method, pattern, handler in ROUTES:
        match = pattern.fullmatch(visit.path)
        if match is not None and method == visit.call.method:
            return handler(visit, match)
    return None
