"""An answer that no catalogue holds is explained once, and every line that gets it says so from then on (F025)."""

import json
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.commands import Rights
from maestro_procore.model.knowledge import Texts
from maestro_procore.model.problems import Problem, Refused, message, remedy
from maestro_procore.store.views import RequestQuery
from tests.engine.world import World

MEANS: Texts = {"en": "Procore's printer has no paper.", "fr": "L'imprimante de Procore manque de papier."}
TO_DO: Texts = {"en": "Wait for paper.", "fr": "Attendez le papier."}


def plant(world: World, number: int) -> None:
    """Procore refuses every supplier of a call for a reason that nobody knows."""
    refused = {"base": [f"teapot {number} is short and stout"]}
    origins = [line.maestro_key for line in world.lines("suppliers") if line.maestro_key]
    tag = world.company.company().tag
    rows = [{"origin_id": f"MST:{tag}:suppliers:{key}", "errors": refused} for key in origins]
    where = {"method": "PATCH", "path": "*/vendors/sync", "times": None}
    world.sandbox.faults.plant({**where, "status": 200, "body": {"entities": [], "errors": rows}})


async def refused(world: World, number: int = 17) -> Problem:
    """What the lines say after Procore refused them all."""
    await world.sync("suppliers", preview=True)
    plant(world, number)
    await world.sync("suppliers")
    return told(world)


def told(world: World) -> Problem:
    """The unknown answer of the first line that has one."""
    return of_lines(world, "SRV-10", "SRV-27")[0]


def of_lines(world: World, *codes: str) -> list[Problem]:
    return [problem for line in world.lines("suppliers") for problem in line.problems if problem.code in codes]


async def test_every_line_with_that_answer_shows_what_the_technician_wrote(world: World) -> None:
    problem, lines = await refused(world), len(of_lines(world, "SRV-10"))
    assert problem.code == "SRV-10"
    assert message(problem, "en") == "Unknown Procore message: teapot 17 is short and stout."
    world.commands.knowledge.explain(problem, MEANS, TO_DO)
    explained = of_lines(world, "SRV-27")
    assert len(explained) == lines > 5 and of_lines(world, "SRV-10") == []
    for language in ("en", "fr"):
        assert {(message(p, language), remedy(p, language)) for p in explained} == {(MEANS[language], TO_DO[language])}


async def test_the_next_run_meets_the_same_answer_with_other_numbers_and_explains_it(world: World) -> None:
    world.commands.knowledge.explain(await refused(world, 17), MEANS, TO_DO)
    world.sandbox.faults.clear()
    problem = await refused(world, 23)
    assert (problem.code, problem.args["by"]) == ("SRV-27", "tester")
    assert problem.args["text"] == "teapot 23 is short and stout"
    request = world.views.requests(RequestQuery())[0]
    codes = {p.code for action in world.actions({"id": request.id}) for p in action.problems}
    assert "SRV-27" in codes and "SRV-10" not in codes


async def test_a_call_that_was_refused_as_a_whole_is_explained_on_its_request(world: World) -> None:
    where = {"method": "PATCH", "path": "*/vendors/sync", "times": None}
    world.sandbox.faults.plant({**where, "status": 418, "body": {"errors": "teapot 17 is short"}})
    request = await world.sync("suppliers")
    world.commands.knowledge.explain(Problem.from_json(request["problem"]), MEANS, TO_DO)
    shown = world.views.request(request["id"])
    assert shown is not None and shown.problem is not None
    assert message(shown.problem, "fr") == MEANS["fr"]


async def test_what_was_written_can_be_corrected(world: World) -> None:
    world.commands.knowledge.explain(await refused(world), MEANS, TO_DO)
    world.commands.knowledge.explain(told(world), {**MEANS, "en": "Out of ink."}, TO_DO)
    assert message(told(world), "en") == "Out of ink."


async def test_knowledge_goes_to_another_company_in_a_file(world: World, tmp_path: Path) -> None:
    """Neither a number nor a name of this company is in it."""
    file = tmp_path / "answers.json"
    world.commands.knowledge.explain(await refused(world), MEANS, TO_DO)
    assert world.commands.knowledge.export(file) == 1
    (row,) = json.loads(file.read_text(encoding="utf-8"))["explanations"]
    assert row["answer"] == "200 SYNC /suppliers teapot # is short and stout"
    assert (row["written_by"], row["written_at"]) == ("tester", world.clock.now().isoformat())
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other")
    assert other.commands.knowledge.take_in(file).to_json() == {"added": 1, "updated": 0, "unchanged": 0}
    assert other.commands.knowledge.take_in(file).to_json() == {"added": 0, "updated": 0, "unchanged": 1}
    assert (await refused(other, 99)).code == "SRV-27"
    await other.close()


def test_a_bad_file_is_refused_and_nothing_of_it_is_taken(world: World, tmp_path: Path) -> None:
    """KNW-02, KNW-03."""
    bad, gone = tmp_path / "bad.json", tmp_path / "gone" / "answers.json"
    bad.write_text('{"form": "maestro_procore knowledge", "version": 1, "explanations": [3]}', encoding="utf-8")
    assert (code_of(world, "take_in", bad), code_of(world, "take_in", gone)) == ("KNW-03", "KNW-02")
    assert code_of(world, "export", gone) == "KNW-02"
    with world.journal.begin() as tx:
        assert world.journal.explanations(tx) == {}


def test_half_an_explanation_and_an_answer_without_fingerprint_are_refused(world: World) -> None:
    """KNW-01, KNW-04."""
    known = Problem("SRV-10", {"text": "x", "status": 409, "shape": "409 POST /a x", "fingerprint": "y"})
    assert code_of(world, "explain", known, {**MEANS, "fr": " "}, TO_DO) == "KNW-01"
    assert code_of(world, "explain", Problem("SRV-10", {"text": "x"}), MEANS, TO_DO) == "KNW-04"


def test_only_a_technician_explains_answers(world: World, tmp_path: Path) -> None:
    """CFG-12."""
    world.commands.rights = Rights(can_synchronize=True, can_configure=True)
    assert code_of(world, "explain", Problem("SRV-10"), MEANS, TO_DO) == "CFG-12"
    assert code_of(world, "export", tmp_path / "a.json") == "CFG-12"
    assert code_of(world, "take_in", tmp_path / "a.json") == "CFG-12"


def code_of(world: World, verb: str, *given: Any) -> str:
    with pytest.raises(Refused) as refusal:
        getattr(world.commands.knowledge, verb)(*given)
    return refusal.value.problem.code
