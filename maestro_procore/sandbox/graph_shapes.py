"""How drives, items and sites read in answers. Source: reference graph-drive 1.1, 1.2, 2; delta: 1.4."""

import mimetypes
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from maestro_procore.sandbox.clock import iso
from maestro_procore.sandbox.graph_items import (
    LIVE,
    RECYCLED,
    c_tag,
    children,
    drive_of,
    e_tag,
    guid_of,
    is_library,
    is_personal,
    parent_of,
    path_of,
)
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.world import Row

DOWNLOAD_SECONDS = 3600  # how long an address of a content is good ("a few minutes" or "1 hour", say the documents)
NEARING, CRITICAL = 0.10, 0.01  # parts of the quota that are left

Record = dict[str, Any]


def download_url(drives: Drives, item: Row) -> str:
    """Pre-authenticated address of the content as it is now, on the storage host."""
    return drives.address(f"/graph/download/{item['id']}", int(drives.clock.unix()) + DOWNLOAD_SECONDS)


def shown_item(drives: Drives, item: Row) -> Record:
    """A live item as `GET item` and lists of children have it."""
    drive = drive_of(drives, item)
    record: Record = {
        "createdDateTime": iso(item["created"]),
        "cTag": c_tag(item),
        "eTag": e_tag(item),
        "id": item["item_id"],
        "lastModifiedDateTime": iso(item["modified"]),
        "name": item["name"],
        "size": item["size"],
        "webUrl": drive["web_url"] + quote(path_of(drives, item)),
        "createdBy": item["created_by"],
        "lastModifiedBy": item["modified_by"],
        "parentReference": parent_reference(drives, item, with_path=True),
        "fileSystemInfo": {"createdDateTime": item["fs_created"], "lastModifiedDateTime": item["fs_modified"]},
        **_facets(drives, item),
    }
    if item.get("description"):
        record["description"] = item["description"]
    if item["kind"] == "file" and not item.get("malware"):
        record["@microsoft.graph.downloadUrl"] = download_url(drives, item)
    if item["kind"] == "folder" and not is_personal(drive):
        del record["cTag"]  # not returned for folders of Business and SharePoint
    return record


def _facets(drives: Drives, item: Row) -> Record:
    drive = drive_of(drives, item)
    facets: Record = {}
    if item["kind"] == "file":
        facets["file"] = {"mimeType": mime_type(item["name"]), "hashes": _hashes(drives, item)}
        if not facets["file"]["hashes"]:
            del facets["file"]["hashes"]
    elif item["kind"] == "folder":
        inside = children(drives, item)
        facets["folder"] = {"childCount": len(inside)}
        facets["size"] = folder_size(drives, item) if inside else 0
    elif item["kind"] == "package":
        facets["package"] = {"type": item.get("package_type", "oneNote")}
    if item["parent"] is None:
        facets["root"] = {}
    for name in ("malware", "remoteItem", "specialFolder", "shared"):
        if item.get(name) is not None:
            facets[name] = item[name]
    if item.get("checked_out_by"):
        facets["publication"] = {
            "level": "checkout",
            "versionId": f"{item['version']}.0",
            "checkedOutBy": item["checked_out_by"],
        }
    if is_library(drive):
        facets["sharepointIds"] = {"listItemUniqueId": guid_of(item), "listItemId": str(item["id"])}
    return facets


def _hashes(drives: Drives, item: Row) -> Record:
    if item.get("hash") is None or drives.switches["graph_hashes"] == "missing":
        return {}
    return {"quickXorHash": item["hash"]}


def mime_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def folder_size(drives: Drives, folder: Row) -> int:
    """Bytes of all files below."""
    total = 0
    waiting = [folder]
    while waiting:
        for child in children(drives, waiting.pop()):
            if child["kind"] == "folder":
                waiting.append(child)
            else:
                total += child["size"]
    return total


def parent_reference(drives: Drives, item: Row, *, with_path: bool) -> Record:
    """Where an item stands. The path is percent-encoded, from the drive."""
    drive = drive_of(drives, item)
    reference: Record = {"driveId": drive["drive_id"], "driveType": drive["drive_type"]}
    if drive.get("site_id"):
        reference["siteId"] = drive["site_id"].split(",")[1]
    parent = parent_of(drives, item)
    if parent is None:
        return reference
    reference["id"] = parent["item_id"]
    reference["name"] = parent["name"]
    if with_path:
        reference["path"] = f"/drives/{drive['drive_id']}/root:" + quote(path_of(drives, parent))
    return reference


def changed_item(drives: Drives, item: Row) -> Record:
    """An item as delta has it: no path unless the switch says so, and few words about what is gone."""
    drive = drive_of(drives, item)
    is_legacy = drives.switches["delta_shows_path"]
    if item["state"] != LIVE:
        record: Record = {
            "id": item["item_id"],
            "deleted": {"state": "softDeleted" if item["state"] == RECYCLED else "hardDeleted"},
            "parentReference": parent_reference(drives, item, with_path=False),
            **({"folder": {}} if item["kind"] == "folder" else {"file": {}} if item["kind"] == "file" else {}),
        }
        if is_personal(drive):
            return {**record, "name": item["name"]}
        return {**record, "size": item["size"]}
    record = shown_item(drives, item)
    if not is_legacy:
        record["parentReference"].pop("path", None)
        if not is_personal(drive):
            record.pop("cTag", None)
    return record


def selected(record: Record, wanted: str | None) -> Record:
    """Only the properties that $select names; annotations and the id stay."""
    if not wanted:
        return record
    names = {name.strip() for name in wanted.split(",")}
    if "content.downloadUrl" in names:
        names.add("@microsoft.graph.downloadUrl")
    has_notes = "@microsoft.graph.downloadUrl" in names
    return {
        key: value
        for key, value in record.items()
        if key in names or (key.startswith("@") and (has_notes or key.startswith("@odata")))
    }


def shown_drive(drives: Drives, drive: Row) -> Record:
    record: Record = {
        "id": drive["drive_id"],
        "driveType": drive["drive_type"],
        "name": drive["name"],
        "description": drive.get("description", ""),
        "webUrl": drive["web_url"],
        "createdDateTime": iso(drive["created"]),
        "lastModifiedDateTime": iso(drive["created"]),
        "owner": drive["owner"],
    }
    if is_library(drive) and not drives.switches["library_shows_quota"]:
        return record
    return {**record, "quota": quota(drive)}


def quota(drive: Row) -> Record:
    """What fits in. Recycled files count as used, as they do on SharePoint."""
    left = max(0, drive["total"] - drive["used"])
    part = left / drive["total"] if drive["total"] else 0.0
    state = "exceeded" if left == 0 else "critical" if part < CRITICAL else "nearing" if part < NEARING else "normal"
    return {
        "total": drive["total"],
        "used": drive["used"],
        "remaining": left,
        "deleted": drive["recycled"],
        "state": state,
    }


def shown_site(site: Row) -> Record:
    return {
        "id": site["site_id"],
        "name": site["name"],
        "displayName": site["display_name"],
        "webUrl": site["web_url"],
        "createdDateTime": iso(site["created"]),
        "lastModifiedDateTime": iso(site["created"]),
        "siteCollection": {"hostname": site["site_id"].split(",")[0]},
        **({"root": {}} if site.get("is_root") else {}),
    }


def shown_user(user: Row) -> Record:
    return {
        "id": user["user_id"],
        "displayName": user["name"],
        "mail": user["upn"],
        "userPrincipalName": user["upn"],
        "givenName": user["name"].partition(" ")[0],
        "surname": user["name"].partition(" ")[2],
        "businessPhones": [],
        "jobTitle": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": "fr-CA",
    }


def listing(context: str, records: Iterable[Mapping[str, Any]], **links: str) -> Record:
    """links: nextLink or deltaLink."""
    found: Record = {"@odata.context": context}
    found |= {f"@odata.{name}": address for name, address in links.items()}
    return {**found, "value": list(records)}
