"""The Links page's rows: states as the model means them, history from people and runs, partners to choose from."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maestro_procore.model.link_states import APART, IGNORE, Ends, state_of
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.views import LinkQuery, Views

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


class Site:
    """A journal with lines, links and records, as runs leave them."""

    def __init__(self, journal: Journal, views: Views) -> None:
        self.journal, self.views = journal, views

    def line(self, key: str | None, procore_id: int | None = None, **values: Any) -> None:
        line = {
            "element": "suppliers",
            "maestro_key": key,
            "procore_id": procore_id,
            "sort_key": (key or "zz").lower(),
            "maestro_values": {"name": f"Acier {key}", "code": key} if key else None,
            "procore_values": {"name": f"Steel {procore_id}"} if procore_id else None,
            "needs_sync": False,
            "is_in_scope": True,
            "is_linked": False,
            "problems": [],
            **values,
        }
        with self.journal.begin() as tx:
            self.journal.put_lines(tx, "suppliers", [line], is_complete=False)

    def link(self, key: str, procore_id: int) -> None:
        row = {"element": "suppliers", "maestro_key": key, "procore_id": procore_id, "origin_id": f"MST:X:{key}"}
        with self.journal.begin() as tx:
            self.journal.store_links(tx, [{**row, "rule": "name", "agreed": {}, "linked_by": "ml", "at": NOW}])

    def record(self, procore_id: int, element: str = "suppliers", **values: Any) -> None:
        held = {"values": {"name": f"Steel {procore_id}"}, **values}
        with self.journal.begin() as tx:
            self.journal.store_records(tx, element, [Record(str(procore_id), **held)], None)

    def choose(self, name: str, choice: str) -> None:
        with self.journal.begin() as tx:
            self.journal.choose_link(tx, "suppliers", name, choice, "ml", NOW)

    def states(self, text: str = "", *states: str) -> dict[str, str]:
        return {row.key: row.state for row in self.views.links(LinkQuery("suppliers", states, text), 0, 100)}


@pytest.fixture
def site(database: Database) -> Site:
    return Site(Journal(database), Views(database, lambda: NOW))


LOST = [Problem("LNK-02", {"code": "A1", "system": "Procore"}).to_json()]
CASES = {
    "in step": Ends(True),
    "moved": Ends(True, needs_sync=True),
    "gone from Procore": Ends(True, has_procore=False),
    "gone from maestro": Ends(True, has_maestro=False),
    "told gone": Ends(True, told_gone=True, needs_sync=True),
    "ignored": Ends(True, choice=IGNORE, needs_sync=True),
    "ignored and lost": Ends(True, choice=IGNORE, has_procore=False),
    "taken apart": Ends(False, choice=APART),
    "never linked": Ends(False),
    "ignored before it was linked": Ends(False, choice=IGNORE),
}


@pytest.mark.parametrize("name", CASES)
def test_a_record_is_listed_in_the_state_that_the_model_gives_it(site: Site, name: str) -> None:
    ends = CASES[name]
    problems = LOST if ends.told_gone else []
    if ends.has_maestro:
        site.line(
            "A1", is_linked=ends.is_linked, needs_sync=ends.needs_sync, problems=problems, worst="W" * len(problems)
        )
    if ends.is_linked:
        site.link("A1", 7)
    site.record(7, is_gone=not ends.has_procore)
    site.choose("A1", ends.choice)
    assert site.states() == {"A1": state_of(ends).value}
    assert site.views.link_counts("suppliers")[state_of(ends).value] == 1


def test_a_record_that_maestro_lost_is_named_as_procore_names_it(site: Site) -> None:
    site.link("A1", 7)
    site.record(7)
    (row,) = site.views.links(LinkQuery("suppliers"))
    assert (row.state, row.name) == ("orphaned", "Steel 7")


def test_an_inactive_company_is_not_an_orphan(site: Site) -> None:
    """vendors/inactive is read: the company is there, only put away."""
    site.line("A1", is_linked=True)
    site.link("A1", 7)
    site.record(7, is_active=False)
    (row,) = site.views.links(LinkQuery("suppliers"))
    assert (row.state, row.is_inactive) == ("linked", True)


def test_records_that_procore_alone_has_stand_here_only_when_they_are_ignored(site: Site) -> None:
    site.line(None, 8)
    site.line(None, 9)
    site.choose("#9", IGNORE)
    assert site.states() == {"#9": "ignored"}


def test_links_are_filtered_by_state_and_searched_without_accents(site: Site) -> None:
    site.line("A1", is_linked=True)
    site.link("A1", 7)
    site.record(7)
    site.line("B2", maestro_values={"name": "Béton Lévis", "code": "B2"})
    assert site.states("levis") == {"B2": "unlinked"}
    assert site.states("", "linked", "orphaned") == {"A1": "linked"}
    assert site.views.count_links(LinkQuery("suppliers", ("unlinked",))) == 1


def test_the_history_tells_who_did_what_when_and_why_and_what_runs_did(site: Site) -> None:
    request, _ = site.journal.submit(
        {"element": "suppliers", "scope": "all", "mode": "full", "requested_by": "jr"}, NOW
    )
    done = {"request_id": request["id"], "element": "suppliers", "maestro_key": "A1", "ended_at": NOW, "state": "done"}
    with site.journal.begin() as tx:
        site.journal.add_action(tx, {**done, "seq": 1, "kind": "create", "procore_id": 7})
        site.journal.add_action(tx, {**done, "seq": 2, "kind": "skip"})
        site.journal.note_link(
            tx, element="suppliers", maestro_key="A1", what="unlink", why="wrong one", by="ml", at=NOW.replace(hour=19)
        )
    told = [(row.what, row.by, row.why) for row in site.views.link_history("suppliers", "A1", None)]
    assert told == [("unlink", "ml", "wrong one"), ("run_create", "jr", "")]


def test_a_merged_company_offers_the_survivor_that_its_documents_went_to(site: Site) -> None:
    site.line("A1", is_linked=True)
    site.link("A1", 7)
    site.record(7, is_gone=True)
    for procore_id in (11, 12, 13):
        site.record(procore_id)
    for order, vendor in (("24-1", "12"), ("24-2", "12"), ("24-3", "11")):
        number = int(order[-1]) + 100
        row = {"element": "purchase-orders", "maestro_key": order, "procore_id": number, "origin_id": "", "rule": ""}
        with site.journal.begin() as tx:
            site.journal.store_links(tx, [{**row, "agreed": {"supplier": "A1"}, "linked_by": "ml", "at": NOW}])
        site.record(number, "purchase-orders", values={"supplier": vendor})
    found = site.views.partners("suppliers", "A1")
    assert [(row.procore_id, row.documents) for row in found] == [(12, 2), (11, 1), (13, 0)]


def test_a_survivor_that_another_supplier_holds_is_shown_with_its_holder(site: Site) -> None:
    same = {"name": "Acier Laval inc.", "phone": "450 555-0101"}
    site.line("A1", maestro_values=same, is_linked=True)
    site.link("A1", 7)
    site.record(7, is_gone=True, values=same)
    site.line("B2", is_linked=True)
    site.link("B2", 12)
    site.record(12, values=same)
    (found,) = site.views.partners("suppliers", "A1")
    assert (found.procore_id, found.held_by, found.is_alike) == (12, "B2", True)
