"""The laws that hold after every run, whatever was killed or cut: nothing lost, doubled, invented or untrue.

Written from the statement of the laws and from the mapping of the documents, not from the program. Reads
only what stands outside: the sandbox's state, the embedded company, the journal's tables, files of the profile.

L1 no value lost · L2 no duplicate · L3 no phantom · L4 both sides agree · L5 what is shown is true · L7 secrets stay.
(L6, progress, is that the runs of a journey end at all.)
"""

import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.programs import Program, reading

Row = Mapping[str, Any]
Records = dict[str, dict[Any, Row]]
"""Element → key → record."""


class Violation(NamedTuple):
    """One broken law."""

    law: str
    element: str
    key: str
    text: str


class Pair(NamedTuple):
    """A column of maestro* and the attribute of Procore that holds the same.

    length: characters of the narrower one, None: no limit. form: what of the text carries meaning.
    """

    column: str
    attribute: str
    length: int | None = None
    form: str = "text"


class Element(NamedTuple):
    """One element on both sides."""

    table: str
    code: str
    resource: str
    number: str
    pairs: tuple[Pair, ...]


PLACE = (
    Pair("address", "address", 40),
    Pair("city", "city", 60, "place"),
    Pair("province", "state_code", 3),
    Pair("country", "country_code", 2),
    Pair("postal_code", "zip", 10, "postal"),
)

ELEMENTS = {
    "projects": Element(
        "m_project",
        "project_code",
        "projects",
        "project_number",
        (
            Pair("description", "name", 100),
            Pair("detail", "description"),
            *PLACE,
            Pair("phone", "phone", 20, "phone"),
            Pair("start_date", "estimated_start_date", 10),
            Pair("closing_date", "estimated_completion_date", 10),
        ),
    ),
    "suppliers": Element(
        "m_supplier",
        "supplier_code",
        "vendors",
        "origin_code",
        (
            Pair("name", "name", 60),
            *PLACE,
            Pair("phone", "business_phone", 20, "phone"),
            Pair("mobile", "mobile_phone", 20, "phone"),
            Pair("fax", "fax_number", 20, "phone"),
            Pair("email", "email_address", 100, "email"),
            Pair("rbq", "license_number", 20, "licence"),
        ),
    ),
}
ONE_WAY = frozenset({"suppliers"})
OURS = re.compile(r"MST:[^:]+:(?P<element>[a-z-]+):(?P<key>.+)")

# Attributes of Procore that follow from others, or that linking is allowed to write.
FOLLOWS = frozenset(
    "updated_at origin_id display_name project_number origin_code is_active active synced_to_erp".split()
)


@dataclass(frozen=True)
class Sides:
    """Both sides and the journal at one moment. journal: table → rows, its JSON columns decoded."""

    maestro: Records
    procore: Records
    journal: Mapping[str, list[Row]]


def look(program: Program) -> Sides:
    """What stands there now. A profile that was never opened has an empty maestro* side and journal."""
    control = program.control
    assert control is not None
    maestro: Records = {name: {} for name in ELEMENTS}
    if (program.profile / "company.sqlite").exists():
        for name, element in ELEMENTS.items():
            rows = program.rows(f"select * from {element.table} where not is_deleted", file="company.sqlite")
            maestro[name] = {str(row[element.code]).strip(): row for row in rows}
    procore: Records = {n: {row["id"]: row for row in control.state(e.resource)} for n, e in ELEMENTS.items()}
    return Sides(maestro, procore, _journal(program))


def start(program: Program) -> Sides:
    """What both sides hold before the program ever ran: maestro* comes with the sandbox's start line."""
    now = look(program)
    assert program.control is not None
    company = program.control.line["company"]
    maestro: Records = {
        name: {str(row[element.code]).strip(): row for row in company[element.table] if not row.get("is_deleted")}
        for name, element in ELEMENTS.items()
    }
    return Sides(maestro, now.procore, now.journal)


_JSON_COLUMNS = ("before", "after", "differences", "problems", "differing", "maestro_values", "procore_values")


def _journal(program: Program) -> dict[str, list[Row]]:
    tables = ("link", "line", "sync_action", "sync_request")
    if not (program.profile / "journal.sqlite").exists():
        return {table: [] for table in tables}
    return {table: [_decoded(row) for row in program.rows(f"select * from {table}")] for table in tables}


def _decoded(row: Row) -> Row:
    return {name: json.loads(value) if name in _JSON_COLUMNS and value else value for name, value in row.items()}


# --- values ---------------------------------------------------------------------------------------


# What word processors make of a typed apostrophe, quotation mark or dash says nothing else.
TYPED = str.maketrans("’‘ʼ“”‑–—", "'''\"\"---")


def essence(value: Any, form: str = "text", length: int | None = None) -> str:
    """What two equal values have in common; nothing and blank are the same."""
    if value is None:
        return ""
    text = " ".join(unicodedata.normalize("NFC", str(value)).translate(TYPED).split())
    if length is not None:
        text = text[:length].rstrip()
    if form == "phone":
        digits = re.sub(r"\D", "", text)
        return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if form in ("postal", "licence"):
        return re.sub(r"[^A-Z0-9]", "", text.upper()).removeprefix("RBQ")
    if form == "place":
        return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return text.casefold() if form == "email" else text


def _in_maestro(row: Row, pair: Pair) -> Any:
    if pair.column == "postal_code" and row.get("country") == "US" and row.get("zip_code"):
        return row["zip_code"]
    return row.get(pair.column)


# --- the laws -------------------------------------------------------------------------------------


def check(before: Sides, after: Sides) -> list[Violation]:
    """Every broken law. before: what both sides held when nothing of the run had happened yet."""
    laws = (lost, forgotten, duplicates, phantoms, disagreements, untrue)
    return [violation for law in laws for violation in law(before, after)]


def lost(before: Sides, after: Sides) -> Iterator[Violation]:
    """L1: a value that stood on either side stands there still, or on the other, or can be shown from the journal."""
    for name, element in ELEMENTS.items():
        partner = {row["maestro_key"]: row["procore_id"] for row in after.journal["link"] if row["element"] == name}
        keeper = {procore_id: key for key, procore_id in partner.items()}
        kept = _kept_values(after, name)
        for key, row in before.maestro[name].items():
            now = after.maestro[name].get(key, {})
            other = after.procore[name].get(partner.get(key), {})
            for pair in element.pairs:
                yield from _still_there(name, key, pair, _in_maestro(row, pair), now, other, kept)
        for procore_id, row in before.procore[name].items():
            key = keeper.get(procore_id, "")
            now, other = after.maestro[name].get(key, {}), after.procore[name].get(procore_id, {})
            for pair in element.pairs:
                yield from _still_there(name, key or str(procore_id), pair, row.get(pair.attribute), now, other, kept)


def _still_there(
    name: str, key: str, pair: Pair, value: Any, maestro: Row, procore: Row, kept: set[tuple[str, str]]
) -> Iterator[Violation]:
    wanted = essence(value, pair.form)
    held = {essence(_in_maestro(maestro, pair), pair.form), essence(procore.get(pair.attribute), pair.form)}
    if wanted and wanted not in held and (key, wanted) not in kept:
        yield Violation("L1", name, key, f"{pair.column}: {value!r} is nowhere any more")


def _kept_values(after: Sides, name: str) -> set[tuple[str, str]]:
    """Values that the journal can show: before-images and the differences that were decided."""
    forms = {pair.form for pair in ELEMENTS[name].pairs}
    kept = set()
    for action in after.journal["sync_action"]:
        if action["element"] != name:
            continue
        images = [value for side in (action["before"] or {}).values() for value in (side or {}).values()]
        images += [difference[side] for difference in action["differences"] or [] for side in ("maestro", "procore")]
        kept |= {(action["maestro_key"], essence(value, form)) for value in images for form in forms}
    return kept


def forgotten(before: Sides, after: Sides) -> Iterator[Violation]:
    """L1 for records: one that is in scope is linked, or its line says why not."""
    for name in ELEMENTS:
        lines = {line["maestro_key"]: line for line in after.journal["line"] if line["element"] == name}
        for key, row in after.maestro[name].items():
            if not _is_to_be_sent(name, row) or (lines.get(key) or {}).get("is_linked"):
                continue
            line = lines.get(key)
            if line is None or (line["is_in_scope"] and not line["problems"]):
                yield Violation("L1", name, key, "is neither linked nor explained")


def _is_to_be_sent(name: str, row: Row) -> bool:
    return (row["status"] == "A" and bool(row.get("procore_sync"))) if name == "projects" else row["status"] != "1"


def duplicates(before: Sides, after: Sides) -> Iterator[Violation]:
    """L2: at most one Procore record per key of maestro*, at most one maestro* record per Procore record."""
    for name, element in ELEMENTS.items():
        rows = after.procore[name].values()
        for origin, n in Counter(row["origin_id"] for row in rows if row.get("origin_id")).items():
            if n > 1:
                yield Violation("L2", name, origin, f"{n} Procore records carry this origin id")
        fresh = [row for row in rows if row["id"] not in before.procore[name]]
        numbers = Counter(_number(row, element) for row in rows)
        for number in {_number(row, element) for row in fresh} - {""}:
            if numbers[number] > 1:
                yield Violation("L2", name, number, f"{numbers[number]} Procore records carry this number")
        for column in ("maestro_key", "procore_id"):
            links = Counter(row[column] for row in after.journal["link"] if row["element"] == name)
            for key, n in links.items():
                if n > 1:
                    yield Violation("L2", name, str(key), f"{n} links")
        linked = Counter(row["maestro_key"] for row in after.journal["link"] if row["element"] == name)
        for key in after.maestro[name].keys() - before.maestro[name].keys():
            if linked[key] != 1:
                yield Violation("L2", name, key, "a new maestro* record without a Procore record of its own")


def _number(row: Row, element: Element) -> str:
    return str(row.get(element.number) or "").strip().upper()


def phantoms(before: Sides, after: Sides) -> Iterator[Violation]:
    """L3: nothing is made, deleted or changed that neither side asked for."""
    for name, element in ELEMENTS.items():
        for side, earlier, now in (
            ("maestro*", before.maestro[name], after.maestro[name]),
            ("Procore", before.procore[name], after.procore[name]),
        ):
            for key in earlier.keys() - now.keys():
                yield Violation("L3", name, str(key), f"was deleted from {side}")
        for procore_id in after.procore[name].keys() - before.procore[name].keys():
            row = after.procore[name][procore_id]
            found = OURS.fullmatch(row.get("origin_id") or "")
            asked_by = before.maestro[name].get(found["key"]) if found and found["element"] == name else None
            if asked_by is None or not _is_to_be_sent(name, asked_by):
                yield Violation("L3", name, str(procore_id), "nobody asked for this Procore record")
        asking = {_number(r, element) for r in before.procore[name].values()} if name not in ONE_WAY else set()
        for key in after.maestro[name].keys() - before.maestro[name].keys():
            if key.upper() not in asking:
                yield Violation("L3", name, key, "nobody asked for this maestro* record")
        yield from _changes(name, element, before, after)


def _changes(name: str, element: Element, before: Sides, after: Sides) -> Iterator[Violation]:
    partner = {row["procore_id"]: row["maestro_key"] for row in after.journal["link"] if row["element"] == name}
    pairs = {pair.attribute: pair for pair in element.pairs}
    for procore_id, row in before.procore[name].items():
        now = after.procore[name].get(procore_id, row)
        mine = after.maestro[name].get(partner.get(procore_id, ""), {})
        for attribute in sorted(a for a in row if now.get(a) != row[a] and a not in FOLLOWS):
            pair = pairs.get(attribute)
            source = None if pair is None else essence(_in_maestro(mine, pair), pair.form, pair.length)
            if pair is None or essence(now.get(attribute), pair.form, pair.length) != source:
                yield Violation(
                    "L3", name, str(procore_id), f"{attribute}: {row[attribute]!r} → {now.get(attribute)!r}"
                )
        foreign = row.get("origin_id") and not OURS.fullmatch(row["origin_id"])
        if foreign and now.get("origin_id") != row["origin_id"]:
            yield Violation("L3", name, str(procore_id), "the origin id of another program was overwritten")
    if name in ONE_WAY:
        for key, row in before.maestro[name].items():
            now = after.maestro[name].get(key, {})
            moved = [c for c in row if c not in ("rowver", "changed_at") and _plain(now.get(c)) != _plain(row[c])]
            if moved:
                yield Violation("L3", name, key, f"a one-way element wrote back {', '.join(moved)}")


def _plain(value: Any) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def disagreements(before: Sides, after: Sides) -> Iterator[Violation]:
    """L4: linked records agree field by field, except where their line shows the difference; and so do the counts."""
    for name, element in ELEMENTS.items():
        lines = {line["maestro_key"]: line for line in after.journal["line"] if line["element"] == name}
        links = [row for row in after.journal["link"] if row["element"] == name]
        marked = [r for r in after.procore[name].values() if OURS.fullmatch(r.get("origin_id") or "")]
        if len(links) != len(marked):
            yield Violation("L4", name, "", f"{len(links)} links, {len(marked)} Procore records that carry our mark")
        for link in links:
            key = link["maestro_key"]
            mine, theirs = after.maestro[name].get(key), after.procore[name].get(link["procore_id"])
            if mine is None or theirs is None:
                yield Violation("L4", name, key, "one of the linked records does not exist")
                continue
            line = lines.get(key, {})
            shown = len(line.get("differing") or [])
            apart = [p for p in element.pairs if not _agree(mine, theirs, p)]
            if len(apart) > shown:
                fields = ", ".join(pair.column for pair in apart)
                yield Violation("L4", name, key, f"differ in {fields}; the line shows {shown} differences")


def _agree(mine: Row, theirs: Row, pair: Pair) -> bool:
    return essence(_in_maestro(mine, pair), pair.form, pair.length) == essence(
        theirs.get(pair.attribute), pair.form, pair.length
    )


def untrue(before: Sides, after: Sides) -> Iterator[Violation]:
    """L5: green only with a marked partner and values as shown; nothing turns or waits once every request has ended."""
    for line in after.journal["line"]:
        name, key = line["element"], line["maestro_key"] or str(line["procore_id"])
        if line["status"] in ("queued", "running"):
            yield Violation("L5", name, key, f"still shows {line['status']}")
        if line["status"] != "done" or name not in ELEMENTS:
            continue
        theirs = after.procore[name].get(line["procore_id"])
        mark = OURS.fullmatch((theirs or {}).get("origin_id") or "")
        if theirs is None or mark is None or mark["key"] != line["maestro_key"]:
            yield Violation("L5", name, key, "is green without a Procore record that carries its mark")
            continue
        mine = after.maestro[name].get(line["maestro_key"], {})
        yield from _shown_as_is(line, mine, theirs)
    for action in after.journal["sync_action"]:
        if action["state"] in ("planned", "running", "retry"):
            yield Violation(
                "L5", action["element"], action["maestro_key"] or "", f"an action is still {action['state']}"
            )
    for request in after.journal["sync_request"]:
        if request["state"] in ("queued", "running", "waiting"):
            yield Violation("L5", request["element"], request["id"], f"a request is still {request['state']}")


def _shown_as_is(line: Row, mine: Row, theirs: Row) -> Iterator[Violation]:
    """The values that the page shows are those of the two records."""
    name = line["element"]
    title = ELEMENTS[name].pairs[0]
    for shown, real, side in (
        ((line["maestro_values"] or {}).get("name"), mine.get(title.column), "maestro*"),
        ((line["procore_values"] or {}).get("name"), theirs.get(title.attribute), "Procore"),
    ):
        if essence(shown) != essence(real):
            yield Violation("L5", name, line["maestro_key"], f"shows {shown!r} for {side}, which holds {real!r}")


# --- secrets --------------------------------------------------------------------------------------


def leaks(program: Program, secrets: Iterable[str]) -> list[Violation]:
    """L7: files of the profile in which one of the secrets stands, also inside compressed bodies of calls."""
    wanted = [secret.encode() for secret in secrets]
    found = []
    for file in sorted(p for p in program.profile.rglob("*") if p.is_file() and "sandbox" not in p.parts):
        content = file.read_bytes()
        found += [Violation("L7", "", file.name, "holds a secret") for secret in wanted if secret in content]
    for body in _bodies(program.profile / "journal.sqlite"):
        found += [Violation("L7", "", "exchange", "holds a secret") for secret in wanted if secret in body]
        if re.search(rb"Bearer\s+[A-Za-z0-9._-]{12,}", body):
            found.append(Violation("L7", "", "exchange", "holds a token"))
    return found


def _bodies(journal: Path) -> Iterator[bytes]:
    if not journal.exists():
        return
    with reading(journal) as connection:
        for row in connection.execute("select request_body, answer_body, headers from exchange"):
            yield from (zlib.decompress(body) for body in row[:2] if body)
            yield str(row[2]).encode()
