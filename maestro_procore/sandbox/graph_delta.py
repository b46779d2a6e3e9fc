"""What changed in a drive: the first enumeration, the rounds after it, and tokens that grow too old.

Source: reference graph-drive 1.4. Every change has a number of its drive; a round tells of what has one between that
of the token and that at which the round began, each item as it is now, so a page may tell of an item once more. Items
come in the order in which they were made, which no rename or move changes: paging through it misses nothing. What
stands above an item comes before it.
"""

import base64
import binascii
import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from maestro_procore.sandbox.answers import Answer, json_answer
from maestro_procore.sandbox.graph_conditions import is_inside
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request
from maestro_procore.sandbox.graph_items import DRIVES, ITEMS, LIVE, ancestors, is_personal
from maestro_procore.sandbox.graph_reading import page_size
from maestro_procore.sandbox.graph_shapes import changed_item, listing, selected
from maestro_procore.sandbox.graph_visits import GraphVisit
from maestro_procore.sandbox.world import Row

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
DAY_SECONDS: Final = 86_400

# Ways in which a server says that a token cannot be continued (reference 1.4).
TOO_OLD: Final[dict[str, str]] = {
    "apply": "resyncChangesApplyDifferences",
    "upload": "resyncChangesUploadDifferences",
    "required": "resyncRequired",
    "not_found": "syncStateNotFound",
}


def delta(visit: GraphVisit, folder: Row) -> Answer:
    """One page, with a nextLink or, at the end, a deltaLink. Errors: GraphRefused 400, 410."""
    if folder["parent"] is not None and not is_personal(visit.drive) and not visit.switches["delta_of_subfolders"]:
        raise GraphRefused(400, "notSupported", "view.delta can only be called on the root.")
    text = _asked_token(visit)
    now = _visible_until(visit)
    if text == "latest":
        return _answer(visit, [], "deltaLink", {"since": now, "until": now})
    token = _token(visit, text, now)
    rows = _between(visit, folder, token["since"], token["until"])
    start = token["after"]
    page: dict[int, Row] = {}
    size = page_size(visit)
    left = [row for row in rows if row["id"] > start]
    for row in left[:size]:
        for each in (*_above(visit, folder, row, token, page), row):
            page.setdefault(each["id"], each)
    if not page and start == 0:
        page[folder["id"]] = folder  # the root comes even when nothing changed
    if len(left) > size:
        more = {**token, "after": left[size - 1]["id"]}
        return _answer(visit, list(page.values()), "nextLink", more)
    return _answer(visit, list(page.values()), "deltaLink", {"since": token["until"], "until": token["until"]})


def _above(visit: GraphVisit, folder: Row, row: Row, token: dict[str, int], page: dict[int, Row]) -> list[Row]:
    """What stands above an item and is not on the page yet.

    Unchanged folders come too, unless the header deltaExcludeParent is sent; then only the root does.
    """
    excludes = _excludes_parents(visit)
    found = []
    for above in ancestors(visit.drives, row):
        is_changed = token["since"] < above["sequence"] <= token["until"] and above["id"] > row["id"]
        is_wanted = is_changed or above["id"] == folder["id"]
        if not excludes and token["since"] > 0:
            is_wanted = True
        if is_wanted and above["id"] not in page and is_inside(visit, above, folder):
            found.append(above)
    return found


def _excludes_parents(visit: GraphVisit) -> bool:
    prefer = visit.call.headers.get("prefer", "").lower()
    return "deltaexcludeparent" in visit.call.headers or "deltaexcludeparent" in prefer


def _visible_until(visit: GraphVisit) -> int:
    """The newest change that delta knows of: it may lag behind what GET shows."""
    drive = visit.world.collection(DRIVES).get(visit.drive["id"])
    assert drive is not None
    lag = visit.switches["delta_lag_seconds"]
    if not lag:
        return int(drive["sequence"])
    seen = visit.drives.clock.unix() - lag
    hidden = [row["sequence"] for row in _rows(visit) if row["changed"] > seen]
    return min(hidden) - 1 if hidden else int(drive["sequence"])


def _rows(visit: GraphVisit) -> list[Row]:
    return visit.world.collection(ITEMS).where(drive=visit.drive["id"])


def _between(visit: GraphVisit, folder: Row, since: int, until: int) -> list[Row]:
    """Items changed after one number and up to another, in the order in which they were made.

    The first enumeration tells of nothing that is gone.
    """
    rows = [row for row in _rows(visit) if since < row["sequence"] <= until and (since > 0 or row["state"] == LIVE)]
    if folder["parent"] is not None:
        rows = [row for row in rows if is_inside(visit, row, folder)]
    return sorted(rows, key=lambda row: int(row["id"]))


def _asked_token(visit: GraphVisit) -> str | None:
    inside = visit.values.get("inside")
    if inside:
        match = re.fullmatch(r"\s*token\s*=\s*'(.*)'\s*", inside)
        if match is None:
            raise bad_request("delta takes one argument, token.")
        return match[1] or None
    return visit.option("token") or visit.option("skiptoken") or visit.option("deltatoken") or None


def _token(visit: GraphVisit, text: str | None, now: int) -> dict[str, int]:
    """Errors: GraphRefused 400 for what is no token, 410 for one that is too old."""
    if text is None:
        return {"since": 0, "until": now, "after": 0}
    if TIME.fullmatch(text):
        return {"since": _sequence_at(visit, text), "until": now, "after": 0}
    try:
        content = orjson.loads(base64.urlsafe_b64decode(text))
        token = {name: int(content[name]) for name in ("drive", "since", "until", "after", "at", "epoch")}
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("The provided token is not valid.") from None
    if token["drive"] != visit.drive["id"]:
        raise bad_request("The provided token is not one of this drive.")
    _check_age(visit, token)
    if token["since"] == token["until"] and token["after"] == 0:
        token["until"] = max(now, token["since"])
    return token


def _sequence_at(visit: GraphVisit, text: str) -> int:
    """A time as token, which only Business and SharePoint know."""
    if is_personal(visit.drive):
        raise bad_request("A time is no token of a personal drive.")
    wanted = datetime.fromisoformat(text).timestamp()
    return max((row["sequence"] for row in _rows(visit) if row["changed"] < wanted), default=0)


def _check_age(visit: GraphVisit, token: dict[str, int]) -> None:
    """A token ends after some days, or with what the control interface made the drive forget."""
    drive = visit.world.collection(DRIVES).get(visit.drive["id"]) or visit.drive
    days = visit.switches["delta_token_days"]
    if token["epoch"] < drive["epoch"]:
        mode = str(drive["forgets_as"])
    elif days and visit.drives.clock.unix() - token["at"] > days * DAY_SECONDS:
        mode = str(visit.switches["delta_token_too_old"])
    else:
        return
    raise GraphRefused(
        410, TOO_OLD[mode], "Resync required: the token cannot be continued.", headers={"Location": _link(visit, None)}
    )


def _answer(visit: GraphVisit, rows: list[Row], kind: str, token: dict[str, int]) -> Answer:
    drive = visit.world.collection(DRIVES).get(visit.drive["id"]) or visit.drive
    made = {"drive": drive["id"], "epoch": drive["epoch"], "at": int(visit.drives.clock.unix())}
    text = orjson.dumps({"after": 0, **token, **made})
    wanted = visit.option("select")
    records = [_selected(changed_item(visit.drives, row), wanted) for row in rows]
    link = _link(visit, base64.urlsafe_b64encode(text).decode())
    return json_answer(listing(f"{visit.base}/$metadata#Collection(driveItem)", records, **{kind: link}))


def _selected(record: dict[str, Any], wanted: str | None) -> dict[str, Any]:
    kept = selected(record, wanted)
    for name in ("id", "deleted"):
        if name in record:
            kept[name] = record[name]
    return kept


def _link(visit: GraphVisit, token: str | None) -> str:
    """The address to go on at; page size and $select stay."""
    kept = [
        (key, value)
        for key, value in visit.call.query
        if key.lower().removeprefix("$") not in ("token", "skiptoken", "deltatoken")
    ]
    query = urlencode([*kept, *([("token", token)] if token else [])])
    address = visit.values["address"].partition("/delta(")[0].removesuffix("/delta") + "/delta"
    return f"{visit.base}{address}" + (f"?{query}" if query else "")
