"""`documents …` as everybody else sees it: other users of the drive, the network, the disk, the administrators.

The program runs inside this process, against a sandbox behind real ports; others use plain Graph and the sandbox's
control interface.
"""

import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.test_documents import CODE, Drive, documents
from tests.programs import Control, InnerProgram, Row, sandbox_inside

pytestmark = pytest.mark.xdist_group("documents seen by others")  # one story: the project is synchronized once
MARK = b"CONTENT-THAT-STAYS-NOWHERE"
HERE = {"127.0.0.1", "::1", "localhost"}


class Wire:
    """Every host name asked for and every address connected to by this process while it listens."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()
        self.ports: set[int] = set()
        self.listens = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if not self.listens:
            return
        if event == "socket.getaddrinfo":
            self.hosts.add(str(args[0]))
        elif event == "socket.connect" and isinstance(args[1], tuple):
            self.hosts.add(str(args[1][0]))
            self.ports.add(int(args[1][1]))


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_inside(spike_limit=1000) as running:
        yield running


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire()


@pytest.fixture(scope="module")
def drive(control: Control) -> Iterator[Drive]:
    """Somebody else who works in the library, with Graph and nothing of ours."""
    made = Drive(control)
    yield made
    made.close()


@pytest.fixture(scope="module")
def program(control: Control, drive: Drive, wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> InnerProgram:
    """Added, approved and in step. What its calls were is still in the log; who may do what, in `rights`."""
    made = InnerProgram(tmp_path_factory.mktemp("seen") / "profile", control)
    made.run("sync", "projects")
    made.rights = rights(drive)  # type: ignore[attr-defined]
    control.forget_calls()
    wire.listens = True
    try:
        assert made.run("documents", "add", CODE).exit_code == 0
        assert made.run("documents", "approve", "1").exit_code == 0
    finally:
        wire.listens = False
    return made


@pytest.fixture(scope="module")
def top(program: InnerProgram) -> str:
    (project,) = program.run("documents", "status").document
    return f"Procore/{project['name']}/Documents"


def rights(drive: Drive) -> list[Row]:
    """Who may do what at the root of the library."""
    address = "/".join((drive._root, "root", "permissions"))
    return list(drive._http.get(address).raise_for_status().json()["value"])


def content(control: Control, resource: str, record: int) -> bytes:
    with urllib.request.urlopen(f"{control.url}/content/{resource}/{record}", timeout=30) as answer:
        return bytes(answer.read())


def test_f167_f168_f169_others_open_the_files_without_any_program_of_ours(
    program: InnerProgram, control: Control, drive: Drive, top: str
) -> None:
    """Neither this program nor a client of OneDrive: Graph is all there is between them and the files."""
    files = {path: size for path, size in drive.tree(top).items() if size >= 0}
    in_procore = {row["name"]: row for row in documents(program, control).values() if row["document_type"] == "file"}
    alike = [path for path in files if path.rpartition("/")[2] in in_procore]
    read = {path: drive.read(top + path) for path in alike[:5]}
    assert len(read) == 5
    for path, found in read.items():
        assert found == content(control, "documents", in_procore[path.rpartition("/")[2]]["id"])
    assert {call["api"] for call in control.calls()} <= {"procore", "graph", "login", "storage"}


def test_f172_nobody_may_do_more_or_less_than_before(program: InnerProgram, control: Control, drive: Drive) -> None:
    made = control.calls()
    assert rights(drive) == program.rights != []  # type: ignore[attr-defined]
    about_rights = re.compile(r"permission|invite|createLink|roleAssignments|/users\b|/people\b", re.IGNORECASE)
    assert [call["path"] for call in made if about_rights.search(call["path"])] == []


def test_f262_the_program_talks_to_procore_and_microsoft_only(
    program: InnerProgram, control: Control, drive: Drive, wire: Wire, top: str
) -> None:
    """Every connection of its process, while a project was added and brought in step."""
    assert wire.hosts <= HERE, "all that it was told of is on this computer"
    some = next(path for path, size in drive.tree(top).items() if size > 0)
    item = drive._http.get(drive.at(top + some)).raise_for_status().json()
    told = [control.line[name] for name in ("procore_api", "procore_login", "graph", "microsoft_login", "control")]
    theirs = {urlsplit(str(address)).port for address in (*told, item["@microsoft.graph.downloadUrl"])}
    assert len(wire.ports) >= 3, "Procore, Graph and the sign-in server at least"
    assert wire.ports - theirs == set()


def test_f262_no_host_of_anybody_else_stands_in_the_program() -> None:
    """Addresses that the source names: Procore's, Microsoft's, and those that mean nobody."""
    import maestro_procore

    package = Path(maestro_procore.__file__).parent
    found = set()
    for path in package.rglob("*.py"):
        if "sandbox" in path.parts or "training" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        found |= {host.lower() for host in re.findall(r"https?://([A-Za-z0-9.-]+\.[A-Za-z]{2,})", source)}
    names = "procore|procoregov|microsoft|microsoftonline|office|sharepoint"
    ours = re.compile(rf"(.+\.)?(({names})\.(com|us)|chinacloudapi\.cn)")
    nobody = re.compile(r"(.+\.)?(example(\.com)?|invalid|test)")
    assert {host for host in found if not ours.fullmatch(host) and not nobody.fullmatch(host)} == set()
    assert "api.procore.com" in found


def test_f269_an_edit_in_the_drive_is_one_more_version_in_procore(
    program: InnerProgram, control: Control, drive: Drive, top: str
) -> None:
    path = next(path for path, size in drive.tree(top).items() if size > 0 and path.endswith(".pdf"))
    name = path.rpartition("/")[2]
    before = documents(program, control)[name]["file"]["current_version"]["number"]
    drive.put(top + path, b"%PDF edited in the drive " + MARK)
    assert program.run("documents", "sync").exit_code == 0
    after = documents(program, control)[name]
    assert after["file"]["current_version"]["number"] == before + 1
    assert content(control, "documents", after["id"]) == b"%PDF edited in the drive " + MARK


def test_f268_f271_each_revision_in_procore_is_one_more_version_in_the_drive_and_the_older_ones_stay(
    program: InnerProgram, control: Control, drive: Drive, top: str
) -> None:
    path = next(path for path, size in sorted(drive.tree(top).items()) if size > 0 and path.endswith(".pdf"))
    file = documents(program, control)[path.rpartition("/")[2]]
    before = len(versions(drive, top + path))
    first = drive.read(top + path)
    for number in (1, 2, 3):
        control.edit("documents", id=file["id"], content=f"revision {number}")
        assert program.run("documents", "sync").exit_code == 0
        assert drive.read(top + path) == f"revision {number}".encode()
    found = versions(drive, top + path)
    assert len(found) == before + 3
    address = f"{drive.at(top + path)}:/versions/{found[3]['id']}/content"
    assert drive._http.get(address, follow_redirects=True).raise_for_status().content == first


def versions(drive: Drive, path: str) -> list[Row]:
    """Newest first, as everybody sees them."""
    return list(drive._http.get(f"{drive.at(path)}:/versions").raise_for_status().json()["value"])


def test_f256_f257_f284_no_file_of_the_profile_holds_a_content(program: InnerProgram) -> None:
    """Journal, logs, settings: the mark went through in both directions before."""
    files = [file for file in Path(program.profile).rglob("*") if file.is_file()]
    assert {"journal.sqlite", "command.log"} <= {file.name for file in files}
    assert [file.name for file in files if MARK in file.read_bytes()] == []


def test_f176_an_account_that_is_no_administrator_of_the_company_is_enough(
    program: InnerProgram, control: Control
) -> None:
    """Everything of the company's administration is refused; nobody asks for it."""
    admin = r"/rest/v[0-9.]+/companies/[0-9]+/(users|people|permission_templates|roles|settings|webhooks).*"
    control.plant({"api": "procore", "path": admin, "times": 1000, "status": 403, "body": {"errors": "Forbidden"}})
    try:
        assert program.run("documents", "sync").exit_code == 0
        checks = {check["name"]: check["ok"] for check in program.run("doctor").document["checks"]}
    finally:
        control.heal()
    assert checks["connection"] and checks["rights"]
    assert [call for call in control.calls() if call["status"] == 403] == []


def test_f174_a_personal_drive_is_kept_in_step_as_a_library_is(
    program: InnerProgram, control: Control, drive: Drive
) -> None:
    """A second project goes to the OneDrive of a person."""
    graph = f"{control.line['graph']}/v1.0"
    found = drive._http.get(f"{graph}/users/marc.gagnon@example.com/drive").raise_for_status().json()
    assert found["driveType"] == "business" and found["id"] != control.line["drive_id"]
    added = program.run("documents", "add", "26001", "--drive", found["id"])
    assert added.exit_code == 0, added
    said = program.run("documents", "approve", "2")
    assert said.exit_code == 0, said
    (project,) = [row for row in said.document["projects"] if row["id"] == 2]
    assert (said.exit_code, project["phase"]) == (0, "regular")
    own = Drive(control)
    own._root = f"{graph}/drives/{found['id']}"
    there = own.tree(f"Procore/{project['name']}/Documents")
    own.close()
    assert len([size for size in there.values() if size >= 0]) == project["pairs"][0]["files"] > 0
