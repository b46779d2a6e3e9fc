"""Every feature of the maestro* interface has a test that carries its number: `test_f049_…` proves F049.

The numbers are those of the feature catalogue of the project: F001-F052 the questions and answers about the
interface, F056-F093 its Configuration page, F095-F287 documents, photos and connections. Several tests may carry one
number, and a test several numbers.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
INTERFACE = (*range(1, 53), *range(56, 94))
NO_FEATURE = {53, 54, 55, 94, 135, 190, 222, 226, 255, 263, 272, 280, 281, 282, 285, 286}
"""The catalogue leaves these numbers out."""
DOCUMENTS = tuple(number for number in range(95, 288) if number not in NO_FEATURE)

WITHOUT_A_TEST = {
    30: "a figure, not a behaviour: `python -m tests.benchmarks growth` runs 1,000 to 100,000 records and bounds both"
    " the growth and the memory",
    224: "a figure, not a behaviour: `python -m tests.benchmarks files` brings 50,000 files of one project over and"
    " bounds its calls; `plan-files` bounds the memory",
    225: "a figure, not a behaviour: `python -m tests.benchmarks files` does so with 50 GB of declared sizes, and moves"
    " a real file of 999,999,999 bytes",
}
"""Number → why no test carries it."""

PENDING: set[int] = set()
"""What no test carries yet. A number leaves this set with the test that proves it; none is added."""

NUMBER = re.compile(r"f(\d{3})_")


@cache
def proofs() -> dict[int, list[str]]:
    """Number of a feature → the tests that carry it."""
    found = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for number in numbers(node.name):
                    found[number].append(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def numbers(name: str) -> list[int]:
    """The numbers at the beginning of a test's name: test_f070_f071_the_list → 70 and 71."""
    carried = re.match(r"test_((?:f\d{3}_)+)", name)
    return [int(number) for number in NUMBER.findall(carried[1])] if carried else []


@pytest.mark.parametrize(
    "number", [n for n in (*INTERFACE, *DOCUMENTS) if n not in WITHOUT_A_TEST.keys() | PENDING], ids="F{:03}".format
)
def test_a_feature_has_a_test_that_is_named_after_it(number: int) -> None:
    assert proofs()[number]


def test_no_test_carries_the_number_of_no_feature() -> None:
    assert [number for number in proofs() if number not in {*INTERFACE, *DOCUMENTS}] == []


def test_what_has_a_test_needs_no_excuse() -> None:
    assert [number for number in WITHOUT_A_TEST if proofs().get(number)] == []


def test_what_is_pending_is_a_feature_without_an_excuse() -> None:
    assert set(DOCUMENTS) >= PENDING
    assert not PENDING & WITHOUT_A_TEST.keys()


def test_the_numbers_of_a_name_stand_at_its_beginning() -> None:
    assert numbers("test_f070_f071_the_list_fills") == [70, 71]
    assert numbers("test_f5_starts_a_run") == numbers("test_the_key_f005_does_it") == []
