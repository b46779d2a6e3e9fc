"""The command line against the call limit: leaving, cancelling, ending and taking up again, in real processes."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.command_line import Say, speaker
from tests.own_time import seconds_to_end
from tests.programs import ROOT, Control, Program, finish, kill_group, sandbox_process, wait_until

LONGEST_END_SECONDS = 2.0


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    """Two calls an hour: Projects need one to read and one to write, Suppliers more than are left."""
    with sandbox_process("--hourly-limit", "2") as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("waiting") / "profile", control)


@pytest.fixture
def say(program: Program, control: Control, capfd: pytest.CaptureFixture[str]) -> Say:
    return speaker(program.profile, capfd, "--training", "--sandbox", control.url, "--language", "en")


def states(program: Program) -> dict[int, str]:
    """Number → state of each request, read from the journal."""
    return {row["number"]: row["state"] for row in program.rows("SELECT number, state FROM sync_request")}


@contextmanager
def started(program: Program, *verb: str) -> "Iterator[subprocess.Popen[bytes]]":
    """The verb in a process that does not outlive a failed test."""
    process = program.start(*verb)
    try:
        yield process
    finally:
        kill_group(process)


# One story, told in order: every test leaves what the next one finds.


def test_without_waiting_the_command_leaves_with_3(program: Program) -> None:
    said = program.run("sync", "projects", "suppliers", "--no-wait")
    assert said.exit_code == 3
    assert {e: row["state"] for e, row in said.requests.items()} == {"projects": "warned", "suppliers": "waiting"}
    assert said.requests["suppliers"]["resumes_at"].endswith("Z")
    assert said.requests["suppliers"]["problem"] is None


def test_a_wait_is_no_attempt_and_is_shown(say: Say) -> None:
    waiting, _ = say("requests", "--json").document
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)
    assert waiting["resumes_at"] is not None
    budget = say("status", "--json").document["budget"]
    assert (budget["calls_left"], budget["limit"]) == (0, 2)


def test_the_doctor_does_not_wait_for_the_limit(say: Say, control: Control) -> None:
    control.forget_calls()
    said = say("doctor", "--json")
    assert said.exit_code == 3
    failed = {check["problem"]["code"] for check in said.document["checks"] if not check["ok"]}
    assert failed == {"SRV-02"}
    assert control.calls() == []


def test_a_preview_does_not_continue_a_request_that_writes(say: Say) -> None:
    said = say("sync", "suppliers", "--preview", "--json")
    assert (said.exit_code, said.codes) == (2, {"SRV-11"})


def test_a_request_that_has_not_ended_is_continued_not_doubled(program: Program) -> None:
    words = program.command("sync", "suppliers", "--no-wait")
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 3
    assert "RUN-02: Suppliers: request 2 has not ended and is continued" in said.stderr
    assert states(program) == {1: "warned", 2: "waiting"}


def test_a_service_that_waits_ends_within_two_seconds_of_sigterm(program: Program) -> None:
    with started(program, "service") as service:
        wait_until(lambda: _is_alive(program, service.pid), "the service works")
        assert seconds_to_end(service, signal.SIGTERM) < LONGEST_END_SECONDS
        assert service.returncode == 0
        assert service.stdout is not None and service.stdout.read() == b'{"ok": true}\n'
    assert states(program)[2] == "waiting"


def _is_alive(program: Program, pid: int) -> bool:
    beats = program.rows("SELECT doing FROM worker_heartbeat WHERE worker = 'engine' AND process = ?", pid)
    return [beat["doing"] for beat in beats] == ["running"]


def test_a_service_ends_cleanly_even_before_it_works(program: Program) -> None:
    with started(program, "service") as service:
        wait_until(lambda: _has_handler(service.pid), "python started")
        assert seconds_to_end(service, signal.SIGTERM) < LONGEST_END_SECONDS
        assert service.returncode == 0


def _has_handler(pid: int) -> bool:
    """Whether the process has taken SIGTERM upon itself (Linux shows the mask of caught signals)."""
    caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_a_request_is_cancelled_while_it_waits(program: Program, say: Say) -> None:
    with started(program, "sync", "suppliers") as process:
        wait_until(lambda: _is_alive(program, process.pid), "the command runs the engine")
        assert say("cancel", "2", "--json").document["ok"] is True
        said = finish(process)
    assert said.exit_code == 1
    assert said.requests["suppliers"]["state"] == "cancelled"
    assert said.problem_codes == {"SRV-12"}


def test_what_was_cancelled_is_resumed_and_left_waiting(say: Say, program: Program) -> None:
    said = say("resume", "2", "--no-wait", "--json")
    assert (said.exit_code, said.document["ok"], said.document["state"]) == (0, True, "queued")
    assert states(program)[2] == "queued"


def test_sigterm_leaves_a_waiting_command_in_order(program: Program) -> None:
    with started(program, "sync", "suppliers") as process:
        wait_until(lambda: _is_alive(program, process.pid), "the command runs the engine")
        wait_until(lambda: states(program)[2] == "waiting", "it waits")
        assert seconds_to_end(process, signal.SIGTERM) < LONGEST_END_SECONDS
    assert process.returncode == 128 + signal.SIGTERM
    assert states(program)[2] == "waiting"


def test_a_reset_is_refused_while_somebody_works(program: Program, say: Say) -> None:
    with started(program, "service") as service:
        wait_until(lambda: _is_alive(program, service.pid), "the service works")
        said = say("training", "reset", "--json")
        assert (said.exit_code, said.codes) == (2, {"RUN-01"})
        assert said.document["problems"][0]["args"]["pid"] == service.pid
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    assert states(program)[2] == "waiting"


def test_a_reset_gives_a_fresh_company(program: Program, say: Say) -> None:
    said = say("training", "reset", "--company", "small", "--json")
    assert (said.exit_code, said.document) == (0, {"ok": True})
    assert states(program) == {}
    assert say("requests", "--json").document == []
