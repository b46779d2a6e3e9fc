"""Whole companies for figures: the reference, and one of a dozen projects that takes seconds instead of minutes.

The rows are the training company's. maestro*'s side is loaded straight into the profile, because the start line of a
sandbox that carried it would be a quarter of a gigabyte.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.sandbox.training_books import Books, Counts
from maestro_procore.sandbox.training_company import BUILDERS, ELEMENT_BUILDERS, TrainingCompany, generate
from maestro_procore.sandbox.training_world import CONNECTED_COMPANY_ID, SIZES, World
from tests.programs import Control, Program, sandbox_process

Row = dict[str, Any]

NO_LIMITS = ("--hourly-limit", "1000000", "--spike-limit", "100000")
"""Calls are counted, not awaited: how the limits are kept is another figure. Headers tell of the nearer one only."""

_FEW = replace(
    SIZES["reference"], blocked_suppliers=4, closed_suppliers=6, staying_out=9, known_by_name=12, customers=8
)
_DOZEN_COUNTS = Counts(
    activities=60,
    budget_lines=40,
    budget_changes=0,
    purchase_orders=120,
    purchase_order_lines=4,
    work_orders=60,
    work_order_lines=5,
    unfinished=0,
    entered_by_hand=30,
    order_invoices=120,
    maestro_orders=14,
    commitment_changes=60,
    owner_changes=20,
    unfinished_changes=0,
    costs=600,
    not_transferred=28,
)


def company(name: str) -> TrainingCompany:
    """`reference`, `dozen` or `small`, with the records of every element."""
    return _dozen() if name == "dozen" else generate(name, whole=True)


def _dozen() -> TrainingCompany:
    """Sixteen projects, two of them closed, and a few thousand records."""
    return built("dozen", projects=16, suppliers=240, counts=_DOZEN_COUNTS, closed=2)


def built(name: str, *, projects: int, suppliers: int, counts: Counts, closed: int = 0) -> TrainingCompany:
    """A company of another size, by the training company's own builders. projects: the open ones and the closed."""
    world = World(replace(_FEW, projects=projects, suppliers=suppliers, closed_projects=closed))
    for build in BUILDERS:
        build(world)
    books = Books(world)
    books.counts = counts
    for build_element in ELEMENT_BUILDERS:
        build_element(books)
    return TrainingCompany(name, CONNECTED_COMPANY_ID, world.company, world.procore)


@dataclass(frozen=True)
class Whole:
    """A program on a filled profile, against a sandbox in another process."""

    program: Program
    control: Control
    company: TrainingCompany

    def maestro(self, sql: str, *values: Any) -> list[Row]:
        """Rows of maestro*."""
        return self.program.rows(sql, *values, file="company.sqlite")


@contextmanager
def whole(name: str, kind: type[Program] = Program, *options: str) -> Iterator[Whole]:
    """The company of that name on both sides, before its first run. options: further ones of the sandbox."""
    made = company(name)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        file = root / "procore.json"
        file.write_bytes(orjson.dumps({"company": {}, "procore": made.procore}))
        profile = root / "profile"
        profile.mkdir()
        fill(profile / "company.sqlite", made.company)
        with sandbox_process("--company", str(file), "--strict", *NO_LIMITS, *options) as control:
            yield Whole(kind(profile, control), control, made)


def fill(file: Path, rows: Mapping[str, Any]) -> None:
    """maestro*'s side, as the training program fills its own."""
    maestro = MaestroCompany(file)
    try:
        maestro.create_schema()
        maestro.load_rows(rows)
    finally:
        maestro.close()


def say(text: str) -> None:
    """How far a long figure is: on standard error, so that the document stays alone on standard output."""
    print(text, file=sys.stderr, flush=True)
