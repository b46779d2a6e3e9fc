"""Disks that fill, files that break or are held, and two copies of the program on one profile."""

import json
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import nothing_lost, nothing_twice
from tests.programs import ROOT, Control, InnerProgram, Program, finish, sandbox_inside


@pytest.fixture
def control() -> Iterator[Control]:
    with sandbox_inside(strict=True, spike_limit=1000) as found:
        yield found


def writes(control: Control) -> int:
    return sum(call["method"] != "GET" for call in control.calls() if call["api"] == "procore")


def test_two_copies_at_once_carry_each_request_out_once(control, tmp_path):
    """F27: one profile, two processes started together, even on a profile that does not exist yet."""
    program = Program(tmp_path / "profile", control)
    before = nothing_lost.start(program)

    ended = [finish(process) for process in [program.start(*nothing_lost.SYNC), program.start(*nothing_lost.SYNC)]]

    assert [finished.exit_code for finished in ended] == [0, 0], ended
    after = nothing_lost.look(program)
    assert nothing_lost.check(before, after) == []
    # The second may have come when the first had ended: then it made requests of its own, which wrote nothing.
    assert writes(control) == 2
    by_state = {row["state"] for row in after.journal["sync_request"]}
    assert by_state <= {"done", "warned"}


def test_a_damaged_journal_is_told_and_kept(control, tmp_path):
    """F24: STO-02, exit 2; the file stays as it was found and nothing is sent."""
    program = InnerProgram(tmp_path / "profile", control)
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    journal = program.profile / "journal.sqlite"
    _close_cleanly(journal)
    content = bytearray(journal.read_bytes())
    for start in range(8_192, len(content), 4_096):
        content[start : start + 64] = b"\xff" * 64
    journal.write_bytes(content)
    control.forget_calls()

    finished = program.run(*nothing_lost.SYNC)

    assert (finished.exit_code, finished.problem_codes) == (2, {"STO-02"})
    assert journal.read_bytes() == content
    assert control.calls() == []


def _close_cleanly(journal: Path) -> None:
    with sqlite3.connect(journal) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_journal_without_its_records_links_again_and_doubles_nothing(control, tmp_path):
    """F24: after a lost journal both sides are read and linked again by our mark; no record is made twice."""
    program = InnerProgram(tmp_path / "profile", control)
    for words in (nothing_lost.SYNC, nothing_twice.SYNC):
        assert program.run(*words).exit_code == 0
    for file in program.profile.glob("journal.sqlite*"):
        file.unlink()
    before = nothing_lost.look(program)
    settings = InnerProgram(tmp_path / "other", control)
    assert settings.run("status").exit_code == 0  # the pairing is made again with a fresh profile …
    shutil.copy(program.profile / "company.sqlite", settings.profile / "company.sqlite")  # … of the same company

    control.forget_calls()
    control.advance(3_600)
    requests = {}
    for words in (nothing_lost.SYNC, nothing_twice.SYNC):
        finished = settings.run(*words, "--full")
        assert finished.exit_code == 0
        requests |= finished.requests

    assert {element for element, row in requests.items() if row["created"]} == set()
    # Direct costs are never listed: they are sent again, Procore finds each by its mark, and its answer tells its age.
    assert requests["costs"]["linked"] > 0
    assert nothing_lost.check(before, nothing_lost.look(settings)) == []
    assert list(nothing_twice.check(settings)) == []


def test_a_journal_that_another_program_holds_is_told(control, tmp_path, monkeypatch):
    """STO-01, exit 2, when it is held for longer than anybody waits; afterwards all goes on."""
    program = InnerProgram(tmp_path / "profile", control)
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    monkeypatch.setattr("maestro_procore.store.database._BUSY_MILLISECONDS", 100)
    holder = sqlite3.connect(program.profile / "journal.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    held = program.run(*nothing_lost.SYNC)
    holder.execute("ROLLBACK")
    holder.close()
    free = program.run(*nothing_lost.SYNC)

    assert (held.exit_code, held.problem_codes) == (2, {"STO-01"})
    assert free.exit_code == 0


FULL_DISK = """
set -e
mount -t tmpfs -o size=8m none {place}
{status} > /dev/null
head -c 100m /dev/zero > {place}/ballast 2> /dev/null || true
truncate -s -{left} {place}/ballast
{sync} > {out}/full.json 2> {out}/full.err || echo $? > {out}/full.exit
rm {place}/ballast
{sync} > {out}/free.json || echo $? > {out}/free.exit
cp -r {place}/profile {out}/
"""


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not _can_mount(), reason="this machine lets nobody mount a small disk of his own")
@pytest.mark.parametrize("left", ["0", "200K", "600K"], ids=["at once", "at the start", "in mid-run"])
def test_a_full_disk_is_told_and_loses_nothing(control, tmp_path, left):
    """F23: STO-03; nothing is sent that could not be written down; with space again all goes on."""
    place, out = tmp_path / "disk", tmp_path / "out"
    place.mkdir()
    out.mkdir()
    program = Program(place / "profile", control)
    before = nothing_lost.start(program)
    script = FULL_DISK.format(
        place=shlex.quote(str(place)),
        out=shlex.quote(str(out)),
        left=left,
        status=shlex.join(program.command("status", "--json")),
        sync=shlex.join(program.command(*nothing_lost.SYNC, "--json")),
    )

    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=ROOT, capture_output=True, timeout=120)

    assert done.returncode == 0, done.stderr.decode()
    told = json.loads((out / "full.json").read_text())
    codes = {p["code"] for p in told.get("problems", [])}
    codes |= {row["problem"]["code"] for row in told.get("requests", []) if row["problem"]}
    assert codes == {"STO-03"}, told
    assert (out / "full.exit").read_text().strip() == "2"
    assert not (out / "free.exit").exists(), (out / "free.json").read_text()
    after = nothing_lost.look(Program(out / "profile", control))
    assert nothing_lost.check(before, after) == []
