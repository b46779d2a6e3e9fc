"""Documents and photos that the training company starts with, and the many that a measurement asks for."""

import unicodedata
from functools import cache
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_company import TrainingCompany, generate
from maestro_procore.sandbox.training_documents import many_documents
from maestro_procore.sandbox.training_world import FIRST_PROCORE_ID

from .conftest import Client, StoppedClock, start


@cache
def company() -> TrainingCompany:
    return generate("small")


def _files() -> dict[int, list[dict[str, Any]]]:
    """Rows per project."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in company().procore["documents"]:
        found.setdefault(row["project_id"], []).append(row)
    return found


CASES = {
    "accents": lambda name: "é" in name,
    "a space at the end": lambda name: name.endswith(" "),
    "a dot at the end": lambda name: name.endswith("."),
    "number sign, percent sign and colon": lambda name: {"#", "%", ":"} <= set(name),
    "letters that are composed": lambda name: name != unicodedata.normalize("NFC", name),
    "a name that Windows keeps for itself": lambda name: name.partition(".")[0] == "CON",
    "three hundred characters": lambda name: len(name) == 300,
}


@pytest.mark.parametrize("case", CASES)
def test_each_project_has_names_with(case: str) -> None:
    assert len(_files()) == 3
    for rows in _files().values():
        assert 55 <= len(rows) <= 65
        assert [row["name"] for row in rows if CASES[case](row["name"])]


def test_each_project_has_twins_a_lock_a_private_folder_an_empty_and_a_huge_file() -> None:
    contents = {row["file_id"]: row["_content"]["bytes"] for row in company().procore["file_versions"]}
    for rows in _files().values():
        places = [(row["parent_id"], row["name"]) for row in rows]
        assert len(set(places)) == len(places)
        folded = [(parent, unicodedata.normalize("NFC", name).casefold()) for parent, name in places]
        assert len(folded) - len(set(folded)) == 2
        assert [row for row in rows if row.get("checked_out_until")]
        assert [row for row in rows if row.get("private")]
        sizes = [contents[row["id"]] for row in rows if row["document_type"] == "file"]
        assert min(sizes) == 0
        assert max(sizes) > 1_000_000_000


def test_files_change_no_other_row_and_no_later_id() -> None:
    """What the seven elements read and write stays as it was."""
    others, own = set(), set()
    for name, rows in company().procore.items():
        if name != "companies":
            (own if rows and rows[0]["id"] < FIRST_PROCORE_ID else others).update(row["id"] for row in rows)
    assert len(own) > 400
    assert max(own) < min(others)
    reference = generate("reference").procore
    assert all(row["id"] >= FIRST_PROCORE_ID for name, rows in reference.items() if name != "companies" for row in rows)


async def test_every_list_of_the_training_company_keeps_the_document() -> None:
    """Logs, RFIs, drawings … of one project, under --strict."""
    data = StartData(company().company, company().procore)
    sandbox = Sandbox(SandboxOptions(spike_limit=1000, strict=True), data=data)
    transport = httpx.ASGITransport(app=sandbox)
    client = Client(httpx.AsyncClient(transport=transport, base_url=sandbox.base_url), sandbox)
    client.http.headers["Authorization"] = f"Bearer {await client.token()}"
    client.http.headers["Procore-Company-Id"] = str(sandbox.company_id)
    project = next(iter(_files()))
    day = {"start_date": "2026-10-01", "end_date": "2026-11-30"}
    found = {}
    for path in ("rfis", "submittals", "drawing_revisions", "specification_sets", "daily_log_headers/index"):
        found[path] = (await client.http.get(f"/rest/v1.0/projects/{project}/{path}")).json()
    for kind in ("weather", "manpower", "notes", "delivery", "visitor"):
        found[kind] = (await client.http.get(f"/rest/v1.0/projects/{project}/{kind}_logs", params=day)).json()
    for path in ("punch_items", "meetings", "images", "image_categories", "observations/items", "folders"):
        found[path] = (await client.http.get(f"/rest/v1.0/{path}", params={"project_id": project})).json()
    calls = (await client.http.get("/control/calls")).json()
    assert [call for call in calls if call["violation"]] == []
    assert {path for path, rows in found.items() if not rows} == set()
    assert len(found["manpower"]) == 10
    assert found["notes"][0]["attachments"][0]["url"]
    await client.http.aclose()
    sandbox.close()


async def test_a_huge_file_is_read_in_part_without_being_stored() -> None:
    sandbox = Sandbox(SandboxOptions(spike_limit=1000), data=StartData(company().company, company().procore))
    transport = httpx.ASGITransport(app=sandbox)
    client = Client(httpx.AsyncClient(transport=transport, base_url=sandbox.base_url), sandbox)
    client.http.headers["Authorization"] = f"Bearer {await client.token()}"
    client.http.headers["Procore-Company-Id"] = str(sandbox.company_id)
    project = next(iter(_files()))
    query = {"view": "extended", "filters[search]": "Nuage"}
    row = (await client.http.get(f"/rest/v1.0/projects/{project}/documents", params=query)).json()[0]
    version = row["file"]["current_version"]
    location = (await client.http.get(version["url"])).headers["location"]
    async with httpx.AsyncClient(transport=transport) as storage:
        first = await storage.get(location, headers={"Range": "bytes=0-99"})
        last = await storage.get(location, headers={"Range": "bytes=-100"})
    assert (version["size"], first.headers["content-range"]) == (1_350_000_000, "bytes 0-99/1350000000")
    assert (first.content[:4], len(last.content)) == (b"PK\x03\x04", 100)
    await client.http.aclose()
    sandbox.close()


async def test_as_many_files_as_a_measurement_wants_add_up_to_the_byte() -> None:
    rows = many_documents(101, files=600, declared_bytes=600_000_000)
    data = start()
    options = SandboxOptions(spike_limit=1000, switches={"bodies_scaled": 1000})
    merged = StartData(data.company, {**data.procore, **rows})
    sandbox = Sandbox(options, data=merged, clock=StoppedClock())
    client = Client(httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url=sandbox.base_url), sandbox)
    await client.sign_in()
    query = {"view": "extended", "per_page": 2000, "filters[document_type]": "file"}
    listed = (await client.http.get("/rest/v1.0/projects/101/documents", params=query)).json()
    sizes = [row["file"]["current_version"]["size"] for row in listed]
    assert (len(sizes), sum(sizes)) == (600, 600_000_000)
    assert rows == many_documents(101, files=600, declared_bytes=600_000_000)
    await client.http.aclose()
    sandbox.close()
