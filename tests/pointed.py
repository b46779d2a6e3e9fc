"""Tests that tables point at, by file: found again though a number of a feature was put before their name."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent


def is_there(pointed: str) -> bool:
    """pointed: file below tests, two colons, name of a test of the module; its numbers of features do not count."""
    file, _, name = pointed.partition("::")
    return plain(name) in _tests_of(file)


def plain(name: str) -> str:
    """test_f107_f108_a_message → test_a_message."""
    return re.sub(r"^test_(?:[fs]\d{1,3}_)+", "test_", name)


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(plain(node.name) for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
