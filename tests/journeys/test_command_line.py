"""The command line as a scheduler uses it: real processes, one sandbox, one profile (issue 2, item 7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from maestro_procore.model.elements import built_elements, in_run_order
from maestro_procore.model.problems import CATALOGUE
from tests.journeys.command_line import Say, speaker
from tests.programs import Control, Finished, Program, sandbox_process

READS = ("GET", "HEAD")
IN_RUN_ORDER = in_run_order([element.name for element in built_elements()])
SYNC_FIELDS = "id element state created updated linked unchanged skipped warnings errors calls seconds".split()
REQUEST_FIELDS = (
    "id element scope mode state requested_by requested_at started_at ended_at attempts resumes_at"
    " created updated linked unchanged skipped warnings errors calls"
).split()


def writes(control: Control) -> list[dict[str, Any]]:
    """Calls of Procore's API that could have changed something."""
    return [call for call in control.calls() if call["api"] == "procore" and call["method"] not in READS]


def counts(finished: Finished, *names: str) -> dict[str, tuple[int, ...]]:
    """Element → these figures of its request."""
    return {element: tuple(row[name] for name in names) for element, row in finished.requests.items()}


@dataclass(frozen=True)
class Story:
    """A fresh company: previewed, synchronized, synchronized again."""

    control: Control
    program: Program
    preview: Finished
    preview_writes: list[dict[str, Any]]
    first: Finished
    first_writes: list[dict[str, Any]]
    second: Finished
    second_writes: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with sandbox_process("--strict", "--spike-limit", "1000") as control:
        program = Program(tmp_path_factory.mktemp("story") / "profile", control)
        runs = []
        for words in (("sync", "all", "--preview"), ("sync", "all"), ("sync", "all")):
            control.forget_calls()
            runs += [program.run(*words), writes(control)]
        yield Story(control, program, *runs)


@pytest.fixture
def say(story: Story, capfd: pytest.CaptureFixture[str]) -> Say:
    """The same profile, asked without starting a process."""
    return speaker(story.program.profile, capfd, "--training", "--sandbox", story.control.url, "--language", "en")


def test_a_preview_sends_nothing(story: Story) -> None:
    assert story.preview.exit_code == 0
    assert story.preview_writes == []


def test_a_run_does_exactly_what_its_preview_said(story: Story) -> None:
    assert story.first.exit_code == 0
    names = ("created", "updated", "linked", "unchanged", "skipped")
    assert counts(story.first, *names) == counts(story.preview, *names)
    assert sum(row["created"] for row in story.first.requests.values()) > 0


def test_a_second_run_has_nothing_to_do(story: Story) -> None:
    assert story.second.exit_code == 0
    assert set(counts(story.second, "created", "updated").values()) == {(0, 0)}
    assert story.first_writes != []
    assert story.second_writes == []


def test_one_request_per_element_in_the_order_of_their_dependencies(story: Story) -> None:
    assert [row["element"] for row in story.first.document["requests"]] == IN_RUN_ORDER
    assert all(row.keys() >= set(SYNC_FIELDS) for row in story.first.document["requests"])


def test_the_sandbox_saw_no_call_that_breaks_procores_own_description(story: Story) -> None:
    assert [call for call in story.control.calls() if call["violation"]] == []


def test_status_shows_service_budget_and_the_built_elements(say: Say) -> None:
    said = say("status", "--json")
    assert said.exit_code == 0
    assert said.document.keys() == {"service", "budget", "elements"}
    assert [row["name"] for row in said.document["elements"]] == [e.name for e in built_elements()]
    for row in said.document["elements"]:
        assert row["direction"] and row["last_synchronized"].endswith("Z") and row["records"] > 0


def test_the_history_carries_the_documented_fields_newest_first(say: Say) -> None:
    rows = say("requests", "--json").document
    assert [row["number"] for row in rows] == list(range(3 * len(IN_RUN_ORDER), 0, -1))
    assert all(row.keys() >= set(REQUEST_FIELDS) for row in rows)
    assert {row["attempts"] for row in rows} == {0}
    assert say("requests", "--last", "2", "--json").document == rows[:2]


def test_a_request_is_named_by_its_number_its_id_or_the_beginning_of_it(story: Story, say: Say) -> None:
    request_id = story.first.requests["suppliers"]["id"]
    whole = say("actions", request_id, "--json").document
    assert {row["request_id"] for row in whole} == {request_id}
    assert sum(row["kind"] == "create" for row in whole) == story.first.requests["suppliers"]["created"]
    assert say("actions", request_id[:12], "--json").document == whole
    rows = say("requests", "--json").document
    number = next(row["number"] for row in rows if row["id"] == request_id)
    assert say("actions", str(number), "--json").document == whole


@pytest.mark.parametrize("verb", ["actions", "cancel", "resume"])
def test_a_request_that_does_not_exist_is_wrong_usage(say: Say, verb: str) -> None:
    said = say(verb, "4711", "--json")
    assert (said.exit_code, said.codes) == (2, {"CLI-04"})


def test_messages_say_what_happened_and_what_to_do(say: Say) -> None:
    links = say("links", "suppliers", "--state", "linked", "--json").document
    assert links and {row["state"] for row in links} == {"linked"} and all(row["procore_id"] for row in links)
    rows = say("messages", "suppliers", "--json").document
    assert rows and {row["element"] for row in rows} == {"suppliers"}
    assert all(row["code"] and row["severity"] and row["message"] and row["remedy"] for row in rows)
    assert len(say("messages", "--json").document) > len(rows)


def test_what_has_ended_can_be_neither_cancelled_nor_resumed(say: Say) -> None:
    for verb, code in (("cancel", "RUN-07"), ("resume", "RUN-08")):
        said = say(verb, "3", "--json")
        assert (said.exit_code, said.document["ok"], said.codes) == (1, False, {code})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sync", "kitchens"), "CLI-02"),
        (("messages", "kitchens"), "CLI-02"),
        (("links", "kitchens"), "CLI-02"),
        (("sync", "projects", "--project", "99999"), "CLI-03"),
        (("configure", "--elements", "kitchens"), "CLI-02"),
        (("requests", "--last", "0"), "CLI-01"),
        (("sync",), "CLI-01"),
        (("undo", "1"), "UND-01"),
        (("undo",), "CLI-01"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_wrong_usage_has_a_code_and_changes_nothing(say: Say, story: Story, words: tuple[str, ...], code: str) -> None:
    before = len(story.program.rows("SELECT id FROM sync_request"))
    said = say(*words, "--json")
    assert (said.exit_code, said.codes) == (2, {code})
    assert len(story.program.rows("SELECT id FROM sync_request")) == before


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "words",
    [("status",), ("requests",), ("actions", "3"), ("messages",), ("doctor",), ("cancel", "3")],
    ids=lambda words: words[0],
)
def test_every_verb_speaks_both_languages(
    story: Story, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], language: str
) -> None:
    """F092. A text that is missing in either language fails, as tests are strict."""
    say = speaker(story.program.profile, capfd, "--training", "--sandbox", story.control.url, "--language", language)
    said = say(*words)
    french = {"status": "Fournisseurs", "requests": "Demandée", "actions": "Lier", "messages": "Fiche"}
    french |= {"doctor": "Tout est en ordre.", "cancel": "RUN-07: La demande"}
    assert "{" not in said.output + said.errors
    assert (french[words[0]] in said.output + said.errors) is (language == "fr")


def test_the_doctor_finds_a_sound_set_up_sound(story: Story, say: Say) -> None:
    story.control.forget_calls()
    said = say("doctor", "--json")
    assert said.exit_code == 0
    assert said.document["ok"] is True
    names = "profile disk journal database configuration key_ring certificates connection company rights clock"
    assert [check["name"] for check in said.document["checks"]] == [*names.split(), "service", "calls"]
    assert [call["method"] for call in story.control.calls() if call["counted"]] == ["GET"] * 4


def test_the_doctor_sees_a_clock_that_is_an_hour_off(story: Story, say: Say) -> None:
    story.control.advance(3600)
    try:
        said = say("doctor", "--json")
    finally:
        story.control.advance(-3600)
    failed = {check["name"]: check["problem"] for check in said.document["checks"] if not check["ok"]}
    assert said.exit_code == 2
    assert failed["clock"]["code"] == "CLK-01"
    assert failed["clock"]["args"]["minutes"] == 60 and failed["clock"]["remedy"]


@pytest.mark.parametrize(
    ("fault", "name", "code"),
    [
        ({"path": "*/companies", "status": 200, "body": []}, "company", "CFG-17"),
        ({"path": "*/vendors*", "status": 403, "body": {"errors": "not permitted"}}, "rights", "SRV-22"),
        ({"path": "*/me", "status": 200, "body": "<html>Sign in</html>"}, "connection", "SRV-14"),
    ],
    ids=["no company", "no right", "a page instead of data"],
)
def test_f057_the_doctor_names_what_procore_refuses(
    story: Story, say: Say, fault: dict[str, Any], name: str, code: str
) -> None:
    story.control.plant(fault)
    try:
        said = say("doctor", "--json")
    finally:
        story.control.heal()
    failed = {check["name"]: check for check in said.document["checks"] if not check["ok"] and not check["skipped"]}
    assert failed.keys() == {name}
    assert failed[name]["problem"]["code"] == code and failed[name]["problem"]["remedy"]
    assert said.exit_code == 2


def test_f022_every_message_can_be_listed_with_its_remedy_in_both_languages(say: Say) -> None:
    listed = {row["code"]: row for row in say("messages", "--catalogue", "--json").document}
    assert listed.keys() == CATALOGUE.keys()
    for row in listed.values():
        assert all(row[part][language] for part in ("message", "remedy") for language in ("en", "fr")), row["code"]
    assert {row["severity"] for row in listed.values()} == {"error", "warning", "information"}
    assert listed["SRV-01"]["message"]["en"] == "An error occurred while communicating with the maestro server"
    shown = say("messages", "--catalogue").output
    assert all(code in shown for code in listed)


def test_an_element_that_is_not_ticked_is_neither_run_nor_refused_silently(story: Story, say: Say) -> None:
    assert say("configure", "--elements", "projects", "--json").document == {"ok": True, "problems": []}
    try:
        said = say("sync", "suppliers", "--json")
        assert (said.exit_code, said.codes) == (2, {"CLI-07"})
    finally:
        say("configure", "--elements", ",".join(IN_RUN_ORDER), "--json")
    assert all(row["is_enabled"] for row in say("status", "--json").document["elements"])


def test_what_failed_is_resumed_to_its_end(story: Story) -> None:
    (link, *_) = story.program.rows("SELECT maestro_key FROM link WHERE element = 'suppliers' ORDER BY maestro_key")
    change = "UPDATE m_supplier SET phone = '418-555-0199' WHERE supplier_code = ?"
    assert story.program.type_in_maestro(change, link["maestro_key"]) == 1
    refusal = {"method": "PATCH", "path": "*/vendors/sync", "status": 403, "body": {"errors": "not permitted"}}
    story.control.plant(refusal)
    try:
        failed = story.program.run("sync", "suppliers")
    finally:
        story.control.heal()
    request = failed.requests["suppliers"]
    assert (failed.exit_code, request["state"], failed.problem_codes) == (2, "failed", {"SRV-22"})
    resumed = story.program.run("resume", request["id"])
    assert resumed.exit_code == 0
    assert (resumed.document["ok"], resumed.document["state"], resumed.document["updated"]) == (True, "warned", 1)
