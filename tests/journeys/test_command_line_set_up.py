"""Set-ups that are empty, wrong, broken or cut off: told with a code and a remedy, never with a trace."""

import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.model.elements import built_elements
from maestro_procore.sandbox.training_company import generate
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from tests.journeys.command_line import Say, speaker
from tests.programs import PROGRAM, ROOT, Program, finish

FIRST = {"api_url": "http://127.0.0.1:9", "client_id": "abc", "procore_company_id": 5}


@pytest.fixture(autouse=True)
def _no_key_ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a server without a session; the tests of the key ring have a real one."""
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def say(profile: Path, capfd: pytest.CaptureFixture[str]) -> Say:
    """A profile that is not for training."""
    return speaker(profile, capfd, "--language", "en")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a maestro* company that works with a test environment, in which we may do everything."""
    file = tmp_path_factory.mktemp("maestro") / "company.sqlite"
    made = MaestroCompany(file)
    made.create_schema()
    made.load_rows(generate("small").company)
    made.close()
    return f"sqlite:///{file}"


def failed(document: dict[str, list[dict[str, object]]]) -> dict[str, str]:
    """Name → code of the checks that failed themselves."""
    checks = [check for check in document["checks"] if not check["ok"] and not check["skipped"]]
    assert all(check["problem"]["message"] and check["problem"]["remedy"] for check in checks)  # type: ignore[index]
    return {str(check["name"]): str(check["problem"]["code"]) for check in checks}  # type: ignore[index]


def closed_port() -> int:
    """A port of this computer on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# --- nothing is set up ------------------------------------------------------------------------------


def test_an_empty_profile_can_be_looked_at(say: Say) -> None:
    assert say("status", "--json").exit_code == 0
    assert say("requests", "--json").document == []
    assert say("messages", "--json").document == []


def test_an_empty_profile_synchronizes_nothing_and_says_why(say: Say) -> None:
    said = say("sync", "all", "--json")
    assert (said.exit_code, said.codes) == (2, {"STO-07"})


def test_the_doctor_of_an_empty_profile_names_what_is_missing(say: Say) -> None:
    said = say("doctor", "--json")
    assert said.exit_code == 2
    assert failed(said.document) == {"database": "STO-07", "configuration": "CFG-01", "key_ring": "KEY-01"}


def test_the_tools_of_training_are_refused_elsewhere(say: Say) -> None:
    for words in (("training", "reset"), ("training", "reset", "--company", "reference")):
        said = say(*words, "--json")
        assert (said.exit_code, said.codes) == (2, {"CLI-06"})


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_a_window_without_a_screen_is_refused(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    said = say("--minimized")
    assert (said.exit_code, said.errors.split(":")[0]) == (2, "CLI-08")


def test_a_sandbox_without_training_is_refused(profile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = speaker(profile, capfd, "--sandbox", "http://127.0.0.1:9/control")("status", "--json")
    assert (said.exit_code, said.codes) == (2, {"CLI-06"})


def test_a_sandbox_that_does_not_answer_is_told(profile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{closed_port()}/control"
    say = speaker(profile, capfd, "--training", "--sandbox", url)
    said = say("sync", "all", "--json")
    assert (said.exit_code, said.codes) == (4, {"CLI-05"})
    examined = say("doctor", "--json")
    assert (examined.exit_code, failed(examined.document)) == (4, {"connection": "CLI-05"})


# --- setting up ---------------------------------------------------------------------------------------


def test_a_file_sets_everything_up_at_once(say: Say, tmp_path: Path, company: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(
        f'url = "http://127.0.0.1:9"\nclient-id = "abc"\nprocore_company = "5"\ncompany_url = "{company}"\n'
        'elements = ["suppliers"]\n',
        encoding="utf-8",
    )
    said = say("configure", "--from", str(file), "--json")
    assert said.exit_code == 0
    assert (said.document["ok"], said.codes) == (True, {"CFG-13"})
    ticked = {row["name"]: row["is_enabled"] for row in say("status", "--json").document["elements"]}
    assert ticked == {element.name: element.name == "suppliers" for element in built_elements()}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("site.json", '{"client_id": "abc", "client_secret": "x1y2z3w4"}', "CFG-16"),
        ("site.json", '{"client_password": "x1y2z3w4"}', "CFG-16"),
        ("site.json", '["abc"]', "CFG-16"),
        ("site.json", "{", "CFG-16"),
        ("site.toml", "client_id = ", "CFG-16"),
        ("site.json", '{"colour": "red"}', "CFG-19"),
        ("site.json", '{"client_id": ""}', "CFG-14"),
        ("site.json", '{"api_url": "http://api.procore.com"}', "CFG-02"),
        ("site.json", '{"api_url": "https://me:hunter22@api.procore.com"}', "CFG-02"),
        ("site.json", '{"elements": "projects kitchens"}', "CLI-02"),
        (None, None, "CFG-16"),
    ],
)
def test_a_bad_file_changes_nothing_and_shows_no_password(
    say: Say, tmp_path: Path, name: str | None, content: str | None, code: str
) -> None:
    file = tmp_path / (name or "missing.json")
    if content is not None:
        file.write_text(content, encoding="utf-8")
    said = say("configure", "--from", str(file), "--url", "https://sandbox.procore.com", "--json")
    if code == "CFG-02":  # the option would win over the file
        said = say("configure", "--from", str(file), "--json")
    assert (said.exit_code, said.codes) == (2, {code})
    assert "x1y2z3w4" not in said.output and "hunter22" not in said.output
    assert failed(say("doctor", "--json").document)["configuration"] == "CFG-01"


def test_rows_of_the_editable_tables_come_from_the_file_all_or_none(say: Say, profile: Path, tmp_path: Path) -> None:
    """CFG-21: one row that cannot be keeps the others from being saved too."""
    file = tmp_path / "set-up.toml"
    file.write_text('[value_maps.units]\nHR = "hours"\n[value_maps."statuses.subcontracts"]\nComplete = "done"\n')
    said = say("configure", "--from", str(file), "--json")
    assert (said.exit_code, said.codes) == (2, {"CFG-21"})
    file.write_text('[value_maps.units]\nHR = "hours"\n[value_maps."statuses.subcontracts"]\nComplete = "open"\n')
    assert say("configure", "--from", str(file), "--json").exit_code == 0
    database = Database.of_file(profile / "journal.sqlite")
    held = Journal(database).settings()["value_maps"]
    database.close()
    assert held == {"units": {"HR": "hours"}, "statuses.subcontracts": {"Complete": "open"}}


def test_a_password_comes_from_standard_input_and_is_kept_nowhere_without_a_key_ring(
    say: Say, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("pa55-w0rd-of-client\n"))
    said = say("configure", "--client-id", "abc", "--procore-company", "5", "--secret-stdin", "--json")
    assert (said.exit_code, said.document["ok"], said.codes) == (0, True, {"KEY-01"})
    kept = b"".join(file.read_bytes() for file in profile.rglob("*") if file.is_file())
    assert b"abc" in kept
    assert b"pa55-w0rd" not in kept
    assert failed(say("doctor", "--json").document)["configuration"] == "KEY-04"


@pytest.mark.parametrize(("typed", "field"), [("\n", "client_password"), ("secret-of-nobody\n", "client_id")])
def test_a_password_without_value_or_client_is_refused(
    say: Say, monkeypatch: pytest.MonkeyPatch, typed: str, field: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    said = say("configure", "--secret-stdin", "--json")
    assert (said.exit_code, said.codes) == (2, {"CFG-14"})
    assert said.document["problems"][0]["args"] == {"field": field}


def test_a_password_is_no_option(say: Say) -> None:
    said = say("configure", "--client-secret", "x", "--json")
    assert (said.exit_code, said.codes) == (2, {"CLI-01"})


# --- set up wrongly -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("no address at all://", "STO-07"),
        ("oracle+nothing://host/db", "STO-07"),
        ("sqlite:////proc/nowhere/company.sqlite", "SRV-01"),
    ],
)
def test_a_wrong_company_address_is_told_and_can_be_corrected(
    say: Say, tmp_path: Path, company: str, address: str, code: str
) -> None:
    file = tmp_path / "site.json"
    file.write_text(json.dumps({**FIRST, "company_url": address}), encoding="utf-8")
    assert say("configure", "--from", str(file), "--json").exit_code == 0
    assert say("status", "--json").exit_code == 0
    assert failed(say("doctor", "--json").document)["database"] == code
    assert say("sync", "all", "--json").codes == {code}
    file.write_text(json.dumps({"company_url": company}), encoding="utf-8")
    assert say("configure", "--from", str(file), "--json").exit_code == 0
    assert "database" not in failed(say("doctor", "--json").document)


def test_a_company_without_the_tables_is_told(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    file.write_text(json.dumps({**FIRST, "company_url": f"sqlite:///{tmp_path / 'empty.sqlite'}"}), encoding="utf-8")
    say("configure", "--from", str(file), "--json")
    assert failed(say("doctor", "--json").document)["database"] == "STO-08"
    assert say("sync", "all", "--json").codes == {"STO-08"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_damaged_journal_is_told_by_every_verb_and_explained_by_the_doctor(
    profile: Path, capfd: pytest.CaptureFixture[str], language: str
) -> None:
    profile.mkdir()
    damage = b"not a database at all " * 400
    (profile / "journal.sqlite").write_bytes(damage)
    say = speaker(profile, capfd, "--language", language)
    said = say("status", "--json")
    assert (said.exit_code, said.codes) == (2, {"STO-02"})
    examined = say("doctor", "--json")
    assert examined.exit_code == 2
    assert failed(examined.document) == {"journal": "STO-02"}
    assert say("doctor").exit_code == 2
    assert (profile / "journal.sqlite").read_bytes() == damage


def test_a_folder_that_cannot_hold_a_profile_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    say = speaker(tmp_path / "file", capfd)
    assert say("status", "--json").codes == {"STO-06"}
    examined = say("doctor", "--json")
    assert (examined.exit_code, failed(examined.document)) == (2, {"profile": "STO-06"})


def test_a_fault_of_the_program_shows_no_trace_and_is_logged(
    say: Say, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maestro_procore.store.views import Views

    def broken(_self: Views) -> None:
        raise ZeroDivisionError("as a test")

    monkeypatch.setattr(Views, "service", broken)
    said = say("status", "--json")
    assert (said.exit_code, said.codes) == (1, {"RUN-05"})
    assert "Traceback" not in said.output + said.errors
    assert "ZeroDivisionError" in (profile / "logs" / "command.log").read_text(encoding="utf-8")


# --- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "english", "french"),
    [
        (("sync",), "missing: ELEMENT.", "il manque : ELEMENT."),
        (("status", "--wide"), "not known: --wide.", "inconnu : --wide."),
        (("requests", "--last"), "--last needs a value.", "--last exige une valeur."),
        (
            ("requests", "--last", "x"),
            "--last: 'x' is not a valid value.",
            "--last : 'x' n'est pas une valeur valable.",
        ),
        (("status", "--json=1"), "--json takes no value", "--json ne prend pas de valeur"),
        (("fly",), "'fly' is not among", "'fly' ne fait pas partie de"),
    ],
)
def test_wrong_usage_is_told_in_the_readers_language(
    profile: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], english: str, french: str
) -> None:
    """F092."""
    for language, sentence in (("en", english), ("fr", french)):
        said = speaker(profile, capfd, "--language", language)(*words)
        assert said.exit_code == 2
        assert said.errors.replace("\u00a0", " ").startswith("CLI-01: ")
        assert sentence in said.errors.replace("\u00a0", " ")
        assert said.output == ""


def test_help_names_only_what_is_built(say: Say) -> None:
    said = say("--help")
    assert said.exit_code == 0
    looking, doing = "status requests actions messages links", "sync cancel resume undo configure doctor service"
    built = f"{looking} {doing} documents sandbox support-bundle forget training".split()
    assert all(f"\n    {verb} " in said.output for verb in built)
    for verb in built:
        if verb != "sandbox":
            assert "--help" in say(verb, "--help").output
    assert all(f"\n    {action} " in say("training", "--help").output for action in ("reset", "play", "load"))


def test_the_version_is_told(say: Say) -> None:
    said = say("--version")
    assert (said.exit_code, said.output.split()[0]) == (0, "maestro-procore")


def test_the_language_chosen_in_the_window_holds_on_the_command_line(
    profile: Path, say: Say, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.json"
    file.write_text('{"language": "fr"}', encoding="utf-8")
    say("configure", "--from", str(file), "--json")
    assert "Fournisseurs" in speaker(profile, capfd)("status").output
    assert "Suppliers" in say("status").output


# --- how it starts ---------------------------------------------------------------------------------------


def test_a_verb_that_reads_loads_neither_window_nor_engine(profile: Path) -> None:
    """The window paints, and a scheduler's question is answered, before any of these could be imported."""
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], "--profile", str(profile), "status", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert json.loads(ran.stdout)["elements"]
    assert "maestro_procore.wiring" in loaded
    assert {"PySide6", "dbos", "httpx", "rich", "uvicorn"} & loaded == set()


def test_a_run_loads_no_window(tmp_path: Path) -> None:
    """Only gui knows Qt: a server has no libraries for it."""
    blocked = tmp_path / "blocked" / "PySide6"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('this computer has no window')\n")
    program = Program(tmp_path / "profile", None, "--training", environment={"PYTHONPATH": str(blocked.parent)})
    said = program.run("sync", "projects")
    assert (said.exit_code, said.requests["projects"]["errors"]) == (0, 0)


def test_two_openings_of_a_fresh_profile_at_the_same_moment_both_work(profile: Path) -> None:
    program = Program(profile, None, "--training")
    said = [finish(process) for process in [program.start("status") for _ in range(3)]]
    assert [one.exit_code for one in said] == [0, 0, 0]
    assert len(program.rows("SELECT * FROM m_company", file="company.sqlite")) == 1


def test_a_profile_that_was_half_prepared_is_completed(profile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    say = speaker(profile, capfd, "--training", "--language", "en")
    say("status", "--json")
    for file in profile.glob("journal.sqlite*"):
        file.unlink()
    assert failed(say("doctor", "--json").document) == {}
