"""Uploads: announce a file, send it to the storage host in one piece or in segments, then attach it to a record.

Source: reference 7.2. Only who announced an upload can use it; it must be begun within an hour and attached within
a week. What is sent is kept at once; the record that attaches it is another module's.
"""

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from maestro_procore.sandbox.answers import Answer, Call, Refused, bad_parameter, json_answer, missing_field, not_found
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.bodies import Content
from maestro_procore.sandbox.forms import form_parts
from maestro_procore.sandbox.resources import Operation, Resource
from maestro_procore.sandbox.storage import Storage, refused
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row, World

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

UPLOADS = "uploads"
START_SECONDS, ATTACH_SECONDS, UNIFIED_ATTACH_SECONDS = 3600, 7 * 24 * 3600, 24 * 3600
LARGEST_SEGMENT, MOST_SEGMENTS = 5 * 1024**3, 10_000
SHA256 = re.compile(r"[0-9a-f]{64}")
SHOWN_OF_SEGMENT = ("etag", "sha256", "size")
BASES = tuple(
    f"/rest/{version}/{kind}/uploads"
    for version in ("v1.0", "v1.1")
    for kind in ("projects/{project_id}", "companies/{company_id}")
)


def attach(visit: Visit, upload_uuid: Any) -> tuple[Content, str]:
    """The content of a finished upload and the name it was announced with. Errors: Refused 400."""
    row = of_user(visit, upload_uuid)
    if row is not None and row.get("is_unified") and not _is_available(visit, row):
        row = None
    is_used_up = row is not None and row["is_attached"] and not visit.switches["upload_attaches_again"]
    if row is None or row["_content"] is None or is_used_up or _age(visit, row) > ATTACH_SECONDS:
        raise Refused(400, {"errors": {"upload_uuid": ["is invalid"]}})
    visit.world.collection(UPLOADS).put({**row, "is_attached": True})
    return row["_content"], str(row["response_filename"] or "")


def _is_available(visit: Visit, row: Row) -> bool:
    """Of the newer uploads (uploads_unified.py): a day long, once they are complete, and if this tool takes them."""
    is_young = _age(visit, row) <= UNIFIED_ATTACH_SECONDS
    return bool(visit.switches["unified_uploads_attach"]) and row["status"] == "available" and is_young


def of_user(visit: Visit, upload_uuid: Any) -> Row | None:
    """An upload of who asks; nobody else can use it."""
    found = visit.world.collection(UPLOADS).where(uuid=str(upload_uuid), user_id=visit.bearer.user["id"])
    return found[-1] if found and visit.owns(found[-1]) else None


def _age(visit: Visit, row: Row) -> float:
    return visit.clock.unix() - float(row["at"])


def _create(handler: "Handler", visit: Visit) -> Answer:
    body = handler.body(visit)
    if "v1.1" in visit.call.path and not body.get("response_filename"):
        raise missing_field("response_filename")
    row = {
        "id": visit.world.new_id(),
        "uuid": str(uuid.uuid4()),
        COMPANY: visit.company_id,
        "user_id": visit.bearer.user["id"],
        "at": visit.clock.unix(),
        "response_filename": body.get("response_filename"),
        "response_content_type": body.get("response_content_type"),
        "segments": _segments(visit, body.get("segments")),
        "status": "ready" if body.get("segments") else "non_segmented",
        "is_attached": False,
        "_content": None,
    }
    visit.world.collection(UPLOADS).put(row)
    return json_answer(_shown(visit, row), 201)


def _segments(visit: Visit, announced: Any) -> list[Row]:
    """Errors: Refused 400."""
    if not announced:
        return []
    if not isinstance(announced, list) or not all(isinstance(each, dict) for each in announced):
        raise bad_parameter("segments", "must be a list of segments")
    if len(announced) > MOST_SEGMENTS:
        raise bad_parameter("segments", f"must be at most {MOST_SEGMENTS}")
    smallest = int(visit.switches["smallest_segment_bytes"])
    for number, each in enumerate(announced):
        size, is_last = each.get("size"), number == len(announced) - 1
        if not isinstance(size, int) or size > LARGEST_SEGMENT or size < (1 if is_last else smallest):
            raise bad_parameter("segments", f"{number}: size must be from {smallest} to {LARGEST_SEGMENT} bytes")
        if not SHA256.fullmatch(str(each.get("sha256"))):
            raise bad_parameter("segments", f"{number}: sha256 is invalid")
    return [{"size": each["size"], "sha256": each["sha256"], "etag": None, "_content": None} for each in announced]


def _show(_handler: "Handler", visit: Visit) -> Answer:
    return json_answer(_shown(visit, _addressed(visit)))


def _addressed(visit: Visit) -> Row:
    row = of_user(visit, visit.path_values["uuid"])
    if row is None:
        raise not_found()
    return row


def _complete(handler: "Handler", visit: Visit) -> Answer:
    """Put the segments together. Errors: Refused 404, 410 when it is too old, 422 when a segment is missing."""
    row = _addressed(visit)
    if _age(visit, row) > ATTACH_SECONDS:
        raise Refused(410, {"code": 410, "message": "The upload has expired"})
    given = handler.body(visit).get("segments")
    named = [each.get("etag") if isinstance(each, dict) else None for each in given or []]
    kept = [segment["etag"] for segment in row["segments"]]
    if not row["segments"] or None in kept or named != kept:
        raise Refused(422, {"errors": {"segments": ["do not match what was received"]}})
    if row["status"] != "complete":
        content = visit.files.bodies.join([segment["_content"] for segment in row["segments"]])
        row = {**row, "status": "complete", "_content": content}
        visit.world.collection(UPLOADS).put(row)
    return json_answer(_shown(visit, row))


def _shown(visit: Visit, row: Row) -> dict[str, Any]:
    until = int(row["at"]) + START_SECONDS
    path = f"/procore/uploads/{row['uuid']}"
    shown = {"uuid": row["uuid"], "status": row["status"], "segments": []}
    if not row["segments"]:
        return {**shown, "url": f"{visit.files.origin}{path}", "fields": _fields(visit.files, path, until)}
    for number, segment in enumerate(row["segments"], start=1):
        headers = {"x-amz-content-sha256": segment["sha256"], "content-length": str(segment["size"])}
        url = visit.files.address(f"{path}/{number}", until)
        shown["segments"].append({**{name: segment[name] for name in SHOWN_OF_SEGMENT}, "url": url, "headers": headers})
    return shown


def _fields(storage: Storage, path: str, until: int) -> dict[str, str]:
    """What a client must send before the file, in this order, unchanged."""
    policy = base64.b64encode(orjson.dumps({"expiration": until, "key": path})).decode()
    return {
        "key": path,
        "policy": policy,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-signature": storage.signature(path, policy),
        "success_action_status": "201",
    }


class Receiver:
    """The storage host's side of an upload."""

    def __init__(self, storage: Storage, world: World) -> None:
        self._storage = storage
        self._uploads = world.collection(UPLOADS)
        storage.route("POST", r"/procore/uploads/([0-9a-f-]+)", self._post)
        storage.route("PUT", r"/procore/uploads/([0-9a-f-]+)/(\d+)", self._put)

    def _row(self, upload_uuid: str) -> Row:
        found = self._uploads.where(uuid=upload_uuid)
        if not found:
            raise refused(404, "NoSuchUpload", "The specified upload does not exist.")
        return found[-1]

    def _post(self, call: Call, match: "re.Match[str]") -> Answer:
        """All fields first, then the part named file. Errors: Refused 400, 403."""
        row = self._row(match[1])
        pairs, files = form_parts(call)
        call.files = files
        until = int(row["at"]) + START_SECONDS
        if self._storage.clock.unix() > until:
            raise refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        if row["segments"] or dict(pairs) != _fields(self._storage, call.path, until):
            raise refused(403, "AccessDenied", "Invalid according to Policy")
        if "file" not in files:
            raise refused(400, "InvalidArgument", "POST requires exactly one file upload per request.")
        content = self._storage.bodies.keep(files["file"][-1].file)
        self._uploads.put({**row, "_content": content})
        text = f"<?xml version='1.0'?>\n<PostResponse><Key>{call.path}</Key></PostResponse>"
        return Answer(201, text.encode(), {"ETag": f'"{content["sha256"][:32]}"'}, "application/xml")

    def _put(self, call: Call, match: "re.Match[str]") -> Answer:
        """One segment, with exactly its headers. Errors: Refused 400, 403, 404."""
        self._storage.check(call)
        row, number = self._row(match[1]), int(match[2])
        if not 0 < number <= len(row["segments"]):
            raise refused(404, "NoSuchUpload", "The specified upload has no such segment.")
        segment: Mapping[str, Any] = row["segments"][number - 1]
        if call.headers.get("x-amz-content-sha256") != segment["sha256"]:
            raise refused(403, "SignatureDoesNotMatch", "x-amz-content-sha256 is not the one that was signed.")
        if call.content_length() != segment["size"]:
            raise refused(403, "SignatureDoesNotMatch", "content-length is not the one that was signed.")
        content = self._storage.bodies.keep(call.content())
        if content["sha256"] != segment["sha256"]:
            raise refused(400, "XAmzContentSHA256Mismatch", "The provided header does not match what was computed.")
        etag = hashlib.md5(content["sha256"].encode(), usedforsecurity=False).hexdigest()
        kept: Sequence[Row] = [
            {**each, "etag": etag, "_content": content} if place == number else each
            for place, each in enumerate(row["segments"], start=1)
        ]
        self._uploads.put({**row, "status": "receiving", "segments": kept})
        return Answer(200, b"", {"ETag": f'"{etag}"'}, "application/xml")


def _operations(base: str) -> list[Operation]:
    one = f"{base}/{{uuid}}"
    return [
        Operation("call", "post", base, call=_create),
        Operation("call", "get", one, call=_show),
        Operation("call", "patch", one, call=_complete),
    ]


FILE_UPLOADS = Resource(
    name=UPLOADS,
    wrapper="",
    show=Place("get", f"{BASES[2]}/{{uuid}}", steps=(1,)),
    operations=tuple(operation for base in BASES for operation in _operations(base)),
)
