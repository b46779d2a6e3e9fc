"""The training company's costs on the strict sandbox: planned, sent, read back through a budget view and reconciled."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from maestro_procore.model import cost_lines, costs
from maestro_procore.model.elements import Side
from maestro_procore.model.lookups import TAX_CODES, UNITS
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement, objections
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject
from maestro_procore.model.reconciled_costs import costs_side
from maestro_procore.model.reconciled_records import Books
from maestro_procore.model.reconciliation import Reconciliation, reconcile
from maestro_procore.model.rules import Context, Rules, Scope
from maestro_procore.model.value_maps import FAMILIES
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.sandbox.start_data import StartData
from maestro_procore.sandbox.training_company import TrainingCompany, generate

KINDS: dict[str, tuple[ElementMap, Rules, str]] = {
    "costs": (costs.MAP, costs.RULES, "direct_costs/sync"),
    "cost-lines": (cost_lines.MAP, cost_lines.RULES, "direct_costs/line_items/sync"),
}
CUT_OFF = date(2026, 12, 31)


class Company:
    """The small training company with all codes and vendors in Procore, and our side of the links."""

    def __init__(self, training: TrainingCompany) -> None:
        self.tables, self.procore = training.company, training.procore
        self.company_id = training.procore_company_id
        numbers = {row["project_number"]: row["id"] for row in self.procore["projects"]}
        self.projects = {row["project_code"]: row for row in self.tables["m_project"] if row["project_code"] in numbers}
        self.ids = {code: numbers[code] for code in self.projects}
        self.types = {row["code"]: row["id"] for row in self.procore["line_item_types"]}
        families = {row["group_code"]: FAMILIES[row["family"]] for row in self.tables["m_cost_group"]}
        self.codes = self._codes(families)
        self.vendors = {row["supplier_code"]: self._vendor(n, row) for n, row in enumerate(self.tables["m_supplier"])}
        self.orders: dict[str, int] = {}
        self.states: dict[str, dict[str, LinkState]] = {"costs": {}, "cost-lines": {}}
        self.records: dict[tuple[str, str], dict[int, Record]] = {}

    def _codes(self, families: Mapping[str, str]) -> dict[str, int]:
        """maestro* key → id of a budget code of every pair that is charged; those that lack are made."""
        at = {(row["project_id"], row["code"]): row for row in self.procore["cost_codes"]}
        found = {
            (row["project_id"], row["cost_code_id"], row["line_item_type_id"]): row["id"]
            for row in self.procore["wbs_codes"]
        }
        keys = {}
        for line in self.tables["m_transaction_line"]:
            cost_type, project = families[line["group_code"]], self.ids.get(line["project_code"])
            if project is None or not cost_type:
                continue
            code, kind = at[project, line["activity_code"]], self.types[cost_type]
            if (project, code["id"], kind) not in found:
                found[project, code["id"], kind] = 700_000 + len(found)
                self.procore["wbs_codes"].append({
                    "id": found[project, code["id"], kind], "project_id": project, "cost_code_id": code["id"],
                    "line_item_type_id": kind, "flat_code": f"{code['full_code']}.{cost_type}", "status": "active",
                })  # fmt: skip
            keys[f"{line['project_code']}/{line['activity_code']}/{cost_type}"] = found[project, code["id"], kind]
        return keys

    def _vendor(self, number: int, row: Mapping[str, Any]) -> int:
        self.procore["vendors"].append({"id": 800_000 + number, "name": row["name"], "is_active": True})
        return 800_000 + number

    def context(self, kind: str, project: str) -> Context:
        mine = [row for row in self.tables["m_transaction_line"] if row["project_code"] == project]
        numbers = {row["trans_id"] for row in mine}
        links = {name: {k: s.procore_id for k, s in states.items()} for name, states in self.states.items()}
        return Context(
            PlanSettings(f"MST:BELLE:{kind}:", 1),
            Scope(project, self.ids[project], self.projects[project]),
            {**self.tables, "m_transaction_line": mine,
             "m_transaction": [row for row in self.tables["m_transaction"] if row["trans_id"] in numbers]},
            {**links, "suppliers": self.vendors, "budget-codes": self.codes, "purchase-orders": self.orders},
            {**{name: self.held(name, project) for name in KINDS},
             "tax-codes": [TAX_CODES.from_procore(row) for row in self.procore["tax_codes"]],
             "units": [UNITS.from_procore(row) for row in self.procore["uoms"]]},
            maps={"cost_type_families": FAMILIES},
        )  # fmt: skip

    def held(self, kind: str, project: str) -> list[Record]:
        return list(self.records.get((kind, project), {}).values())

    def plan(self, kind: str, project: str) -> list[Item]:
        element_map, rules, _ = KINDS[kind]
        context = self.context(kind, project)
        subject = Subject(element_map, rules, context.settings, rules.assemble(element_map, context),
                          self.held(kind, project), self.states[kind], {}, None, context)  # fmt: skip
        assert rules.planner is not None
        return rules.planner(subject)


class Connection:
    """The strict sandbox, and how often it was written to."""

    def __init__(self, company: Company, start: Mapping[str, Any]) -> None:
        self.company, self.start, self.writes = company, start, 0
        signed = httpx.post(
            f"{start['procore_login']}/oauth/token",
            json={"grant_type": "client_credentials", "client_id": start["client_id"],
                  "client_secret": start["client_secret"]},
            trust_env=False,
        ).json()  # fmt: skip
        headers = {
            "Authorization": f"Bearer {signed['access_token']}",
            "Procore-Company-Id": str(company.company_id),
        }
        self.client = httpx.Client(base_url=start["procore_api"], headers=headers, trust_env=False)

    def run(self, project: str) -> None:
        """Direct costs, then their lines, each in one call."""
        for kind, (element_map, _, path) in KINDS.items():
            items = [item for item in self.company.plan(kind, project) if Side.PROCORE in item.writes]
            if items:
                self._send(kind, project, element_map, path, items)

    def _send(self, kind: str, project: str, element_map: ElementMap, path: str, items: Sequence[Item]) -> None:
        self.writes += 1
        updates = [item.writes[Side.PROCORE] for item in items]
        number = self.company.ids[project]
        answer = self.client.patch(f"/rest/v1.0/projects/{number}/{path}", json={"updates": updates})
        assert answer.status_code == 200, answer.text
        assert answer.json()["errors"] == []
        answered = {row["origin_id"]: element_map.from_procore(row) for row in answer.json()["entities"]}
        for item in items:
            write, key = item.writes[Side.PROCORE], item.key
            record = answered[write["origin_id"]]
            assert key is not None and item.maestro is not None
            assert objections(element_map, write, record, key) == []
            self.company.records.setdefault((kind, project), {})[record.procore_id] = record
            agreed = agreement(element_map, item.maestro.values, record.values, item.agreed)
            self.company.states[kind][key] = LinkState(record.procore_id, agreed)

    def reconciled(self, project: str) -> Reconciliation:
        """Costs only: the rest of the company was not synchronized here."""
        number = self.company.ids[project]
        view = self.client.get("/rest/v1.0/budget_views", params={"project_id": number}).json()[0]
        rows = self.client.get(
            f"/rest/v1.0/budget_views/{view['id']}/detail_rows",
            params={"project_id": number, "per_page": 2000, "budget_row_type": "all"},
        ).json()
        costs_only = [{**row, **dict.fromkeys(OTHERS, "0.00")} for row in rows]
        books = Books(self.company.context("costs", project), CUT_OFF, costs_only)
        return reconcile(project, "CAD", costs_only, books.names, [costs_side(books)])


OTHERS = (
    "Commitments", "Commitment Change Orders", "Committed Costs", "Original Budget Amount", "Budget Modifications",
    "Approved COs", "Revised Budget",
)  # fmt: skip


@pytest.fixture
def connection() -> Iterator[Connection]:
    company = Company(generate("small"))
    options = SandboxOptions(strict=True, spike_limit=1_000)
    running = RunningSandbox(options, data=StartData(company.tables, company.procore)).start()
    connected = Connection(company, running.start_line)
    yield connected
    connected.client.close()
    running.stop()


def test_f082_the_costs_of_the_training_company_agree_to_the_cent(connection: Connection) -> None:
    """F082: two calls for each project, none the second time, and nothing unexplained."""
    projects = sorted(connection.company.projects)
    for project in projects:
        connection.run(project)
    found = Reconciliation()
    for project in projects:
        found = found.together(connection.reconciled(project))
    assert connection.writes == 2 * len(projects)
    assert found.agrees, found.to_json()["differences"]
    total = next(total for total in found.totals if total.currency == "CAD")
    sent = [line for line in connection.company.tables["m_transaction_line"] if line["project_code"] in projects]
    assert total.procore > 0
    assert sum(t.maestro for t in found.totals) == sum((Decimal(line["amount"]) for line in sent), Decimal(0))
    assert {b.cause for line in found.lines for b in line.bridges} == {"REC-02", "REC-07"}  # USD never converted
    for project in projects:
        connection.run(project)
    assert connection.writes == 2 * len(projects)
    calls = httpx.get(f"{connection.start['control']}/calls", trust_env=False).json()
    assert [call["violation"] for call in calls if call["violation"]] == []


def test_orders_linked_later_take_their_invoices_back_on_the_server_too(connection: Connection) -> None:
    """CST-08."""
    company = connection.company
    invoiced = {t["order_id"] for t in company.tables["m_transaction"] if t["order_id"] and t["currency"] == "CAD"}
    orders = [o for o in company.tables["m_order"] if o["order_id"] in invoiced and o["project_code"] in company.ids]
    project = orders[0]["project_code"]
    connection.run(project)
    before = connection.reconciled(project).totals[0]
    company.orders = {o["order_no"]: 55 for o in orders if o["project_code"] == project}
    told = [p.code for item in company.plan("costs", project) for p in item.problems]
    assert "CST-08" in told
    connection.run(project)
    after = connection.reconciled(project)
    assert after.agrees and after.totals[0].procore < before.procore
    assert any(bridge.cause == "REC-01" for line in after.lines for bridge in line.bridges)


def test_what_somebody_changes_in_procore_is_not_explained_away(connection: Connection) -> None:
    project = sorted(connection.company.projects)[0]
    connection.run(project)
    line = connection.company.held("cost-lines", project)[0]
    amount = str(Decimal(str(line.values["amount"])) + Decimal("0.01"))
    control = connection.start["control"]
    edited = {"id": line.procore_id, "amount": amount}
    httpx.post(f"{control}/state/direct_cost_line_items", json=edited, trust_env=False).raise_for_status()
    found = connection.reconciled(project)
    assert not found.agrees and [p.args["amount"] for p in found.unexplained] == ["-0.01 CAD"]
