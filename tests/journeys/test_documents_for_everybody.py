"""What other people notice of Documents: files in their library, and nothing else (F167 to F173, F176, F191, F192)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.journeys.library import Drive
from tests.programs import Control, InnerProgram, Row, sandbox_inside

pytestmark = pytest.mark.xdist_group("documents_for_everybody")  # the project is synchronized once
CODE = "26003"
ADMINISTRATION = ("/rest/*/companies/*", "/rest/*/company/*", "/rest/*/permission_templates*")
"""Paths that only an administrator of the company may ask in Procore."""


@dataclass(frozen=True)
class Site:
    """A project in step, the calls of its first synchronization and the files that it brought over.

    permissions_before: who could do what with the library before it.
    """

    program: InnerProgram
    control: Control
    drive: Drive
    calls: list[Row]
    files: list[str]
    permissions_before: list[Row]
    top: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With an account that is no administrator of the company, on a computer without the OneDrive client."""
    with sandbox_inside(spike_limit=1000) as control:
        program = InnerProgram(tmp_path_factory.mktemp("everybody") / "profile", control)
        program.run("sync", "projects")
        control.plant(*({"api": "procore", "path": path, "status": 403, "times": None} for path in ADMINISTRATION))
        drive = Drive(control)
        before = permissions(drive, "")
        control.forget_calls()
        assert program.run("documents", "add", CODE).exit_code == 0
        said = program.run("documents", "approve", "1")
        assert said.exit_code == 0, said.document
        calls = [call for call in control.calls() if call["status"] is not None]
        (project,) = said.document["projects"]
        files = [path for path, size in drive.tree("Procore").items() if size >= 0]
        yield Site(program, control, drive, calls, files, before, f"Procore/{project['name']}/Documents")
        drive.close()


def permissions(drive: Drive, path: str) -> list[Row]:
    """Who may do what with an item, the root for ''."""
    place = drive.at(path) if path else drive.at("").removesuffix(":/")
    item = drive._http.get(place).raise_for_status().json()["id"]
    rights = drive._http.get(f"{drive._root}/items/{item}/permissions")
    return list(rights.raise_for_status().json()["value"])


def test_f176_the_account_needs_to_be_no_administrator_of_the_company(site: Site) -> None:
    assert {call["status"] for call in site.calls if call["api"] == "procore"} <= {200, 201, 204, 302}
    assert [call["path"] for call in site.calls if "/companies/" in call["path"]] == []


def test_f168_every_file_went_into_the_library_through_graph(site: Site) -> None:
    """No other program of this computer has a hand in it."""
    assert {call["api"] for call in site.calls} == {"procore", "graph", "login", "storage"}
    sessions = [call for call in site.calls if call["path"].endswith("/createUploadSession")]
    small = [call for call in site.calls if (call["api"], call["method"]) == ("graph", "PUT")]
    probes = 2  # one small file for each tool, made and removed to try the rights
    assert len(site.files) == len(sessions) + len(small) - probes > 30


def test_f167_f169_who_has_no_program_opens_the_files_in_the_library(site: Site) -> None:
    """Another client, which knows Graph and nothing of ours, on a computer of its own."""
    ours = {row["procore_id"][1:]: row for row in site.program.rows("SELECT * FROM file_agreed WHERE NOT is_folder")}
    found = [row for row in site.control.state("documents") if str(row["id"]) in ours and row["name"].endswith(".pdf")]
    assert len(found) > 5
    line = site.control.line
    form = {name: line[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
    login = httpx.post(f"{line['procore_login']}/oauth/token", data=form, trust_env=False).raise_for_status()
    headers = {"authorization": f"Bearer {login.json()['access_token']}", "procore-company-id": str(line["company_id"])}
    paths = site.drive.tree(site.top)
    for row in found[:3]:
        path = next(each for each in paths if each.endswith("/" + ours[str(row["id"])]["drive_name"]))
        content = site.drive.read(site.top + path)
        address = httpx.URL(line["procore_api"]).join(row["file"]["current_version"]["url"])
        assert content == _content(address, headers)


def _content(address: httpx.URL, headers: dict[str, str]) -> bytes:
    return httpx.get(address, headers=headers, follow_redirects=True, trust_env=False).raise_for_status().content


def test_f172_f191_f192_nobodys_rights_are_read_or_written(site: Site) -> None:
    """A new file has the rights of its folder; the library's are what they were."""
    words = ("permissions", "invite", "createlink", "sharing", "shares", "grant")
    asked = [call["path"] for call in site.calls if call["api"] == "graph"]
    assert len(asked) > 30
    assert [path for path in asked if any(word in path.lower() for word in words)] == []
    assert permissions(site.drive, "") == site.permissions_before
    some = next(path for path, size in site.drive.tree(site.top).items() if size > 0)
    rights = [each["roles"] for each in permissions(site.drive, site.top + some)]
    assert rights == [each["roles"] for each in permissions(site.drive, site.top)]


def test_f173_what_is_asked_of_other_people_at_their_sign_in_does_not_matter(site: Site) -> None:
    """Every person of the organization has to sign in anew, with a second factor: the run goes on as itself."""
    registered: dict[str, Any] = site.control._ask("GET", "microsoft")
    people = list(registered["users"])
    assert len(people) > 1
    site.control.switch(microsoft_mfa=True)
    for name in people:
        site.control._ask("POST", "microsoft", {"revoke": name})
        site.control._ask("POST", "microsoft", {"challenge": name})
    site.drive.put(f"{site.top}/neuf.txt", b"neuf")
    said = site.program.run("documents", "sync")
    assert (said.exit_code, said.document["requests"][0]["errors"]) == (0, 0)
    assert "neuf.txt" in {row["name"] for row in site.control.state("documents")}
