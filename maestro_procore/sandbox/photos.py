"""The Photos tool: images and their albums (image categories). Source: reference 7.3; addresses follow 7.1.

`POST state/images` takes what an image shows, "taken_at" too, and its content as "content" or "content_base64".
"""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.answers import Answer, Errors, bad_parameter, json_answer, missing_field
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.documents_changes import sent_content
from maestro_procore.sandbox.documents_shown import size_of
from maestro_procore.sandbox.documents_tree import user_of
from maestro_procore.sandbox.downloads import CONTENT, NAME, address_of
from maestro_procore.sandbox.permissions import has_level
from maestro_procore.sandbox.resources import Filter, Kind, Operation, Reference, Resource, Scope, Test
from maestro_procore.sandbox.row_changes import brief
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

IMAGES_PATH, ALBUMS_PATH = "/rest/v1.0/images", "/rest/v1.0/image_categories"
IMAGES, ALBUMS, TOOL = "images", "image_categories", "images"
UNCLASSIFIED = "Unclassified"  # the album of an image that names none
PROJECT_SCOPE = Scope("project_id", "projects", tool=TOOL)
SHOW_AND_UPDATE: tuple[tuple[Kind, str], ...] = (("show", "get"), ("update", "patch"))
VIEWS = ("normal", "android", "mobile", "mobile_feed", "prostore_file")  # the document describes one record for all


def _is_shown(visit: Visit) -> Test:
    """Deleted images are gone from lists; private ones, and those of private albums, are for admins of the tool."""
    project = visit.call.parameter("project_id") or ""
    sees_private = has_level(visit, int(project) if project.isdigit() else None, TOOL, "admin")

    def test(row: Row) -> bool:
        is_private = row.get("private") or _album(visit, row).get("private")
        return not _gone(row) and (sees_private or not is_private)

    return test


def _album(visit: Visit, row: Row) -> Row:
    return visit.world.collection(ALBUMS).get(row.get("image_category_id")) or {}


def _shown(visit: Visit, row: Row) -> Row:
    """The image with its addresses, which are good for a while only, and its album's name."""
    album, url = _album(visit, row), address_of(visit, IMAGES, row)
    one = f"{visit.base_url}{IMAGES_PATH}/{row['id']}?project_id={row['project_id']}"
    links = {"self": one, "update": one, "delete": one, "permanentlyDelete": f"{one}&permanent=true", "retrieve": one}
    return {
        **row,
        "url": url,
        "thumbnail_url": url,
        "size": size_of(visit, row) if row.get(CONTENT) else None,
        "image_category_name": album.get("name"),
        "image_category_private": bool(album.get("private")),
        "links": links,
    }


def _only_true(parameter: str, name: str) -> Filter:
    """true keeps the marked ones; false, the documented default, keeps all."""

    def make(visit: Visit, values: list[str]) -> Test:
        marked = filters.is_true(parameter, lambda row: row.get(name)).make(visit, values)
        return marked if values[-1].lower() in ("true", "1") else lambda _row: True

    return Filter(parameter, make)


def _in_albums(visit: Visit, values: list[str]) -> Test:
    wanted = {int(value) for value in values if value.isdigit()}
    return lambda row: row.get("image_category_id") in wanted


def _of_locations(visit: Visit, values: list[str]) -> Test:
    """With filters[include_sublocations], those below these places too."""
    wanted = {int(value) for value in values if value.isdigit()}
    if visit.call.parameter("filters[include_sublocations]") == "true":
        places = visit.world.collection("locations")
        size = 0
        while size != len(wanted):
            size = len(wanted)
            wanted |= {place["id"] for each in list(wanted) for place in places.where(parent_id=each)}
    return lambda row: row.get("location_id") in wanted


IMAGE_FILTERS = (
    Filter("image_category_id", _in_albums),
    filters.nested_id("filters[daily_log_segment_id]", "daily_log_segment", "daily_log_segment_id"),
    filters.equals("filters[log_date]", "log_date"),
    _only_true("filters[private]", "private"),
    _only_true("filters[starred]", "starred"),
    Filter("filters[location_id]", _of_locations),
    Filter("filters[include_sublocations]", lambda _visit, _values: lambda _row: True),
    filters.nested_id("filters[trade_ids]", "trades"),
    filters.equals("filters[projection]", "projection"),
    filters.search("filename", "description", parameter="filters[query]"),
    filters.moment_range("created_at"),
    filters.moment_range("updated_at"),
    filters.nested_id("filters[uploader_id]", "uploader"),
    filters.row_id(),
)


def _create(handler: "Handler", visit: Visit) -> Answer:
    body = handler.body(visit)
    name = body.get("image_name")
    if not name:
        raise missing_field("image_name")
    sent = sent_content(visit, "image", {"upload_uuid": body.get("upload_uuid")})
    if sent is None:
        raise missing_field("upload_uuid")
    values = {key: value for key, value in (handler.wrapped(visit) or {}).items() if key != "data"}
    row, errors = handler.changes.apply(handler.field_rules, None, values, visit, fixed=handler.parents(visit))
    if errors:
        raise handler.refused(errors)
    row.update({"filename": str(name), CONTENT: dict(sent[0]), NAME: str(name), "taken_at": row["created_at"]})
    row["image_category_id"] = row.get("image_category_id") or _unclassified(visit, row["project_id"])["id"]
    handler.rows(visit).put(row)
    return handler.record_answer(visit, row)


def _unclassified(visit: Visit, project_id: int) -> Row:
    albums = visit.world.collection(ALBUMS)
    found = albums.where(project_id=project_id, name=UNCLASSIFIED)
    if found:
        return found[0]
    now = visit.clock.stamp()
    row = {"id": visit.world.new_id(), "name": UNCLASSIFIED, "private": False, "position": 1, "album_cover_id": None}
    row.update({"project_id": project_id, COMPANY: visit.company_id, "created_at": now, "updated_at": now})
    albums.put(row)
    return row


def _delete(handler: "Handler", visit: Visit) -> Answer:
    """To the recycle bin of the tool, or for good. Errors: Refused 404."""
    row = handler.addressed(visit)
    if visit.call.parameter("permanent") == "true":
        handler.rows(visit).remove(row["id"])
    else:
        discard(visit, row)
    return Answer(200, b"")


def discard(visit: Visit, row: Row) -> None:
    """As a person deletes it: it may be retrieved in Procore's own pages, the API shows it no more."""
    if visit.call.parameter("permanent") == "true":
        visit.world.collection(IMAGES).remove(row["id"])
        return
    now = visit.clock.stamp()
    visit.world.collection(IMAGES).put({**row, "_deleted_at": now, "updated_at": now})


def settle(row: Row, visit: Visit) -> None:
    """What a new image carries when nobody said otherwise, and its trades, shown as records."""
    defaults = {"projection": "regular", "taken_at": row.get("created_at"), "uploader": user_of(visit)}
    for name, value in {**defaults, "comments_count": 0, "starred": False, "private": False}.items():
        if row.get(name) is None:
            row[name] = value
    ids = row.pop("trade_ids", None)
    if ids is not None:
        found = [visit.world.collection("trades").get(each) for each in ids]
        row["trades"] = [brief(trade) for trade in found if trade is not None]
    row["permanently_deleted"] = False


def keep_content(visit: Visit, row: Row, _before: Row | None) -> None:
    """What a person wrote: the bytes, and an album when none was named."""
    text, coded = row.pop("content", None), row.pop("content_base64", None)
    if text is not None or coded is not None or row.get(CONTENT) is None:
        data = base64.b64decode(coded) if coded is not None else str(text or "").encode()
        row.update({CONTENT: visit.files.bodies.keep(data), NAME: row.get("filename")})
    if row.get("image_category_id") is None:
        row["image_category_id"] = _unclassified(visit, row["project_id"])["id"]


def _counted(visit: Visit, row: Row) -> Row:
    images = [each for each in visit.world.collection(IMAGES).where(image_category_id=row["id"]) if not _gone(each)]
    one = f"{visit.base_url}{ALBUMS_PATH}/{row['id']}?project_id={row['project_id']}"
    cover = visit.world.collection(IMAGES).get(row.get("album_cover_id")) or (images[0] if images else None)
    return {
        **row,
        "count": len(images),
        "cover_photo": address_of(visit, IMAGES, cover),
        "links": {"show": one, "delete": one, "update": one},
    }


def _gone(row: Row) -> bool:
    return bool(row.get("_deleted_at"))


def _album_shown(visit: Visit) -> Test:
    project = visit.call.parameter("project_id") or ""
    sees_private = has_level(visit, int(project) if project.isdigit() else None, TOOL, "admin")
    return lambda row: sees_private or not row.get("private")


def _holds_images(visit: Visit, row: Row) -> Errors:
    if visit.switches["album_deletion"] == "with_photos" or not _counted(visit, row)["count"]:
        return {}
    return {"base": ["The album still has photos"]}


def _take_images(visit: Visit, row: Row) -> None:
    for image in visit.world.collection(IMAGES).where(image_category_id=row["id"]):
        discard(visit, image)


def _ids_with_images(handler: "Handler", visit: Visit) -> Answer:
    """Albums that have images, or images changed in that range."""
    project = handler.parents(visit)["project_id"]
    asked, test = visit.call.parameter("filters[updated_at]"), _is_shown(visit)
    tests: list[Callable[[Row], bool]] = [test]
    if asked is not None:
        try:
            tests.append(filters.moment_range("updated_at").make(visit, [asked]))
        except ValueError as error:
            raise bad_parameter("filters[updated_at]", str(error)) from None
    images = visit.world.collection(IMAGES).where(project_id=project)
    found = dict.fromkeys(row["image_category_id"] for row in images if all(each(row) for each in tests))
    return json_answer(list(found))


_REFERENCES = tuple(
    Reference(write, None, collection, keeps_id=True, within=within)
    for write, collection, within in (("image_category_id", ALBUMS, "project_id"), ("location_id", "locations", ""))
)

PHOTOS = Resource(
    name=IMAGES,
    wrapper="image",
    show=Place("get", IMAGES_PATH, steps=("items",)),
    scope=PROJECT_SCOPE,
    references=_REFERENCES,
    derive=settle,
    stored=keep_content,
    discard=discard,
    expand=_shown,
    refused_status=400,
    own_keys=("content", "content_base64", "log_date"),
    operations=(
        Operation(
            "list",
            "get",
            IMAGES_PATH,
            shapes={
                **dict.fromkeys(VIEWS, Place("get", IMAGES_PATH, steps=("items",))),
                "ids_only": Place("get", f"{ALBUMS_PATH}/ids_with_images", steps=("items",)),
            },
            view="serializer_view",
            default_view="normal",
            filters=IMAGE_FILTERS,
            keep=_is_shown,
            sorts={"deleted_at": ("_deleted_at",), "exposure_date": ("taken_at",), "most_recent": ("created_at",)},
        ),
        Operation(
            "call",
            "post",
            IMAGES_PATH,
            shapes={"full": Place("post", IMAGES_PATH, 201)},
            default_view="full",
            call=_create,
            status=201,
        ),
        *(
            Operation(
                kind,
                method,
                f"{IMAGES_PATH}/{{id}}",
                shapes={"full": Place(method, f"{IMAGES_PATH}/{{id}}")},
                default_view="full",
                keep=_is_shown,
            )
            for kind, method in SHOW_AND_UPDATE
        ),
        Operation("call", "delete", f"{IMAGES_PATH}/{{id}}", call=_delete, keep=_is_shown),
    ),
)  # fmt: skip


def _album_operation(kind: Kind, method: str, path: str, status: int = 200) -> Operation:
    shape = Place(method, path, status)
    return Operation(kind, method, path, shapes={"full": shape}, default_view="full", keep=_album_shown, status=status)


ALBUMS_OF_PHOTOS = Resource(
    name=ALBUMS,
    wrapper="image_category",
    show=Place("get", ALBUMS_PATH, steps=("items",)),
    scope=PROJECT_SCOPE,
    expand=_counted,
    kept=_holds_images,
    removed=_take_images,
    refused_status=400,
    defaults={"private": False},
    own_keys=("album_cover_id",),
    operations=(
        Operation(
            "list",
            "get",
            ALBUMS_PATH,
            shapes={"full": Place("get", ALBUMS_PATH, steps=("items",))},
            default_view="full",
            keep=_album_shown,
        ),
        _album_operation("create", "post", ALBUMS_PATH, 201),
        _album_operation("show", "get", f"{ALBUMS_PATH}/{{id}}"),
        _album_operation("update", "patch", f"{ALBUMS_PATH}/{{id}}"),
        Operation("delete", "delete", f"{ALBUMS_PATH}/{{id}}", keep=_album_shown),
        Operation("call", "get", f"{ALBUMS_PATH}/ids_with_images", call=_ids_with_images),
    ),
)
