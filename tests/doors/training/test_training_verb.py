"""`training play month`, `training load` and `training reset` on the real command line."""

from __future__ import annotations

import contextlib
import copy
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maestro_procore import training
from maestro_procore.cli import main
from maestro_procore.model.problems import Refused
from maestro_procore.places import open_profile
from maestro_procore.sandbox.month import month
from maestro_procore.store.lease import FileLease
from maestro_procore.wiring import House
from tests.doors.training.whole_company import whole
from tests.programs import InnerProgram, sandbox_inside

Row = dict[str, Any]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[InnerProgram]:
    """The program on a fresh profile, against a sandbox in this process."""
    with sandbox_inside(spike_limit=1_000) as control:
        yield InnerProgram(tmp_path / "profile", control)


def test_a_day_is_told_with_its_steps_and_what_to_expect(program: InnerProgram) -> None:
    done = program.run("training", "play", "month", "--day", "1")
    assert done.exit_code == 0
    told = done.document
    assert (told["ok"], told["day"], told["date"], told["earlier"]) == (True, 1, "2026-12-01", [])
    assert told["text"].startswith("An order and a subcontract are approved")
    assert [step["side"] for step in told["steps"]] == ["procore", "procore", "maestro", "maestro", "maestro"]
    assert all(step["written"] for step in told["steps"])
    assert told["steps"][3]["record"]["trans_id"]["document_no"] == "EJ-2611-07"
    assert {"element": "purchase-orders", "record": "26003-901", "outcome": "created", "code": None} in told["expected"]
    again = program.run("training", "play", "month", "--day", "1").document
    assert [step["written"] for step in again["steps"]] == [False] * 5


def test_the_month_can_be_played_after_a_run_of_the_program(program: InnerProgram) -> None:
    """Ids and codes of other runs do not matter: records are found by what people call them."""
    for day in (1, 8, 14, 25):
        assert program.run("sync", "projects", "suppliers").exit_code == 0
        done = program.run("training", "play", "month", "--day", str(day))
        assert done.exit_code == 0, done.document
        assert all(step["written"] or step["place"] == "budget" for step in done.document["steps"])
    after = program.run("sync", "projects", "suppliers").requests
    assert {row["state"] for row in after.values()} <= {"done", "warned"}


def test_a_wrong_day_is_wrong_usage(program: InnerProgram) -> None:
    done = program.run("training", "play", "month", "--day", str(len(month()) + 1))
    assert (done.exit_code, done.problem_codes) == (2, {"TRN-01"})
    assert program.run("training", "play", "month", "--day", "0").exit_code == 2
    assert program.run("training", "play", "year", "--day", "1").exit_code == 2


def test_the_month_is_for_training_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["play", "month", "--day", "1"], ["load", "x.json"], ["reset"]):
        assert main(["--profile", str(tmp_path), "training", *verb, "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "CLI-06"


def test_a_person_reads_a_sentence_in_each_language(program: InnerProgram, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.control is not None
    start = ["--profile", str(program.profile), "--training", "--sandbox", program.control.url, "--language"]
    assert main([*start, "fr", "training", "play", "month", "--day", "2"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Jour 2, 2026-12-02")
    assert "contre-passée" in said[0]
    assert said[1:] == ["Jours joués d'abord\N{NO-BREAK SPACE}: 1", "14 étapes, 14 écrites"]
    assert main([*start, "en", "training", "play", "month", "--day", "15"]) == 0
    assert "Construction holiday" in capsys.readouterr().out


def test_a_fresh_company_has_no_past(program: InnerProgram) -> None:
    program.run("training", "play", "month", "--day", "1")
    assert program.run("training", "reset").exit_code == 0
    played = program.run("training", "play", "month", "--day", "1").document
    assert any(step["written"] for step in played["steps"] if step["side"] == "maestro")


# --- a company from a file ------------------------------------------------------------------------


def _renamed(folder: Path, name: str) -> Path:
    """The small company under another name and in another Procore company."""
    made = whole("small")
    content: Row = {"maestro": copy.deepcopy(made.company), "procore": copy.deepcopy(made.procore)}
    content["maestro"]["m_company"][0]["name"] = name
    content["maestro"]["m_project"][0]["description"] = "Chargé d'un fichier"
    content["procore"]["companies"].reverse()
    content["procore"]["projects"][0]["name"] = "Chargé d'un fichier"
    file = folder / "company.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_a_file_replaces_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile"
    start = ["--profile", str(profile), "--training"]
    assert main([*start, "training", "reset"]) == 0
    file = _renamed(tmp_path, "Autre compagnie inc.")
    assert main([*start, "training", "load", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"ok": True}
    file.unlink()  # the profile keeps its own copy
    house = House(open_profile(profile, training=True), is_training=True)
    try:
        assert house.company.company().name == "Autre compagnie inc."
        assert house.company.rows("m_project")[0]["description"] == "Chargé d'un fichier"
        assert house.training is not None
        line = house.training.start_line()
        assert line["company_id"] == whole("small").procore["companies"][1]["id"]
        assert house.journal.settings()["procore_company_id"] == line["company_id"]
        assert line["company"]["m_company"][0]["name"] == "Autre compagnie inc."
    finally:
        house.close()


def test_a_wrong_file_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile"
    start = ["--profile", str(profile), "--training"]
    assert main([*start, "training", "reset"]) == 0
    before = sorted((path.name, path.stat().st_mtime_ns) for path in profile.glob("*.json"))
    file = _renamed(tmp_path, "x" * 81)
    capsys.readouterr()
    assert main([*start, "training", "load", str(file), "--json"]) == 2
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "TRN-05"
    assert problem["message"] == "m_company, row 1, column name: a value is too long."
    assert sorted((path.name, path.stat().st_mtime_ns) for path in profile.glob("*.json")) == before
    with_house = House(open_profile(profile, training=True), is_training=True)
    try:
        assert with_house.company.company().name == whole("small").company["m_company"][0]["name"]
    finally:
        with_house.close()


def test_nobody_replaces_the_company_while_the_engine_runs(tmp_path: Path) -> None:
    profile = open_profile(tmp_path / "profile", training=True)
    lease = FileLease(profile.lease)
    assert lease.take()
    try:
        file = _renamed(tmp_path, "Autre")
        assert main(["--profile", str(profile.root), "--training", "training", "load", str(file)]) == 2
    finally:
        lease.give_back()


def test_a_running_sandbox_keeps_its_company(program: InnerProgram, tmp_path: Path) -> None:
    done = program.run("training", "load", str(_renamed(tmp_path, "Autre")))
    assert (done.exit_code, done.problem_codes) == (2, {"TRN-07"})


def test_a_replacement_cut_short_is_not_opened_as_if_it_were_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old company is half gone; until somebody starts again, the profile says so."""
    profile = open_profile(tmp_path / "profile", training=True)
    training.reset(profile, "small")
    House(profile, is_training=True).close()
    with monkeypatch.context() as patch:
        patch.setattr("maestro_procore.training.world.forget_world", _killed)
        with pytest.raises(KeyboardInterrupt):
            training.reset(profile, "small")
    with pytest.raises(Refused) as refused:
        House(profile, is_training=True)
    assert refused.value.problem.code == "TRN-06"
    training.reset(profile, "small")
    House(profile, is_training=True).close()


def _killed(_folder: Path) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("verb", ["reset", "load"])
def test_an_older_program_throws_no_journal_of_a_newer_one_away(
    program: InnerProgram, tmp_path: Path, verb: str
) -> None:
    """It refuses as it refuses to open it; nothing is lost, of any part of the practice company."""
    profile = open_profile(program.profile, training=True)
    assert program.run("sync", "suppliers").exit_code == 0
    with contextlib.closing(sqlite3.connect(profile.journal)) as journal, journal:
        journal.execute("update alembic_version set version_num = '9999'")
    kept = {file: file.read_bytes() for file in (profile.journal, profile.company)}
    alone = InnerProgram(program.profile, None, "--training")
    done = alone.run("training", verb, *([str(_renamed(tmp_path, "Autre"))] if verb == "load" else []))
    assert (done.exit_code, done.problem_codes) == (2, {"STO-04"})
    assert {file: file.read_bytes() for file in kept} == kept
    assert not (profile.root / "training-unfinished").exists()


def test_a_damaged_practice_journal_goes_with_a_reset(program: InnerProgram) -> None:
    profile = open_profile(program.profile, training=True)
    assert program.run("sync", "suppliers").exit_code == 0
    profile.journal.write_bytes(b"no journal at all" * 100)
    assert program.run("training", "reset").exit_code == 0
    assert program.run("sync", "suppliers").exit_code == 0
