"""Files attached to records of the daily log and of the tools that are read one way: kept once, named by their id.

A record's "attachments" (also those inside its questions and answers) are kept as ids; the address is made when the
record is shown. New ones come as files of the form (`attachments[]`), as `upload_ids` of finished uploads (DOC
tutorials/attachments.md), or from a person: {"name": …, "content" or "content_base64": …}.
"""

import base64
from typing import Any

from maestro_procore.sandbox.answers import Refused
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.bodies import Content
from maestro_procore.sandbox.downloads import CONTENT, NAME, address_of, kind_of
from maestro_procore.sandbox.resources import Resource, Scope
from maestro_procore.sandbox.uploads import attach
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

ATTACHMENTS = "attachments"
NOTES = "/rest/v1.0/projects/{project_id}/notes_logs/{id}"


def keep_attachments(visit: Visit, row: Row, _before: Row | None) -> None:
    """Give a home to what came with the record: called when it was kept, before the answer shows it.

    Errors: Refused 400, 422.
    """
    takes = visit.switches["log_attachments"]
    in_form = [file for name, files in visit.call.files.items() if name.startswith(ATTACHMENTS) for file in files]
    if in_form and takes == "uploads":
        raise Refused(422, {"errors": {ATTACHMENTS: ["must be given as upload_ids"]}})
    uploads = row.pop("upload_ids", None) or ()
    sent = []
    if takes != "ignored":
        sent = [_kept(visit, row, file.name, visit.files.bodies.keep(file.file)) for file in in_form]
        for upload in uploads:
            content, name = attach(visit, upload)
            sent.append(_kept(visit, row, name, content))
    if sent:
        row[ATTACHMENTS] = [*(row.get(ATTACHMENTS) or ()), *sent]
    _settle(visit, row, row)


def _settle(visit: Visit, owner: Row, value: Any) -> None:
    """What a person wrote becomes an attachment wherever it stands in the record."""
    if isinstance(value, list):
        for each in value:
            _settle(visit, owner, each)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == ATTACHMENTS and isinstance(inner, list):
            value[name] = [_settled(visit, owner, each) for each in inner]
        elif isinstance(inner, list):
            _settle(visit, owner, inner)


def _settled(visit: Visit, owner: Row, given: Row) -> Row:
    if given.get("id") is not None:
        return {"id": given["id"]}
    coded = given.get("content_base64")
    data = base64.b64decode(coded) if coded is not None else str(given.get("content") or "").encode()
    return _kept(visit, owner, str(given.get("name") or "attachment"), visit.files.bodies.keep(data))


def _kept(visit: Visit, owner: Row, name: str, content: Content) -> Row:
    row = {
        "id": visit.world.new_id(),
        "project_id": owner.get("project_id"),
        COMPANY: owner.get(COMPANY),
        "name": name,
        CONTENT: dict(content),
        NAME: name,
    }
    visit.world.collection(ATTACHMENTS).put(row)
    return {"id": row["id"]}


def with_addresses(visit: Visit, value: Any) -> Any:
    """A copy in which every attachment has its name and an address that is good now."""
    if isinstance(value, list):
        return [with_addresses(visit, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: [_shown(visit, each) for each in inner]
        if name == ATTACHMENTS and isinstance(inner, list)
        else with_addresses(visit, inner)
        for name, inner in value.items()
    }


def _shown(visit: Visit, given: Row) -> Row:
    row = visit.world.collection(ATTACHMENTS).get(given["id"])
    if row is None:
        return given
    url = address_of(visit, ATTACHMENTS, row)
    kind = kind_of(row["name"])
    shown = {"id": row["id"], "name": row["name"], "filename": row["name"], "url": url, "content_type": kind}
    return {**shown, "share_url": url, "viewable_type": kind, "viewable_url": url}


RECORD_ATTACHMENTS = Resource(
    name=ATTACHMENTS,
    wrapper="attachment",
    show=Place("get", NOTES, steps=(ATTACHMENTS, "items")),
    scope=Scope("project_id", "projects", optional=True),
    expand=_shown,
    operations=(),
)
