"""The tools that are copied one way: what another user writes in them is listed, shown and downloaded."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import START_STAMP, Client
from .test_documents import download, storage, violations

RFIS, SUBMITTALS = "/rest/v1.0/projects/101/rfis", "/rest/v1.1/projects/101/submittals"


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def rfi(client: Client, **fields: Any) -> dict[str, Any]:
    given = {"project_id": 101, "number": "12", "subject": "Appui de la poutre", "status": "open", **fields}
    found: dict[str, Any] = await client.control("POST", "state/rfis", given)
    return found


async def test_an_rfi_is_read_differentially_with_the_files_of_its_questions(strict: Client) -> None:
    strict.sandbox.clock.advance(60)
    question = {"id": 1, "plain_text_body": "Quel appui ?", "attachments": [{"name": "Croquis.pdf", "content": "cro"}]}
    made = await rfi(strict, questions=[question])
    since = {"filters[updated_at]": f"{strict.sandbox.clock.stamp()}...2027-01-01"}
    assert [row["id"] for row in (await strict.http.get(RFIS, params=since)).json()] == [made["id"]]
    assert [row["id"] for row in (await strict.http.get(RFIS, params={"search": "poutre"})).json()] == [made["id"]]
    assert (await strict.http.get(RFIS, params={"filters[status]": "closed"})).json() == []
    shown = (await strict.http.get(f"{RFIS}/{made['id']}")).json()
    attachment = shown["questions"][0]["attachments"][0]
    assert (attachment["name"], (await download(strict, attachment["url"])).text) == ("Croquis.pdf", "cro")
    assert await violations(strict) == []


@pytest.mark.parametrize("path", [RFIS, SUBMITTALS], ids=["rfis", "submittals"])
async def test_a_record_is_downloaded_as_a_pdf(strict: Client, path: str) -> None:
    row = (await strict.http.get(path)).json()[0]
    found = await strict.http.get(f"{path}/{row['id']}.pdf")
    assert (found.status_code, strict.sandbox.base_url in found.headers["location"]) == (302, False)
    async with storage(strict) as http:
        pdf = await http.get(found.headers["location"])
    assert (pdf.content[:8], pdf.content.rstrip()[-5:]) == (b"%PDF-1.4", b"%%EOF")
    assert b"number: A-101" in pdf.content
    assert pdf.headers["content-type"] == "application/pdf"
    assert (await strict.http.get(f"{path}/5.pdf")).status_code == 404
    assert await violations(strict) == []


async def test_drawings_are_found_through_their_areas_and_their_pdfs_downloaded(strict: Client) -> None:
    area = (await strict.http.get("/rest/v1.1/projects/101/drawing_areas")).json()[0]["id"]
    revision = {"project_id": 101, "number": "A-201", "drawing_id": 856, "current": True, "content": "%PDF plan"}
    made = await strict.control("POST", "state/drawing_revisions", revision)
    drawings = (await strict.http.get(f"/rest/v1.1/drawing_areas/{area}/drawings")).json()
    assert (drawings[0]["current_revision"]["id"], drawings[0]["current_revision"]["pdf_size"]) == (made["id"], 9)
    shown = (await strict.http.get(f"/rest/v1.0/projects/101/drawing_revisions/{made['id']}")).json()
    assert (await download(strict, shown["pdf_url"])).text == "%PDF plan"
    of_drawing = await strict.http.get("/rest/v1.0/projects/101/drawing_revisions", params={"drawing_id": 856})
    assert [row["id"] for row in of_drawing.json()] == [made["id"]]
    assert await violations(strict) == []


async def test_specification_sections_have_their_files(strict: Client) -> None:
    query = {"project_id": 101, "specification_section_division_id": 860}
    rows = (await strict.http.get("/rest/v1.0/specification_section_revisions", params=query)).json()
    assert (await download(strict, rows[0]["url"])).content.startswith(b"%PDF")
    other = {**query, "specification_section_division_id": 5}
    assert (await strict.http.get("/rest/v1.0/specification_section_revisions", params=other)).json() == []


async def test_an_observation_names_the_address_of_its_pdf(strict: Client) -> None:
    query = {"project_id": 101}
    row = (await strict.http.get("/rest/v1.0/observations/items", params=query)).json()[0]
    found = (await strict.http.get(f"/rest/v1.0/observations/items/{row['id']}/pdf", params=query)).json()
    assert (await download(strict, found["pdf_url"])).content.startswith(b"%PDF-1.4")
    assert await violations(strict) == []


@pytest.mark.parametrize("path", ["/rest/v1.0/meetings?project_id=101", "/rest/v1.1/projects/101/meetings"])
async def test_meetings_are_listed_in_groups(strict: Client, path: str) -> None:
    groups = (await strict.http.get(path)).json()
    assert [(group["group_title"], [row["id"] for row in group["meetings"]]) for group in groups] == [
        ("Chantier nº 12", [833])
    ]
    shown = (await strict.http.get("/rest/v1.1/projects/101/meetings/833")).json()
    assert shown["title"] == "Chantier nº 12"
    assert await violations(strict) == []


async def test_what_a_person_changes_moves_the_time_and_what_is_deleted_is_gone(strict: Client) -> None:
    made = await rfi(strict)
    strict.sandbox.clock.advance(60)
    changed = await strict.control("POST", "state/rfis", {"id": made["id"], "status": "closed"})
    assert changed["updated_at"] > made["updated_at"] > START_STAMP
    await strict.control("DELETE", f"state/rfis/{made['id']}")
    assert (await strict.http.get(f"{RFIS}/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("tool", "path"),
    [
        ("rfi", RFIS),
        ("submittal_log", SUBMITTALS),
        ("drawing_log", "/rest/v1.0/projects/101/drawing_revisions"),
        ("specifications", "/rest/v1.0/projects/101/specification_sets"),
        ("meetings", "/rest/v1.1/projects/101/meetings"),
        ("punch_list", "/rest/v1.1/punch_items?project_id=101"),
        ("daily_log", "/rest/v1.0/projects/101/notes_logs"),
    ],
)
async def test_a_tool_without_permission_refuses(strict: Client, tool: str, path: str) -> None:
    assert (await strict.http.get(path)).status_code == 200
    level = {"project_id": 101, "tool": tool, "who": "service", "level": "none"}
    await strict.control("POST", "state/tool_permissions", level)
    assert (await strict.http.get(path)).status_code == 403
