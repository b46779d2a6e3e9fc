"""A forecast as a person reads it, in both languages: one number, a range, or the least and why there is no highest."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from maestro_procore import i18n
from maestro_procore.i18n import NBSP
from maestro_procore.model.forecast import Calls, Forecast, Wish, timetable
from maestro_procore.model.forecast_words import of_all, sentence, so_far
from maestro_procore.model.pacing import Budget

NOW = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english_again():
    yield
    i18n.set_language("en")


def told(*wishes: Wish) -> list[Forecast]:
    return timetable(list(wishes), Budget(), NOW, 0.1)


def said(language: str, one: Forecast) -> str:
    i18n.set_language(language)
    return sentence(one)


def test_f029_a_range_is_said_as_a_range():
    [one] = told(Wish("purchase-orders", Calls(136, 150, 14)))

    assert said("en", one).startswith(f"About 150 calls (136 to 150), 52{NBSP}s: done at ")
    assert said("fr", one).startswith(f"Environ 150 appels (de 136 à 150), 52{NBSP}s{NBSP}: terminé à ")


def test_f029_what_was_never_read_is_the_reason_why_there_is_no_highest_number():
    [one] = told(Wish("purchase-orders", Calls(121, None), unread=120, lists=120))

    assert said("en", one).startswith("At least 121 calls")
    assert "What 120 projects hold in Procore was never read." in said("en", one)
    assert "Ce que 120 projets contiennent dans Procore n'a jamais été lu." in said("fr", one)


def test_f029_what_may_have_changed_since_is_the_other_reason():
    [one] = told(Wish("suppliers", Calls(1, None)))

    assert said("en", one).endswith("is known after reading.")
    assert said("fr", one).endswith("sera connu après la lecture.")


def test_f029_several_elements_add_up_to_one_run():
    whole = of_all(
        told(Wish("budgets", Calls(91, 133)), Wish("subcontracts", Calls(15, None), 14, 14), Wish("costs", Calls(9, 9)))
    )

    assert (whole.calls, whole.calls_at_most, whole.unread) == (115, None, 14)
    assert whole.known_at is not None and NOW < whole.known_at < whole.finishes_at
    assert of_all(told(Wish("budgets", Calls(91, 133)), Wish("costs", Calls(9, 9)))).calls_at_most == 142


@pytest.mark.parametrize(
    ("foretold", "words"),
    [
        ({"least": 150, "likely": 150, "most": 150}, "60 of 150 calls, done at about "),
        ({"least": 136, "likely": 150, "most": 150}, "60 of about 150 calls, done at about "),
        ({"least": 16, "likely": 16, "most": None}, "60 of at least 60 calls, done at "),
        (None, ""),
    ],
    ids=["exact", "about", "least", "nothing foretold"],
)
def test_f029_a_request_says_how_far_it_is(foretold, words):
    end = {"finishes_at": (NOW + timedelta(hours=2)).isoformat(), "unread": 0}
    row = SimpleNamespace(calls=60, foretold=foretold and {**foretold, **end})

    assert so_far(row).startswith(words)
    assert bool(so_far(row)) == bool(foretold)
