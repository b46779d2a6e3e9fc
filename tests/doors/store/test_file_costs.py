"""What files have cost is kept by pair, company-wide for the forecast, and follows a service that changes."""

from collections.abc import Iterable

from maestro_procore.model.file_forecast import Kind
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.store.database import Database
from maestro_procore.store.file_costs import KEPT, pace_of
from maestro_procore.store.journal import Journal
from maestro_procore.store.rows import BudgetRow

UPLOAD = Kind(FileVerb.COPY, FileSide.PROCORE, "documents")
BUDGET = BudgetRow(3_600, 3_600, None)


def project(journal: Journal, number: int, company: int = 5) -> None:
    """Its pair has the same number."""
    with journal.begin() as tx:
        row = {"name": f"P{number}", "procore_company": company, "procore_project": number, "drive_id": "d"}
        assert journal.add_file_project(tx, row, [{"tool": "documents"}]) == number


def spend(journal: Journal, pair: int, calls: Iterable[int]) -> None:
    with journal.begin() as tx:
        for one in calls:
            journal.add_file_calls(tx, pair, UPLOAD.verb, UPLOAD.target, 1, one)


def an_upload(database: Database, number: int) -> float:
    with database.read() as tx:
        return pace_of(tx, number, BUDGET).of(UPLOAD).most


def test_f276_projects_of_a_company_learn_from_each_other(journal: Journal, database: Database) -> None:
    for number, company in ((1, 5), (2, 5), (3, 6)):
        project(journal, number, company)
    spend(journal, 1, [1, 1, 2])
    spend(journal, 2, [4])
    assert [an_upload(database, number) for number in (1, 2, 3)] == [2.0, 2.0, 2]
    spend(journal, 3, [1])
    assert [an_upload(database, number) for number in (1, 2, 3)] == [2.0, 2.0, 1.0]
    with journal.begin() as tx:
        journal.remove_file_project(tx, 2)
    assert an_upload(database, 1) == 4 / 3, "what is removed leaves nothing behind"


def test_f276_when_procore_takes_contents_otherwise_the_forecast_follows(journal: Journal, database: Database) -> None:
    """Years of uploads in one call do not outweigh the last two thousand in two."""
    project(journal, 1)
    spend(journal, 1, [1] * 5 * KEPT)
    assert an_upload(database, 1) == 1.0
    spend(journal, 1, [2] * 2 * KEPT)
    assert an_upload(database, 1) > 1.9
