"""Every feature of the maestro* interface has a test that carries its number: `test_f049_…` proves F049.

The numbers are those of the feature catalogue of the project: F001-F052 the questions and answers about the
interface, F056-F093 its Configuration page. Several tests may carry one number, and a test several numbers.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
INTERFACE = (*range(1, 53), *range(56, 94))
LAST_OF_ALL = 287
"""Documents, photos and connections are F095 to this."""

WITHOUT_A_TEST = {
    30: "a figure, not a behaviour: `python -m tests.benchmarks growth` runs 1,000 to 100,000 records and bounds both"
    " the growth and the memory",
}
"""Number → why no test carries it."""

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


@pytest.mark.parametrize("number", [n for n in INTERFACE if n not in WITHOUT_A_TEST], ids="F{:03}".format)
def test_a_feature_has_a_test_that_is_named_after_it(number: int) -> None:
    assert proofs()[number]


def test_no_test_carries_the_number_of_no_feature() -> None:
    assert [number for number in proofs() if not 0 < number <= LAST_OF_ALL or number in (53, 54, 55, 94)] == []


def test_what_has_a_test_needs_no_excuse() -> None:
    assert [number for number in WITHOUT_A_TEST if proofs().get(number)] == []


def test_the_numbers_of_a_name_stand_at_its_beginning() -> None:
    assert numbers("test_f070_f071_the_list_fills") == [70, 71]
    assert numbers("test_f5_starts_a_run") == numbers("test_the_key_f005_does_it") == []
