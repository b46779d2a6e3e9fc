"""Connections from the command line and through the commands of the window, against a sandbox of two companies."""

import asyncio
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from maestro_procore.cli import engine_run
from maestro_procore.connection_wiring import ConnectionHouse
from maestro_procore.drive import certificate_file
from maestro_procore.engine.connection_commands import ConnectionCommands
from maestro_procore.engine.connection_doors import SECRET, TOKENS, Draft, held_name
from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.file_ports import FolderChoice
from maestro_procore.logs import Secret
from maestro_procore.model.connections import MAIN_ID, Details, Platform, State, Way
from maestro_procore.model.microsoft_clouds import CLOUDS, GLOBAL, Cloud, address_of
from maestro_procore.model.problems import Refused, message
from maestro_procore.places import open_profile
from maestro_procore.ports import CallFailed
from maestro_procore.sandbox.graph_world import PEOPLE
from maestro_procore.store.secrets import MemorySecrets
from maestro_procore.wiring import House
from tests.doors.drive.test_sign_in import certificate
from tests.journeys.command_line import Say, speaker
from tests.programs import Control, InnerProgram, Row, closed_port
from tests.two_companies import (
    OTHER_COMPANY,
    TWIN_FILES,
    TWIN_NAME,
    TWIN_PROJECT,
    browser,
    microsoft_browser,
    refusing_browser,
    run,
    tell_microsoft,
    two_companies,
)

pytestmark = pytest.mark.xdist_group("connections")


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with two_companies() as running:
        yield running


@pytest.fixture
def house(control: Control, tmp_path: Path) -> Iterator[House]:
    opened = House(open_profile(tmp_path / "profile", training=True), True, control.url)
    yield opened
    opened.close()


@pytest.fixture
def commands(house: House) -> ConnectionCommands:
    return house.commands.connections


@pytest.fixture
def say(control: Control, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Say:
    words = ("--language", "en", "--training", "--sandbox", control.url)
    return speaker(tmp_path / "profile", capfd, *words)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.problem.code


def service(commands: ConnectionCommands, name: str = "", company: int | None = OTHER_COMPANY) -> Draft:
    draft = commands.new(Platform.PROCORE, Way.SERVICE)
    draft.details = replace(draft.details, name=name, company_id=company)
    return draft


# --- adding and testing -------------------------------------------------------------------------------


def test_f141_the_test_succeeds_after_real_calls_only(commands: ConnectionCommands, control: Control) -> None:
    """F141: /me and /companies were asked; with another secret nothing succeeds."""
    draft = service(commands, "Northern")
    control.forget_calls()
    assert run(commands.test(draft)) == []
    assert [call["path"] for call in control.calls() if call["api"] == "procore"] == [
        "/rest/v1.0/me",
        "/rest/v1.0/companies",
    ]
    assert draft.tested is not None and draft.tested.acts_as == "maestro_procore Service Account"
    draft.held[SECRET] = Secret("not-the-secret")
    (refused,) = run(commands.test(draft))
    assert (refused.code, refused.args["name"]) == ("CFG-03", "Northern"), "which of several it is"
    assert "“Northern”" in message(refused, "en") and "« Northern »" in message(refused, "fr").replace("\u00a0", " ")
    assert draft.tested is None


def test_f142_f143_a_failed_test_keeps_what_was_typed_and_nothing_is_saved(
    commands: ConnectionCommands,
) -> None:
    draft = service(commands, "Northern")
    typed, draft.held[SECRET] = draft.details, Secret("not-the-secret")
    run(commands.test(draft))
    assert draft.details == typed and draft.held[SECRET].reveal() == "not-the-secret"
    with pytest.raises(Refused) as refused:
        commands.save(draft)
    assert code_of(refused) == "CON-10"
    assert commands.save(draft, untested=True) == 1
    assert commands.find("Northern").state is State.FAILED


@pytest.mark.parametrize("platform", [Platform.PROCORE, Platform.MICROSOFT])
def test_f141_what_was_refused_is_refused_again_once_it_is_saved(
    commands: ConnectionCommands, platform: Platform
) -> None:
    """In training too: only what it proposes stands for the credentials of its start."""
    draft = commands.new(platform, Way.SERVICE)
    draft.details = replace(draft.details, company_id=OTHER_COMPANY if platform is Platform.PROCORE else None)
    proposed, draft.held[SECRET] = draft.held[SECRET], Secret("not-the-secret")
    (told,) = run(commands.test(draft))
    again = commands.draft_of(commands.save(draft, untested=True))
    assert [problem.code for problem in run(commands.test(again))] == [told.code]
    again.held[SECRET] = proposed
    right = commands.draft_of(commands.save(again, untested=True))
    assert run(commands.test(right)) == []


def test_a_saved_client_id_of_somebody_else_does_not_work_by_that_of_training(control: Control, tmp_path: Path) -> None:
    """After a start as well, when training has lost its secret (KEY-04)."""
    program = InnerProgram(tmp_path / "profile", control)
    add = ("connections", "add", "--company", str(OTHER_COMPANY), "--untested")
    assert program.run(*add, "--name", "Ours").exit_code == 0
    assert program.run(*add, "--name", "Theirs", "--client-id", "typed-by-somebody").exit_code == 0
    assert program.run("connections", "test", "Ours").exit_code == 0
    refused = program.run("connections", "test", "Theirs")
    assert (refused.exit_code, refused.problem_codes) == (2, {"KEY-04"})


def test_f139_f140_f210_somebody_signs_in_at_procores_own_page(commands: ConnectionCommands, house: House) -> None:
    """The browser is opened at the sign-in server; the changes will carry the name of who signed in."""
    draft = commands.new(Platform.PROCORE, Way.PERSON)
    opened: list[str] = []

    def open_browser(address: str) -> None:
        opened.append(address)
        browser(address)

    run(house.connections.sign_in(draft, open_browser, "You may close this page."))
    assert opened[0].startswith(house.training.start_line()["procore_login"] + "/oauth/authorize?")  # type: ignore[union-attr]
    assert {"code_challenge_method=S256", "response_type=code"} <= set(opened[0].partition("?")[2].split("&"))
    assert run(commands.test(draft)) == []
    assert draft.tested is not None and draft.tested.acts_as == "Chantal Roy"
    assert sorted(draft.tested.companies)[1] == (OTHER_COMPANY, "Northern Lights Builders Ltd.")
    with pytest.raises(Refused) as refused:  # two companies: one has to be chosen
        commands.save(draft)
    assert code_of(refused) == "CFG-14"
    draft.details = replace(draft.details, company_id=OTHER_COMPANY)
    number = commands.save(draft)
    saved = commands.find(str(number))
    assert (saved.name, saved.acts_as, saved.state) == ("Procore (2)", "Chantal Roy", State.SUCCEEDED)
    kept = house.secrets.get(held_name(saved.details.key, TOKENS))
    assert kept is not None
    journal = (house.profile.root / "journal.sqlite").read_bytes()
    assert b"access" not in journal.partition(b"Chantal Roy")[2][:200]
    run(commands.remove(number))
    assert house.secrets.get(held_name(saved.details.key, TOKENS)) is None


def test_f139_a_sign_in_that_is_refused_leaves_a_clean_message(commands: ConnectionCommands, house: House) -> None:
    draft = commands.new(Platform.PROCORE, Way.PERSON)
    with pytest.raises(Refused) as refused:
        run(house.connections.sign_in(draft, refusing_browser, ""))
    assert code_of(refused) == "CON-02"
    assert TOKENS not in draft.held


def test_a_wrong_pasted_code_is_refused(commands: ConnectionCommands, house: House) -> None:
    """CON-08."""
    draft = commands.new(Platform.PROCORE, Way.PERSON)
    begun = house.connections.begin_pasted(draft)
    assert "redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob" in begun.address
    with pytest.raises(CallFailed) as failed:
        run(house.connections.finish_pasted(draft, begun, Secret("never-given-code")))
    assert failed.value.problem.code == "CON-08"


def test_a_sign_in_that_procore_revoked_is_told_and_cured_by_one_more(
    commands: ConnectionCommands, house: House, control: Control
) -> None:
    """CON-01: one message with its remedy, and the line says so until somebody signed in again."""
    draft = commands.new(Platform.PROCORE, Way.PERSON)
    run(house.connections.sign_in(draft, browser, ""))
    run(commands.test(draft))
    draft.details = replace(draft.details, name="Chantal", company_id=OTHER_COMPANY)
    number = commands.save(draft)
    revoke(control, house, draft.details.key)
    again = commands.draft_of(number)
    assert [problem.code for problem in run(commands.test(again))] == ["CON-01"]
    assert commands.find("Chantal").state is State.ENDED
    run(house.connections.sign_in(again, browser, ""))
    assert run(commands.test(again)) == []
    commands.save(again)
    assert commands.find("Chantal").state is State.SUCCEEDED


# --- outside training ---------------------------------------------------------------------------------


@pytest.fixture
def outside(house: House) -> ConnectionHouse:
    """The same journal without training's rules, and a key ring of its own."""
    ring = MemorySecrets()
    return ConnectionHouse(house.profile, house.journal, house.clock, ring, None, house._ask_shortly, list)


def typed(control: Control, port: int) -> Draft:
    line = control.line
    details = Details(
        platform=Platform.PROCORE,
        way=Way.PERSON,
        key="typed",
        url=line["procore_api"],
        client_id=line["client_id"],
        redirect_uri=f"http://localhost:{port}/callback",
        company_id=OTHER_COMPANY,
    )
    return Draft(details, {SECRET: Secret(line["client_secret"])})


def test_f151_the_domain_is_the_base_of_every_call(control: Control, outside: ConnectionHouse) -> None:
    """The redirect address is fixed, as it has to be registered; everything goes to the address that was typed."""
    draft, opened = typed(control, closed_port()), list[str]()

    def open_browser(address: str) -> None:
        opened.append(address)
        browser(address)

    control.forget_calls()
    run(outside.sign_in(draft, open_browser, ""))
    assert run(outside.look(draft)).acts_as == "Chantal Roy"
    assert all(address.startswith(draft.details.url) for address in opened)
    assert {call["path"] for call in control.calls()} >= {"/oauth/authorize", "/oauth/token", "/rest/v1.0/me"}
    draft.details = replace(draft.details, url=f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(CallFailed) as failed:
        run(outside.look(draft))
    assert failed.value.problem.code == "SRV-06"


def test_a_port_that_another_program_holds_is_named(control: Control, outside: ConnectionHouse) -> None:
    """CON-11."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        draft = typed(control, other.getsockname()[1])
        with pytest.raises(Refused) as refused:
            run(outside.sign_in(draft, browser, ""))
    assert code_of(refused) == "CON-11"


def test_training_speaks_to_nobody_but_its_own_sandbox(commands: ConnectionCommands) -> None:
    draft = service(commands)
    draft.details = replace(draft.details, url="https://api.procore.com")
    assert [problem.code for problem in run(commands.test(draft))] == ["CFG-07"]


# --- names --------------------------------------------------------------------------------------------


def test_f149_a_connection_without_a_name_is_called_after_its_platform(commands: ConnectionCommands) -> None:
    """The connection of Configuration is called Procore already."""
    names = [commands.find(str(commands.save(service(commands), untested=True))).name for _ in range(2)]
    assert names == ["Procore (2)", "Procore (3)"]


def test_f145_a_name_that_is_taken_is_warned_about(commands: ConnectionCommands) -> None:
    commands.save(service(commands, "Chantiers du Nord"), untested=True)
    told = commands.problems(service(commands, " chantiers DU  nord "))
    assert [(problem.code, problem.is_error) for problem in told] == [("CON-03", False)]


def test_f144_a_name_of_more_than_70_characters_is_refused(commands: ConnectionCommands) -> None:
    assert commands.problems(service(commands, "x" * 70)) == []
    with pytest.raises(Refused) as refused:
        commands.save(service(commands, "x" * 71), untested=True)
    assert code_of(refused) == "CON-04"


@pytest.mark.parametrize("field", ["url", "client_id", "secret"])
def test_f151_f152_f153_a_blank_field_is_an_error(commands: ConnectionCommands, field: str) -> None:
    draft = service(commands)
    if field == "secret":
        draft.held.clear()
    else:
        draft.details = replace(draft.details, **{field: "  "})
    named = {"url": "api_url", "secret": "client_secret"}.get(field, field)
    assert [(p.code, p.args["field"]) for p in commands.problems(draft)] == [("CFG-14", named)]


# --- what may not be done -----------------------------------------------------------------------------


def test_the_connection_of_configuration_stays(commands: ConnectionCommands) -> None:
    """CON-06; it is tested here all the same, and what the test told is kept."""
    with pytest.raises(Refused) as refused:
        run(commands.remove(MAIN_ID))
    assert code_of(refused) == "CON-06"
    draft = commands.draft_of(MAIN_ID)
    assert run(commands.test(draft)) == []
    commands.keep_test(draft)
    main = commands.find("Procore")
    assert (main.id, main.state, main.acts_as) == (MAIN_ID, State.SUCCEEDED, "maestro_procore Service Account")


def test_the_list_begins_with_both_sides_of_configuration(commands: ConnectionCommands) -> None:
    first = [(row.details.platform, row.is_own) for row in commands.rows()]
    assert first == [(Platform.MAESTRO, True), (Platform.PROCORE, True)]
    draft = commands.draft_of(commands.find("maestro*").id)
    assert run(commands.test(draft)) == [] and draft.tested is not None
    assert draft.tested.login.startswith("Constructions Belle-Rivière")


def test_f220_one_list_holds_every_connection_with_whom_it_acts_as(commands: ConnectionCommands) -> None:
    """Both sides of Configuration, a second Procore and an application at Microsoft: each once, tested or not."""
    commands.save(service(commands, "Chantiers du Nord"), untested=True)
    commands.save(microsoft(commands, Way.SERVICE), untested=True)
    draft = commands.draft_of(commands.find("Procore").id)
    assert run(commands.test(draft)) == []
    commands.keep_test(draft)
    rows = {row.name: (row.details.platform, row.state, row.acts_as) for row in commands.rows()}
    assert len(rows) == len(commands.rows()) == 4
    assert {platform for platform, _, _ in rows.values()} == {Platform.MAESTRO, Platform.PROCORE, Platform.MICROSOFT}
    assert rows["Procore"] == (Platform.PROCORE, State.SUCCEEDED, "maestro_procore Service Account")
    assert rows["Chantiers du Nord"][1] is not State.SUCCEEDED, "nobody has tried what it may do"


def test_a_connection_that_nobody_knows_is_told(commands: ConnectionCommands) -> None:
    with pytest.raises(Refused) as refused:
        commands.find("Nulle part")
    assert code_of(refused) == "CON-05"


# --- the command line -----------------------------------------------------------------------------------


def test_f136_f137_a_connection_is_added_on_the_command_line_and_listed(say: Say) -> None:
    """No secret stands among the words; in training the form proposes everything."""
    said = say("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY), "--json")
    assert (said.exit_code, said.document["connection"]["acts_as"]) == (0, "maestro_procore Service Account")
    assert said.document["connection"]["company_name"] == "Northern Lights Builders Ltd."
    rows = say("connections", "--json").document
    assert [row["name"] for row in rows] == ["maestro*", "Procore", "Northern"]
    assert "secret" not in str(rows).replace("client_secret", "")
    assert say("connections", "test", "Northern", "--json").document["companies"][1]["id"] == OTHER_COMPANY
    assert say("connections", "remove", "Northern", "--json").document == {"ok": True}
    assert say("connections", "remove", "Northern", "--json").codes == {"CON-05"}


def test_f153_the_secret_comes_from_the_environment_or_standard_input(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG_SECRET", "not-the-secret")
    add = ("connections", "add", "--company", str(OTHER_COMPANY), "--json")
    said = say(*add, "--secret-env", "WRONG_SECRET")
    assert (said.exit_code, said.codes) == (2, {"CFG-03"})
    monkeypatch.setattr(sys, "stdin", io.StringIO("not-the-secret\n"))
    assert say(*add, "--secret-stdin").codes == {"CFG-03"}
    monkeypatch.delenv("NOT_SET", raising=False)
    assert say(*add, "--secret-env", "NOT_SET").codes == {"CLI-01"}
    assert len(say("connections", "--json").document) == 2


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_the_cloud_of_a_microsoft_account_is_named_on_the_command_line(say: Say, cloud: Cloud) -> None:
    add = ("connections", "add", "--platform", "microsoft", "--sign-in", "service", "--untested", "--json")
    said = say(*add, "--cloud", cloud.name).document["connection"]
    assert (said["cloud"], said["domain"]) == (cloud.name, "" if cloud is GLOBAL else cloud.graph)
    assert say(*add).document["connection"]["cloud"] == "global"
    assert say("connections", "--json").document[0]["cloud"] is None


def test_an_address_is_for_procore_and_a_cloud_for_microsoft(say: Say) -> None:
    for words in (
        ("--platform", "procore", "--cloud", "china"),
        ("--platform", "microsoft", "--url", "https://x.test"),
    ):
        assert say("connections", "add", *words, "--untested", "--json").codes == {"CLI-01"}


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_what_is_saved_of_a_cloud_leads_to_its_addresses(outside: ConnectionHouse, cloud: Cloud) -> None:
    details = Details(platform=Platform.MICROSOFT, way=Way.PERSON, key="k", client_id="app", tenant="contoso")
    draft = Draft(replace(details, url=address_of(cloud.name)))
    there = outside.microsoft_connection(draft)
    assert (there.api, there.authority) == (f"{cloud.graph}/v1.0", f"{cloud.login}/contoso")


def test_an_application_has_nobody_to_sign_in(say: Say) -> None:
    assert say("connections", "sign-in", "Procore", "--json").codes == {"CON-14"}


def test_f155_f158_the_platforms_stand_side_by_side(say: Say) -> None:
    rows = {row["name"]: row for row in say("connections", "capabilities", "--json").document}
    assert rows["calls"]["procore"].startswith("3,600 an hour for each client ID")
    assert rows["paths"]["microsoft"] == "400 characters from the site's root"
    assert rows["largest_file"]["procore"] == "Below 1,000,000,000 bytes"
    assert all(row[platform.value] for row in rows.values() for platform in Platform)
    table = say("connections", "capabilities").output
    assert "maestro*" in table and "Longest path" in table


def test_a_certificate_that_cannot_be_read_is_told(say: Say, tmp_path: Path) -> None:
    """CON-09."""
    file = tmp_path / "no.pfx"
    file.write_text("nothing")
    words = ("--platform", "microsoft", "--sign-in", "certificate", "--certificate", str(file))
    assert say("connections", "add", *words, "--json").codes == {"CON-09"}
    told = say("connections", "add", *words[:-1], str(tmp_path / "none.pfx")).errors
    assert "the file is not there" in told and "Errno" not in told


def test_a_way_of_signing_in_that_a_platform_has_not_names_those_that_it_has(say: Say) -> None:
    """CON-13."""
    said = say("connections", "add", "--platform", "procore", "--sign-in", "certificate")
    assert said.exit_code == 2
    assert said.errors.startswith(
        "CON-13: Procore knows no sign-in of the kind “certificate”. Possible are: person, se"
    )


def test_maestro_has_no_number_that_somebody_could_enter(say: Say) -> None:
    rows = {row["platform"]: row["id"] for row in say("connections", "--json").document}
    assert rows == {"maestro": None, "procore": MAIN_ID}
    assert "-1" not in say("connections").output


def test_a_sign_in_page_comes_with_its_address_the_other_way_and_the_time_that_it_waits(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a computer without a browser all of it stands there before anybody waits."""

    def none(address: str) -> bool:
        threading.Thread(target=browser, args=(address,), daemon=True).start()
        return False

    monkeypatch.setattr(webbrowser, "open", none)
    said = say("connections", "add", "--sign-in", "person", "--name", "P", "--company", str(OTHER_COMPANY))
    assert said.exit_code == 0, said.errors
    lines = said.errors.splitlines()
    assert "/oauth/authorize?" in lines[0]
    assert "up to 10 minutes; Ctrl+C" in lines[1]
    assert "--paste" in lines[2]
    assert lines[3] == "No browser could be opened on this computer."
    assert say("connections", "sign-in", "Procore").errors.startswith("CON-14")


class NobodyTypes(io.StringIO):
    """A terminal at which nobody ever presses Enter."""

    def readline(self, *_: object) -> str:
        threading.Event().wait(60)
        return ""


@pytest.mark.parametrize("way", [(), ("--paste",)], ids=["browser", "paste"])
def test_ctrl_c_while_somebody_is_waited_for_ends_with_one_sentence(
    say: Say, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "stdin", NobodyTypes())
    monkeypatch.setattr(webbrowser, "open", lambda _: os.kill(os.getpid(), signal.SIGINT) is None)
    started = time.monotonic()
    said = say("connections", "add", "--sign-in", "person", "--name", "P", "--company", str(OTHER_COMPANY), *way)
    assert time.monotonic() - started < 50, "nobody has to press Enter first"
    assert said.exit_code == 128 + signal.SIGINT
    assert said.errors.splitlines()[-1] == "The sign-in was stopped. Nothing was changed."
    assert [row["name"] for row in say("connections", "--json").document] == ["maestro*", "Procore"]


# --- Microsoft ------------------------------------------------------------------------------------------


def microsoft(commands: ConnectionCommands, way: Way) -> Draft:
    return commands.new(Platform.MICROSOFT, way)


def test_f210_a_person_signs_in_at_microsoft_in_the_browser(
    commands: ConnectionCommands, house: House, control: Control
) -> None:
    draft = microsoft(commands, Way.PERSON)
    run(house.connections.sign_in(draft, microsoft_browser(control), "You may close this page."))
    assert run(commands.test(draft)) == [] and draft.tested is not None
    assert (draft.tested.acts_as, draft.tested.login) == PEOPLE[0][:2]
    saved = commands.find(str(commands.save(draft)))
    assert (saved.name, saved.acts_as) == ("OneDrive / SharePoint", PEOPLE[0][0])


def test_a_code_on_another_device_signs_in_at_microsoft(
    commands: ConnectionCommands, house: House, control: Control
) -> None:
    draft = microsoft(commands, Way.PERSON)

    async def signed_in() -> None:
        begun = await house.connections.begin_typed(draft)
        await asyncio.to_thread(tell_microsoft, control, {"approve": begun.user_code, "user": PEOPLE[1][1]})
        await house.connections.finish_typed(draft, begun)

    run(signed_in())
    assert run(commands.test(draft)) == [] and draft.tested is not None
    assert draft.tested.login == PEOPLE[1][1]


def test_a_service_signs_in_with_a_certificate_whose_key_stays_in_the_key_ring(
    commands: ConnectionCommands, house: House, control: Control, tmp_path: Path
) -> None:
    """F218: unattended, without a secret."""
    file = certificate(tmp_path, b"pass")
    public = certificate_file.read(file, Secret("pass")).certificate
    draft = microsoft(commands, Way.CERTIFICATE)
    assert [problem.args["field"] for problem in commands.problems(draft)] == ["certificate"]
    house.connections.read_certificate(draft, file, Secret("pass"))
    file.unlink()
    assert [problem.code for problem in run(commands.test(draft))] == ["DRV-24"], "Microsoft does not know it yet"
    tell_microsoft(control, {"certificate": public})
    assert run(commands.test(draft)) == []
    number = commands.save(draft)
    again = commands.draft_of(number)
    assert run(commands.test(again)) == []
    assert again.details.certificate["subject"] == "CN=service"
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in house.profile.root.rglob("*") if path.is_file())


def test_the_wizard_offers_the_connections_as_accounts(commands: ConnectionCommands, house: House) -> None:
    draft = microsoft(commands, Way.SERVICE)
    draft.details = replace(draft.details, name="Library")
    run(commands.test(draft))
    commands.save(draft)
    offered = run(house.files.accounts())
    assert [account.name for account in offered][-1] == "Library"
    assert offered[-1].id == draft.details.key
    assert run(house.files.who(draft.details.key)).is_service


# --- seen from outside --------------------------------------------------------------------------------


def checks(program: InnerProgram, name: str) -> dict[str, Row]:
    return {check["of"]: check for check in program.run("doctor").document["checks"] if check["name"] == name}


def test_the_doctor_tests_every_connection_account_and_drive(control: Control, tmp_path: Path) -> None:
    """F141: as a click on Test does, and what it told is kept; what is ill says so with its remedy."""
    program = InnerProgram(tmp_path / "profile", control)
    program.run("sync", "projects")
    program.run("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY))
    program.run("connections", "add", "--platform", "microsoft", "--name", "Library")
    for code, more in (("26001", ("--account", "Library")), ("26002", ())):
        assert program.run("documents", "add", code, "--tools", "documents", *more).exit_code == 0
    assert set(checks(program, "procore_account")) == {"Northern"}
    assert all(check["ok"] for check in checks(program, "procore_account").values())
    accounts = checks(program, "microsoft_account")
    assert accounts.keys() == {"Library", "OneDrive / SharePoint"}
    assert all("signed in as" in check["text"] for check in accounts.values())
    drives = checks(program, "drive")
    assert len(drives) == 2 and all(check["ok"] for check in drives.values())
    control.plant({"api": "graph", "path": "*/drives/*", "status": 403, "body": {"error": {}}, "times": None})
    try:
        ill = checks(program, "drive")
    finally:
        control.heal()
    assert ill.keys() == drives.keys()
    assert not any(check["ok"] for check in ill.values())
    assert all(check["problem"]["remedy"] for check in ill.values())
    tested = {row["name"]: row["connection_state"] for row in program.run("connections").document}
    assert (tested["Northern"], tested["Library"]) == ("succeeded", "succeeded")


def test_f215_the_audit_lists_connections_with_whom_they_act_as_rights_and_last_test(
    control: Control, tmp_path: Path, commands: ConnectionCommands, say: Say
) -> None:
    program = InnerProgram(tmp_path / "profile", control)
    program.run("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY))
    program.run("connections", "add", "--platform", "microsoft", "--name", "Library", "--untested")
    rows = {row["object"]: row for row in program.run("audit").document if row["what"] == "connection"}
    assert rows.keys() == {"maestro*", "Procore", "Northern", "Library"}
    assert {name: row["deed"] for name, row in rows.items()} == {
        "maestro*": "untested",
        "Procore": "untested",
        "Northern": "succeeded",
        "Library": "untested",
    }
    northern = rows["Northern"]["after"]
    assert northern["acts_as"] == "maestro_procore Service Account"
    assert northern["tested_at"] == rows["Northern"]["at"]
    assert "can_configure" in rows["maestro*"]["after"]["rights"]
    table = say("audit").output
    assert "those granted to the application there" in table and "maestro_procore Service Account" in table


# --- several companies ------------------------------------------------------------------------------------


def test_f181_f159_two_companies_go_into_one_drive_without_a_collision(control: Control, tmp_path: Path) -> None:
    """Projects of the same name in two Procore companies: each company has a tree of its own."""
    program = InnerProgram(tmp_path / "profile", control)
    program.run("sync", "projects")
    program.run("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY))
    assert program.run("documents", "add", "26001", "--tools", "documents").exit_code == 0
    said = program.run("documents", "add", "NL-1", "--tools", "documents", "--connection", "Northern")
    assert said.exit_code == 0, said.document
    by_company = {row["procore_company"]: row for row in program.rows("SELECT * FROM file_project")}
    second = by_company[OTHER_COMPANY]
    assert (second["procore_project"], second["name"], second["procore_connection"]) == (TWIN_PROJECT, TWIN_NAME, 1)
    assert {row["top_name"] for row in by_company.values()} == {"Procore", "Procore (2)"}
    control.forget_calls()
    assert program.run("documents", "approve", str(second["id"])).exit_code == 0
    items = {row["id"]: row for row in control.state("driveItems")}
    plain = TWIN_FILES[:2]
    found = {row["name"]: _path(row, items) for row in items.values() if row["name"] in plain}
    assert found == {name: f"Procore (2)/{TWIN_NAME}/Documents/{name}" for name in plain}
    asked = [call for call in control.calls() if call["api"] == "procore"]
    assert {call["status"] for call in asked} <= {200, 302}
    first = next(str(row["procore_project"]) for company, row in by_company.items() if company != OTHER_COMPANY)
    assert not any(first in call["path"] for call in asked), "the other company was not asked for anything"
    removed = program.run("connections", "remove", "Northern")
    assert removed.problem_codes == {"CON-07"}
    # F159: both connections have one client id, so Procore counts their calls together, and so do we.
    assert len(program.rows("SELECT client FROM api_budget")) == 1


async def libraries(house: House) -> list[str]:
    """Ids of all drives that the practice company's service may use."""
    destinations = await house.files.destinations("")
    found = [drive.id for site in await destinations.sites("") for drive in await destinations.libraries(site.id)]
    await house.files.close()
    return found


def test_f182_two_destinations_run_independently(control: Control, house: House, tmp_path: Path) -> None:
    """Each project has a Microsoft connection of its own; what stops one of them does not stop the other."""
    program = InnerProgram(tmp_path / "profile", control)
    program.run("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY))
    for name in ("Library", "Archive"):
        said = program.run("connections", "add", "--platform", "microsoft", "--name", name)
        assert said.exit_code == 0, said.document
    program.run("sync", "projects")
    drives = run(libraries(house))[:2]
    add = ("documents", "add", "--tools", "documents")
    first = program.run(*add, "26001", "--account", "Library", "--drive", drives[0], "--top-folder", "A")
    second = program.run(
        *add, "NL-1", "--account", "Archive", "--drive", drives[1], "--top-folder", "B", "--connection", "Northern"
    )
    assert (first.exit_code, second.exit_code) == (0, 0), (first.document, second.document)
    accounts = {row["drive_id"]: row["account"] for row in program.rows("SELECT drive_id, account FROM file_project")}
    assert len(set(accounts.values())) == 2
    mark = drives[0].partition("!")[2]
    control.plant({"api": "graph", "path": f"*{mark}*", "status": 403, "body": {"error": {}}, "times": None})
    try:
        program.run("documents", "approve", "1")
        assert program.run("documents", "approve", "2").exit_code == 0
    finally:
        control.heal()
    said = program.run("documents", "status").document
    files = {row["drive_id"]: (row["phase"], row["files"]) for row in said}
    assert files[drives[1]] == ("regular", len(TWIN_FILES))
    assert files[drives[0]][0] != "regular"


def test_a_run_whose_sign_in_ended_waits_and_goes_on_after_one_more(
    commands: ConnectionCommands, house: House, control: Control
) -> None:
    """CON-01: the run says it once, nothing is lost, and the next one brings everything over."""
    draft = commands.new(Platform.PROCORE, Way.PERSON)
    run(house.connections.sign_in(draft, browser, ""))
    draft.details = replace(draft.details, name="Chantal", company_id=OTHER_COMPANY)
    assert run(commands.test(draft)) == []
    number = commands.save(draft)
    place = run(library(house))
    wanted = NewFileProject(
        TWIN_NAME, TWIN_PROJECT, place.drive_id, place.id, ["documents"], procore_connection=number, top_name="Ended"
    )
    request = house.commands.files.add(wanted, OTHER_COMPANY)
    assert work(house, request["id"]) == "done"
    revoke(control, house, draft.details.key)
    approved = house.commands.files.approve(1)
    assert work(house, approved["id"]) != "done"
    assert codes_of(house, approved["id"]) == {"CON-01"}
    assert commands.find("Chantal").state is State.ENDED
    again = commands.draft_of(number)
    run(house.connections.sign_in(again, browser, ""))
    assert run(commands.test(again)) == []
    commands.save(again)
    assert work(house, house.commands.files.synchronize(1)["id"]) == "done"
    (project,) = house.views.files.projects()
    assert (project.phase, project.files) == ("regular", len(TWIN_FILES))


def work(house: House, request_id: str) -> str:
    """The engine of this process until the request has ended; its state."""
    run(engine_run.until_ended(house, [request_id], False, True))
    row = house.views.request(request_id)
    assert row is not None
    return row.state


def codes_of(house: House, request_id: str) -> set[str]:
    """Of a request and of the project that it is about."""
    row = house.views.request(request_id)
    (project,) = house.views.files.projects()
    told = [getattr(row, "problem", None), project.problem, *(pair.problem for pair in project.pairs)]
    return {problem.code for problem in told if problem is not None}


def revoke(control: Control, house: House, key: str) -> None:
    """Somebody ends the sign-in in Procore."""
    line, kept = control.line, house.secrets.get(held_name(key, TOKENS))
    assert kept is not None
    form = {name: line[name] for name in ("client_id", "client_secret")} | {"token": json.loads(kept)["refresh"]}
    httpx.post(f"{line['procore_login']}/oauth/revoke", data=form, trust_env=False).raise_for_status()


async def library(house: House) -> FolderChoice:
    """The root of the practice company's library."""
    destinations = await house.files.destinations("")
    found = await destinations.root(await house.files.usual_drive(destinations))
    await house.files.close()
    return found


def test_f156_a_name_that_one_side_cannot_hold_is_mapped_there_and_back(control: Control, tmp_path: Path) -> None:
    """Look-alikes stand in the drive; a name that is changed there comes back with its own characters."""
    program = InnerProgram(tmp_path / "profile", control)
    program.run("connections", "add", "--name", "Northern", "--company", str(OTHER_COMPANY))
    add = ("documents", "add", "NL-1", "--tools", "documents", "--connection", "Northern", "--top-folder", "Names")
    assert program.run(*add).exit_code == 0
    assert program.run("documents", "approve", "1").exit_code == 0
    items = {row["id"]: row for row in control.state("driveItems")}
    mapped = [row for row in items.values() if "nuit" in row["name"] and _path(row, items).startswith("Names/")]
    assert [row["name"] for row in mapped] == ["nuit ＂2＂： suite.txt"]
    control.edit("driveItems", id=mapped[0]["id"], name="nuit ＂3＂： fin.txt")
    assert program.run("documents", "sync").exit_code == 0
    names = [row["name"] for row in control.state("documents") if row["project_id"] == TWIN_PROJECT]
    assert 'nuit "3": fin.txt' in names and TWIN_FILES[2] not in names


def _path(row: dict[str, object], items: dict[str, dict[str, object]]) -> str:
    names, one = [], row
    while one is not None:
        names.append(str(one["name"]))
        one = items.get(one["parentReference"]["id"])  # type: ignore[index, assignment]
    return "/".join(reversed(names))
