"""Explained answers: shown in the reader's language, written to a file and read from one, the newer wins (F025)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model import fingerprints, knowledge
from maestro_procore.model.knowledge import Explanation, explained, merged, unknown_answer, wrong
from maestro_procore.model.problems import Problem, Refused, cause, message, not_catalogued, remedy

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
TOLD = not_catalogued(409, "POST", "/rest/v1.0/vendors", "The moon is full 17")


def explanation(shape: str = str(TOLD.args["shape"]), at: datetime = NOON, **texts: str) -> Explanation:
    means = {"en": texts.get("en", "It is night."), "fr": "Il fait nuit."}
    return Explanation(shape, means, {"en": "Wait for the sun.", "fr": "Attendez le soleil."}, "anne", at)  # type: ignore[arg-type]


def known(*held: Explanation) -> dict[str, Explanation]:
    return {each.fingerprint: each for each in held}


def test_an_explained_answer_says_what_it_means_and_what_to_do_in_the_readers_language() -> None:
    shown = explained(TOLD, known(explanation()))
    assert (message(shown, "en"), remedy(shown, "en")) == ("It is night.", "Wait for the sun.")
    assert (message(shown, "fr"), remedy(shown, "fr")) == ("Il fait nuit.", "Attendez le soleil.")
    assert "The moon is full 17" in cause(shown, "en"), "Procore's own words stay in sight"
    assert shown.is_error


def test_an_answer_with_other_numbers_is_the_same_answer() -> None:
    other = not_catalogued(409, "POST", "/rest/v1.0/vendors", "the moon is full 99")
    assert message(explained(other, known(explanation())), "en") == "It is night."


def test_an_answer_behind_another_problem_is_explained_there() -> None:
    stopped = explained(Problem("SRV-05", {"reason": TOLD.to_json()}), known(explanation()))
    assert message(stopped, "en") == "Stopped after 10 resumes: It is night."
    assert unknown_answer([Problem("PRJ-03"), stopped]) is not None


def test_what_nobody_explained_stays_as_it_is() -> None:
    for problem in (TOLD, Problem("PRJ-03", {"code": "P1"})):
        assert explained(problem, known(explanation("409 POST /rest/v1.0/projects full"))) is problem


def test_only_answers_with_a_fingerprint_can_be_explained() -> None:
    assert unknown_answer([Problem("SRV-10", {"text": "x", "status": 409, "fingerprint": "f0"})]) is None
    assert unknown_answer([TOLD]) is TOLD


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001])
def test_a_text_that_is_missing_or_too_long_is_named(text: str) -> None:
    told = wrong(explanation(en=text))
    assert [(problem.code, problem.args["part"], problem.args["language"]) for problem in told] == [
        ("KNW-01", "means", "en")
    ]


# --- the file -------------------------------------------------------------------------------------


texts = st.text(min_size=1, max_size=40).filter(str.strip)
made = st.builds(
    lambda words, en, fr, days: Explanation(
        fingerprints.shape(409, "POST", "/rest/v1.0/vendors", words),
        {"en": en, "fr": fr}, {"en": fr, "fr": en}, "anne", NOON - timedelta(days=days),
    ),
    st.text(max_size=40), texts, texts, st.integers(0, 4000),
)  # fmt: skip


@given(st.lists(made, max_size=5))
def test_a_file_brings_back_what_was_written_to_it(held: list[Explanation]) -> None:
    content = knowledge.document(held).encode("utf-8", "surrogatepass")
    assert sorted(knowledge.read(content, "f"), key=repr) == sorted(held, key=repr)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    held = json.loads(knowledge.document([explanation()]))
    change(held)
    return json.dumps(held).encode()


def first(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda held: held["explanations"][0].update(values)


SHAPE_WITH_A_NAME = "409 POST /rest/v1.0/vendors Acier Roy is full"
BAD = {
    "no JSON": (b"{", "line 1"),
    "another encoding": ("é".encode("latin-1"), "utf-8"),
    "too deep": (b"[" * 100_000, "recursion"),
    "a list": (b"[]", "form"),
    "another form": (changed(lambda held: held.update(form="settings")), "form"),
    "a newer version": (changed(lambda held: held.update(version=2)), "version"),
    "no explanations": (changed(lambda held: held.update(explanations=3)), "explanations"),
    "a row that is none": (changed(lambda held: held.update(explanations=[7])), "explanations[0]"),
    "no answer": (changed(first(answer=None)), "explanations[0].answer"),
    "a name in the answer": (changed(first(answer=SHAPE_WITH_A_NAME)), "explanations[0].answer"),
    "another fingerprint": (changed(first(fingerprint="0")), "explanations[0].fingerprint"),
    "one language": (changed(first(means={"en": "x"})), "explanations[0].means"),
    "an empty text": (changed(first(to_do={"en": "x", "fr": " "})), "explanations[0].to_do.fr"),
    "no time": (changed(first(written_at="yesterday")), "explanations[0].written_at"),
    "a time without zone": (changed(first(written_at="2026-11-23T12:00:00")), "explanations[0].written_at"),
    "no writer": (changed(first(written_by=None)), "explanations[0].written_by"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_the_place_that_is_wrong(case: str) -> None:
    content, place = BAD[case]
    with pytest.raises(Refused) as refused:
        knowledge.read(content, "answers.json")
    assert refused.value.problem.code == "KNW-03"
    assert place in str(refused.value.problem.args["place"])


# --- merging --------------------------------------------------------------------------------------


def test_of_two_explanations_the_newer_one_wins_and_of_one_age_the_held_one() -> None:
    held = explanation(en="held")
    for age, wins in ((timedelta(hours=-1), "held"), (timedelta(0), "held"), (timedelta(hours=1), "brought")):
        brought = explanation(en="brought", at=NOON + age)
        change = merged(known(held), [brought], NOON + timedelta(days=1))
        assert [each.means["en"] for each in change.updated] == (["brought"] if wins == "brought" else [])
        assert (change.added, change.kept) == ([], 0 if wins == "brought" else 1)


def test_a_file_from_the_future_counts_as_written_now() -> None:
    """A computer whose clock is wrong would otherwise win for ever."""
    change = merged({}, [explanation(at=NOON + timedelta(days=900))], NOON)
    assert [each.written_at for each in change.added] == [NOON]


@given(st.lists(made, max_size=6), st.lists(made, max_size=6))
def test_importing_twice_changes_nothing_the_second_time(held: list[Explanation], brought: list[Explanation]) -> None:
    have = known(*held)
    change = merged(have, brought, NOON)
    after = {**have, **known(*change.added, *change.updated)}
    again = merged(after, brought, NOON)
    assert (again.added, again.updated, again.kept) == ([], [], len(brought))
    assert len(change.added) + len(change.updated) + change.kept == len(brought)


def test_an_explanation_knows_its_fingerprint() -> None:
    assert explanation().fingerprint == TOLD.args["fingerprint"]
    assert replace(explanation(), shape="409 GET /a full").fingerprint != TOLD.args["fingerprint"]
