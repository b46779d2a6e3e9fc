"""The newer, unified uploads (rest/v2.1): announce with sizes and hashes, PUT the parts, name their tags, wait.

Source: reference 7.2, DOC tutorials/tutorial_unified_uploads.md; the OpenAPI document does not know them, so that
--strict has nothing to check here. Whether the Documents tool takes such an upload is not documented: a switch.
"""

import re
import uuid
from typing import Any

from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer, not_found
from maestro_procore.sandbox.clock import iso
from maestro_procore.sandbox.uploads import SHA256, START_SECONDS, UNIFIED_ATTACH_SECONDS, UPLOADS, of_user
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

PATH = re.compile(
    r"/rest/v2\.1/companies/(?P<company_id>\d+)(?:/projects/(?P<project_id>\d+))?/uploads(?:/(?P<uuid>.+))?"
)
LARGEST_PART, MOST_PARTS = 100 * 1024**2, 10_000
NEEDED = ("file_name", "file_size", "content_type", "sha256", "segments")


def is_unified(call: Call) -> bool:
    return PATH.fullmatch(call.path) is not None


def serve(visit: Visit) -> Answer:
    """Errors: Refused in the standard form of v2.x."""
    match = PATH.fullmatch(visit.call.path)
    assert match is not None
    visit.path_values = {name: value for name, value in match.groupdict().items() if value is not None}
    visit.settle_company()
    project_id = visit.path_id("project_id")
    if project_id is not None:
        project = visit.world.collection("projects").get(project_id)
        if project is None or not visit.owns(project):
            raise not_found()
        visit.check_permitted(project_id)
    named = "uuid" in visit.path_values
    handlers = {("POST", False): _create, ("GET", True): _show, ("PATCH", True): _complete}
    handler = handlers.get((visit.call.method, named))
    if handler is None:
        allowed = ", ".join(method for method, has_name in handlers if has_name is named)
        raise Refused(405, {"code": 405, "message": "Method not allowed"}, {"Allow": allowed})
    return handler(visit)


def _create(visit: Visit) -> Answer:
    body = _body(visit)
    for name in NEEDED:
        if body.get(name) in (None, "", []):
            raise _refused(400, "missing_parameter", f"{name} is missing", name)
    parts = _parts(visit, body["segments"], body["file_size"])
    if not SHA256.fullmatch(str(body["sha256"])):
        raise _refused(400, "invalid_parameter", "sha256 is invalid", "sha256")
    row = {
        "id": visit.world.new_id(),
        "uuid": str(uuid.uuid4()),
        COMPANY: visit.company_id,
        "user_id": visit.bearer.user["id"],
        "at": visit.clock.unix(),
        "response_filename": body["file_name"],
        "response_content_type": body["content_type"],
        "segments": parts,
        "status": "ready",
        "is_unified": True,
        "sha256": body["sha256"],
        "polls": 0,
        "is_attached": False,
        "_content": None,
    }
    visit.world.collection(UPLOADS).put(row)
    return json_answer({"data": _shown(visit, row)}, 201)


def _parts(visit: Visit, announced: Any, file_size: Any) -> list[Row]:
    """Errors: Refused 400."""
    if not isinstance(announced, list) or not all(isinstance(each, dict) for each in announced):
        raise _refused(400, "invalid_parameter", "segments must be a list", "segments")
    smallest = int(visit.switches["smallest_segment_bytes"]) + 1
    for number, each in enumerate(announced):
        size, is_last = each.get("size"), number == len(announced) - 1
        if not isinstance(size, int) or not (0 if is_last else smallest) <= size <= LARGEST_PART:
            raise _refused(400, "invalid_parameter", f"size must be from {smallest} to {LARGEST_PART}", "segments")
        if not SHA256.fullmatch(str(each.get("sha256"))):
            raise _refused(400, "invalid_parameter", "sha256 is mandatory", "segments")
    if len(announced) > MOST_PARTS or sum(each["size"] for each in announced) != file_size:
        raise _refused(400, "invalid_parameter", "segments do not add up to file_size", "file_size")
    return [{"size": each["size"], "sha256": each["sha256"], "etag": None, "_content": None} for each in announced]


def _show(visit: Visit) -> Answer:
    """Each look at a complete upload brings it nearer to being available."""
    row = _addressed(visit)
    if row["status"] == "complete":
        polls = row["polls"] + 1
        is_ready = polls >= visit.switches["upload_available_after_polls"]
        row = {**row, "polls": polls, "status": "available" if is_ready else "complete"}
        visit.world.collection(UPLOADS).put(row)
    return json_answer({"data": _shown(visit, row)})


def _complete(visit: Visit) -> Answer:
    """Tags in the order of the parts, null for those that are not sent yet. Errors: Refused 404, 410, 422."""
    row = _addressed(visit)
    if visit.clock.unix() - float(row["at"]) > UNIFIED_ATTACH_SECONDS:
        raise _refused(410, "upload_expired", "The upload has expired", "upload_id")
    given = _body(visit).get("part_etags")
    kept = [part["etag"] for part in row["segments"]]
    if not isinstance(given, list) or len(given) != len(kept):
        raise _refused(422, "invalid_parameter", "part_etags must name every part", "part_etags")
    if any(tag is not None and tag != known for tag, known in zip(given, kept, strict=True)):
        raise _refused(422, "invalid_parameter", "part_etags do not match what was received", "part_etags")
    if None not in given and row["status"] not in ("complete", "available"):
        content = visit.files.bodies.join([part["_content"] for part in row["segments"]])
        if content["sha256"] != row["sha256"]:
            raise _refused(422, "checksum_mismatch", "sha256 is not that of the parts", "sha256")
        row = {**row, "status": "complete", "_content": content}
        visit.world.collection(UPLOADS).put(row)
    return json_answer({"data": _shown(visit, row)})


def _addressed(visit: Visit) -> Row:
    row = of_user(visit, visit.path_values["uuid"])
    if row is None or not row.get("is_unified"):
        raise _refused(404, "not_found", "Upload not found", "upload_id")
    return row


def _shown(visit: Visit, row: Row) -> dict[str, Any]:
    until = int(row["at"]) + START_SECONDS
    segments = []
    for number, part in enumerate(row["segments"], start=1):
        headers = {"x-amz-content-sha256": part["sha256"], "content-length": str(part["size"])}
        url = visit.files.address(f"/procore/uploads/{row['uuid']}/{number}", until)
        segments.append({"url": url, "url_expires_at": iso(until), "headers": headers})
    return {
        "upload_id": row["uuid"],
        "segments": segments,
        "upload_expires_at": iso(float(row["at"]) + UNIFIED_ATTACH_SECONDS),
        "status": row["status"],
    }


def _body(visit: Visit) -> dict[str, Any]:
    body = visit.call.json()
    if not isinstance(body, dict):
        raise _refused(400, "invalid_body", "The body must be a JSON object", "body")
    return body


def _refused(status: int, code: str, message: str, source: str) -> Refused:
    """The standard error of rest/v2.x."""
    details = [{"code": code, "message": message, "source": source}]
    return Refused(status, {"error": {"code": code, "message": message, "details": details}})
