"""`documents …` in training, from the command line to both servers: added, approved, kept in step both ways."""

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro_procore.store.report_keys import ReportKey
from maestro_procore.store.secrets import MemorySecrets
from tests.journeys.library import Drive
from tests.programs import ROOT, Control, Program, Row, sandbox_process

pytestmark = pytest.mark.xdist_group("documents")  # one story: the project is synchronized once
CODE = "26003"


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_process("--spike-limit", "1000") as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A profile that knows its projects."""
    made = Program(tmp_path_factory.mktemp("documents") / "profile", control)
    made.run("sync", "projects")
    return made


@pytest.fixture
def drive(control: Control) -> Iterator[Drive]:
    made = Drive(control)
    yield made
    made.close()


def test_added_approved_and_in_step_both_ways(program: Program, control: Control, drive: Drive) -> None:
    """Issue "Documents and Photos": add, approve, watch it finish; edit, rename, move, delete on each side."""
    said = program.run("documents", "add", CODE)
    assert said.exit_code == 0, said.document
    (project,) = said.document["projects"]
    assert (project["phase"], project["files"]) == ("planned", 0)
    checks = {(check["tool"], check["what"]): check["ok"] for check in project["preflight"]}
    of_tools = {(tool, f"rights_{side}") for tool in ("documents", "photos") for side in ("procore", "drive")}
    assert all(checks[key] for key in of_tools | {("", "space")}), project["preflight"]
    told = program.run("documents", "preview", "1").document["forecast"]
    assert 0 < told["calls"] < told["usual"]["calls"] == 4 * told["files"]
    assert told["size_bytes"] > 0
    assert (told["usual"]["calls_a_file"], told["usual"]["files_an_hour"]) == (4, 900)
    assert (told["is_measured"], told["is_timed"]) == (False, False), "F276: as documented"
    (waiting,) = program.run("documents", "status").document
    assert waiting["forecast"]["seconds"] == told["seconds"] > 0, "F104: the finish is told before the start"
    for language, usual in (("en", "The usual product: "), ("fr", "Le produit habituel\u00a0: ")):
        words = [language if word == "en" else word for word in program.command("documents", "status")]
        said = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
        assert usual in said, "F114, F276, F277: beside ours, and labelled"

    said = program.run("documents", "notify", "1", "--to", "marie@example.com", "--mail-language", "both")
    assert (said.document["to"], said.document["languages"], said.document["state"]) == (
        ["marie@example.com"],
        ["en", "fr"],
        "",
    )
    control.forget_calls()
    said = program.run("documents", "approve", "1")
    (project,) = said.document["projects"]
    assert (said.exit_code, project["phase"], project["conflicts"]) == (0, "regular", 0)
    top = f"Procore/{project['name']}/Documents"
    first = drive.tree(top)
    assert len([size for size in first.values() if size >= 0]) == project["pairs"][0]["files"] > 20

    control.forget_calls()
    assert program.run("documents", "sync").exit_code == 0
    assert {call["method"] for call in control.calls() if call["api"] in ("procore", "graph")} == {"GET"}

    some = next(path for path, size in first.items() if size > 0 and path.count("/") == 2 and path.endswith(".pdf"))
    drive.put(top + some, b"%PDF edited in the drive")
    drive.put(f"{top}/Nouveau dossier/neuf.txt", b"neuf")
    folder = "/" + some.split("/")[1]
    drive.rename(top + folder, f"{folder[1:]} (2026)")
    said = program.run("documents", "sync")
    assert (said.exit_code, said.document["requests"][0]["errors"]) == (0, 0)
    there = documents(program, control)
    assert there["neuf.txt"]["file"]["current_version"]["size"] == 4
    assert f"{folder[1:]} (2026)" in there
    assert there[some.rpartition("/")[2]]["file"]["current_version"]["number"] == 2

    control.edit("documents", id=there["neuf.txt"]["id"], name="renommé.txt")
    said = program.run("documents", "sync")
    assert drive.read(f"{top}/Nouveau dossier/renommé.txt") == b"neuf"
    drive.remove(f"{top}/Nouveau dossier/renommé.txt")
    program.run("documents", "sync")
    assert "renommé.txt" not in documents(program, control)
    assert said.exit_code == 0


def test_f107_f108_the_message_at_completion_went_out_once(program: Program, control: Control) -> None:
    """Through Graph's sendMail, which the sandbox keeps; the title is F108's."""
    (sent,) = control.state("messages")
    message = sent["message"]
    assert message["toRecipients"] == [{"emailAddress": {"address": "marie@example.com"}}]
    assert message["subject"].startswith("Two way sync initiated for project ")
    assert "Synchronisation bidirectionnelle établie pour le projet " in message["subject"]
    assert "Documents – files: " in message["body"]["content"]
    said = program.run("documents", "notify", "1")
    assert (said.document["state"], said.document["problem"]) == ("sent", None)
    assert program.run("documents", "notify", "1", "--again").problem_codes == {"DOC-63"}
    assert program.run("documents", "notify", "1", "--to", "nobody").problem_codes == {"DOC-60"}


def test_f237_a_limit_of_how_fast_files_go_is_set_shown_and_taken_away(program: Program) -> None:
    """None unless somebody asks for one; CFG-19 for one that is too low to work with."""
    assert program.run("documents", "bandwidth").document == {"ok": True, "up": None, "down": None}
    assert program.run("documents", "bandwidth", "--up", "500").document == {"ok": True, "up": 500, "down": None}
    assert program.run("documents", "bandwidth", "--down", "5", "--up", "off").problem_codes == {"CFG-19"}
    assert program.run("documents", "bandwidth").document["up"] == 500, "nothing was saved"
    words = ["fr" if word == "en" else word for word in program.command("documents", "bandwidth", "--up", "off")]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    assert "Téléversements\u00a0: aucune limite" in said


def test_f157_a_policy_is_shown_and_changed_and_the_listings_are_saved(program: Program, tmp_path: Path) -> None:
    shown = program.run("documents", "policy", "1", "exclude=*.bak;Old/*", "schedule=daily", "daily_at=06:30").document
    assert (shown["exclude"], shown["schedule"], shown["daily_at"]) == (["*.bak", "Old/*"], "daily", "06:30")
    assert program.run("documents", "policy", "1").document == shown
    for words, code in (("conflicts=mine", "DOC-18"), ("max_bytes=many", "DOC-18"), ("every_minutes=0", "DOC-71")):
        assert program.run("documents", "policy", "1", words).problem_codes == {code}
    program.run("documents", "policy", "1", "exclude=", "schedule=activity")
    file = tmp_path / "listings.csv"
    said = program.run("documents", "listings", "1", str(file))
    assert said.document["items"] == len(file.read_text(encoding="utf-8-sig").splitlines()) - 1 > 20


def test_f198_a_renamed_top_folder_keeps_its_new_name(program: Program, drive: Drive) -> None:
    (project,) = program.run("documents", "status").document
    drive.rename(f"Procore/{project['name']}", "Station neuve")
    program.run("documents", "sync", "1")
    assert program.run("documents", "status").document[0]["phase"] == "paused"
    said = program.run("documents", "accept-name", "1")
    assert (said.exit_code, said.document["projects"][0]["phase"]) == (0, "regular")
    opened = said.document["projects"][0]["destination"]
    assert opened == drive.url("Procore/Station neuve"), "what *Open the folder* opens"
    drive.rename("Procore/Station neuve", project["name"])
    program.run("documents", "sync", "1")
    assert program.run("documents", "accept-name", "1").document["projects"][0]["phase"] == "regular"


def documents(program: Program, control: Control) -> dict[str, Row]:
    """Name → what Procore holds of everything that was brought over; other projects have files of equal names."""
    ours = {row["procore_id"][1:] for row in program.rows("SELECT procore_id FROM file_agreed")}
    found = [row for row in control.state("documents") if str(row["id"]) in ours and not row.get("is_deleted")]
    return {row["name"]: row for row in found}


def test_what_cannot_be_meant_is_refused(program: Program) -> None:
    """DOC-16, DOC-23, DOC-24 and DOC-26."""
    for words, code in (
        (("approve", "99"), "DOC-16"),
        (("resolve", "99", "drive"), "DOC-23"),
        (("held", "1", "apply"), "DOC-24"),
        (("add", "nowhere"), "DOC-26"),
    ):
        said = program.run("documents", *words)
        assert (said.exit_code, said.problem_codes) == (2, {code})


def test_f260_no_content_stays_on_this_computer(program: Program) -> None:
    assert list((Path(program.profile) / "on-their-way").iterdir()) == []


def test_f119_f270_f271_a_run_is_taken_back_on_both_servers(program: Program, control: Control, drive: Drive) -> None:
    """Edited and deleted in the drive, carried to Procore, undone: both hold again what they held."""
    top = f"Procore/{program.run('documents', 'list').document[0]['name']}/Documents"
    before = drive.tree(top)
    edited, deleted = [path for path in sorted(before) if before[path] > 0 and path.count("/") == 2][:2]
    content = drive.read(top + edited)
    drive.put(top + edited, b"ransom")
    drive.remove(top + deleted)
    drive.put(f"{top}/copied.txt", b"copied")
    run = program.run("documents", "sync").document["requests"][0]["id"]
    number = str(program.run("documents", "runs", "1").document[0]["number"])
    told = program.run("documents", "undo", number, "--preview").document
    assert {(step["verb"], step["back"]) for step in told["steps"]} == {
        ("version", "can"),
        ("delete", "can"),
        ("copy", "can"),
    }
    assert (told["deletions"], told["wants_confirmation"]) == (1, False)
    said = program.run("documents", "undo", run)
    assert (said.exit_code, len(said.document["requests"])) == (0, 2), said.document
    assert drive.read(top + edited) == content
    assert drive.tree(top) == {**before, "/copied.txt": 6}  # the original of a copy that was taken away stays
    there = documents(program, control)
    assert there[edited.rpartition("/")[2]]["file"]["current_version"]["size"] == len(content)
    assert deleted.rpartition("/")[2] in there
    assert "copied.txt" not in there
    apart = program.run("documents", "not-synchronized").document
    assert [row["path"] for row in apart if row["problem"]["code"] == "BCK-11"] == ["copied.txt"]
    assert program.run("documents", "undo", run).problem_codes == {"BCK-08"}
    assert program.run("documents", "prove", "1").document["agrees"]
    drive.remove(f"{top}/copied.txt")


def test_f211_f215_f219_versions_authors_and_history_of_one_file(
    program: Program, drive: Drive, tmp_path: Path
) -> None:
    """Both services say who wrote what when; an earlier content comes back on both; BCK-22 for no file."""
    top = f"Procore/{program.run('documents', 'list').document[0]['name']}/Documents"
    path = next(path for path, size in sorted(drive.tree(top).items()) if size > 0 and path.count("/") == 2)
    before = drive.read(top + path)
    drive.put(top + path, b"edited by somebody in the drive")
    program.run("documents", "sync")
    found = program.run("documents", "versions", "1", path[1:]).document["versions"]
    of_procore = [version for version in found if version["side"] == "procore"]
    assert of_procore[0]["is_present"] and not of_procore[1]["is_present"]
    assert all(version["by"] and version["at"] for version in of_procore)
    assert {version["side"] for version in found} == {"procore", "drive"}
    said = program.run("documents", "versions", "1", path[1:], "--restore", "procore", of_procore[1]["id"])
    assert (said.exit_code, drive.read(top + path)) == (0, before), said.document
    assert program.run("documents", "versions", "1", "nowhere.txt").problem_codes == {"BCK-22"}

    file = tmp_path / "history.csv"
    assert program.run("documents", "history", "1", path[1:], "--csv", str(file)).document["ok"]
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["deed"] for row in rows][-3:] == ["version", "revert", "version"]
    assert all(row["by"] and row["at"] and row["path"] == path[1:] for row in rows[-3:])
    assert all(json.loads(row["before"])["version"] != json.loads(row["after"])["version"] for row in rows[-3:])


def test_both_sides_are_proven_and_the_report_is_checked(program: Program, control: Control, tmp_path: Path) -> None:
    """Issue "Documents and Photos", integrity proof; DOC-37, DOC-38 and DOC-39."""
    file = tmp_path / "proof.json"
    control.forget_calls()
    said = program.run("documents", "prove", "1", "--out", str(file))
    found = {tool["tool"]: tool for tool in said.document["report"]["tools"]}
    assert (said.exit_code, said.document["agrees"]) == (0, True), [tool["differences"] for tool in found.values()]
    assert {call["method"] for call in control.calls() if call["api"] in ("procore", "graph")} == {"GET"}
    agreed = program.rows("SELECT count(*) AS n FROM file_agreed WHERE NOT is_folder")[0]["n"]
    assert sum(tool["counts"]["proven"]["files"] for tool in found.values()) == agreed > 20
    assert program.run("documents", "verify", str(file)).document["ok"]

    document = json.loads(file.read_text(encoding="utf-8"))
    document["report"]["agrees"] = False
    file.write_text(json.dumps(document), encoding="utf-8")
    assert program.run("documents", "verify", str(file)).problem_codes == {"DOC-38"}
    document["signature"] = ReportKey.of(MemorySecrets()).sign(document["report"])
    file.write_text(json.dumps(document), encoding="utf-8")
    assert program.run("documents", "verify", str(file)).problem_codes == {"DOC-39"}
    assert program.run("documents", "verify", str(tmp_path / "nowhere")).problem_codes == {"DOC-37"}


def test_c16_what_a_look_holds_back_is_told_and_not_taken_for_agreement(program: Program, drive: Drive) -> None:
    """A preview after many deletions: they wait for an answer, and there is something to do."""
    top = f"Procore/{program.run('documents', 'list').document[0]['name']}/Documents"
    gone = [path for path, size in drive.tree(top).items() if size > 0 and not {"#", "%"} & set(path)][:12]
    for path in gone:
        drive.remove(top + path)
    said = subprocess.run(
        program.command("documents", "preview", "1"), cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert f"{len(gone)} deletions wait for an answer" in said
    assert "there is nothing to do" not in said
    assert program.run("documents", "held", "1", "restore").exit_code == 0
    assert program.run("documents", "sync", "1").exit_code == 0
    assert set(gone) <= drive.tree(top).keys()


def test_a_person_reads_the_table_in_his_language(program: Program) -> None:
    words = ["fr" if word == "en" else word for word in program.command("documents", "status")]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert said.returncode == 0, said.stderr
    assert "Régulière" in said.stdout
    assert "regular" not in said.stdout


def test_f110_f112_f208_a_folder_that_people_had_already_is_taken_as_it_is(
    program: Program, control: Control, drive: Drive
) -> None:
    """Its files go to Procore, Procore's come to it, and its owner may rename it."""
    drive.put("Chantiers/Entrepot/du bureau.txt", b"bureau")
    url = drive.url("Chantiers/Entrepot")
    words = ("add", "26005", "--tools", "documents", "--layout", "tool", "--existing", "--folder-url", url)
    said = program.run("documents", *words)
    (project,) = [row for row in said.document["projects"] if row["destination"] == url]
    assert (said.exit_code, project["phase"]) == (0, "planned")
    number = str(project["id"])
    assert program.run("documents", "approve", number).exit_code == 0
    (project,) = [row for row in program.run("documents", "status").document if str(row["id"]) == number]
    there = drive.tree("Chantiers/Entrepot")
    assert project["phase"] == "regular"
    assert len([size for size in there.values() if size >= 0]) == project["pairs"][0]["files"]
    assert "du bureau.txt" in documents(program, control)
    assert program.run("documents", "add", CODE, "--folder-url", url).problem_codes == {"DOC-17"}
    assert program.run("documents", "add", "26004", "--folder-url", url).problem_codes == {"DOC-73"}
    drive.rename("Chantiers/Entrepot", "Entrepot 2026")
    assert program.run("documents", "sync", number).exit_code == 0
    (project,) = [row for row in program.run("documents", "status").document if str(row["id"]) == number]
    assert (project["phase"], project["destination"]) == ("regular", drive.url("Chantiers/Entrepot 2026"))
