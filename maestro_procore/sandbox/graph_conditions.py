"""What must hold before an item is read or changed: tags of the request's header, locks, the right to the drive."""

import re

from maestro_procore.sandbox.graph_errors import (
    GraphRefused,
    access_denied,
    item_not_found,
    locked,
    tag_differs,
)
from maestro_procore.sandbox.graph_items import ancestors, c_tag, descendants, e_tag, is_library
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.world import Row

TAG = re.compile(r'\s*(?:W/)?("[^"]*")\s*')


def _tags(header: str) -> list[str]:
    """Errors: GraphRefused 400."""
    found = []
    for part in re.findall(r'(?:W/)?"[^"]*"|[^,]+', header):
        if not part.strip():
            continue
        match = TAG.fullmatch(part)
        if match is None:
            raise GraphRefused(400, "invalidRequest", "ETags must be quoted strings.", "malformedEntityTag")
        found.append(match[1])
    return found


def check_if_match(visit: GraphVisit, item: Row) -> None:
    """If-Match and If-None-Match of a change, each either an eTag or a cTag. Errors: GraphRefused 412, 400."""
    wanted = visit.call.headers.get("if-match")
    if wanted is not None and wanted.strip() != "*" and not {e_tag(item), c_tag(item)} & set(_tags(wanted)):
        raise tag_differs()
    unwanted = visit.call.headers.get("if-none-match")
    if unwanted is not None and (unwanted.strip() == "*" or {e_tag(item), c_tag(item)} & set(_tags(unwanted))):
        raise tag_differs()


def is_unchanged(visit: GraphVisit, item: Row) -> bool:
    """Whether a read with If-None-Match gets 304."""
    known = visit.call.headers.get("if-none-match")
    return known is not None and bool({e_tag(item), c_tag(item)} & set(_tags(known)))


def check_unlocked(visit: GraphVisit, item: Row) -> None:
    """Errors: GraphRefused 423 for what is open in Office, or checked out by somebody else; also anywhere below."""
    below = list(descendants(visit.drives, item)) if item["kind"] == "folder" else []
    for row in (item, *below):
        holder = row.get("checked_out_by")
        if row.get("locked") or (holder and holder.get("user") != visit.caller.identity.get("user")):
            raise locked(str(visit.switches["graph_lock_wording"]))


def check_may_open(visit: GraphVisit, drive: Row) -> None:
    """A library is open to everybody of the company, a OneDrive to its owner and to applications.

    Errors: GraphRefused 404, 403.
    """
    if drive.get("gone"):
        raise item_not_found()
    user, rights = visit.caller.user, visit.caller.rights
    needs_all = user is None or drive.get("owner_id") != user["user_id"]
    if user is not None and needs_all and not is_library(drive):
        raise access_denied()
    if needs_all and not any(right.endswith((".All", ".Selected")) for right in rights):
        raise access_denied()


READING = frozenset(
    "Files.Read Files.ReadWrite Files.Read.All Files.ReadWrite.All Sites.Read.All Sites.ReadWrite.All"
    " Sites.Manage.All Sites.FullControl.All Sites.Selected".split()
)
WRITING = frozenset(
    "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All Sites.Manage.All Sites.FullControl.All"
    " Sites.Selected".split()
)
SITES = frozenset(
    "Sites.Read.All Sites.ReadWrite.All Sites.Manage.All Sites.FullControl.All Sites.Selected"
    " Files.Read.All Files.ReadWrite.All".split()
)
MAIL = frozenset(("Mail.Send",))
PROFILE = frozenset("User.Read User.ReadBasic.All User.Read.All User.ReadWrite Directory.Read.All".split())


def check_right(visit: GraphVisit, wanted: frozenset[str]) -> None:
    """Errors: GraphRefused 403."""
    if not wanted & visit.caller.rights:
        raise access_denied()


def is_inside(visit: GraphVisit, item: Row, folder: Row) -> bool:
    """Whether the item is the folder or stands somewhere below it."""
    return item["id"] == folder["id"] or any(above["id"] == folder["id"] for above in ancestors(visit.drives, item))
