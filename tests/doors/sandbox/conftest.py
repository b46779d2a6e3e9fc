"""A small world of its own, a sandbox on it, and clients that speak to it."""

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.daily_logs import KINDS
from maestro_procore.sandbox.one_way_table import TOOLS_READ
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.start_data import StartData

COMPANY, STRANGER = 598134325700001, 598134325700077
NOW = 1_767_614_400.0  # 2026-01-05T12:00:00Z
START_STAMP = "2025-12-01T08:00:00Z"

PROCORE: dict[str, list[dict[str, Any]]] = {
    "companies": [
        {"id": COMPANY, "name": "Constructions Lévis"},
        {"id": STRANGER, "name": "Other Builders", "my_company": False},
    ],
    "project_stages": [{"id": 11, "name": "Bidding"}, {"id": 12, "name": "Course of Construction"}],
    "project_templates": [{"id": 21, "name": "Bâtiment"}],
    "project_types": [{"id": 31, "name": "Institutional"}],
    "departments": [{"id": 41, "name": "Génie civil"}],
    "projects": [
        {
            "id": 101,
            "name": "École Saint-Paul",
            "project_number": "25001",
            "active": True,
            "project_stage_id": 12,
            "total_value": "1250000.00",
            "country_code": "CA",
            "state_code": "QC",
            "created_at": START_STAMP,
        },
        {"id": 102, "name": "Pont de l'Île", "project_number": "25002", "active": True, "created_at": START_STAMP},
        {"id": 103, "name": "Entrepôt fermé", "project_number": "24009", "active": False, "created_at": START_STAMP},
    ],
    "vendors": [
        {"id": 201, "name": "Béton Lévis ltée", "is_active": True, "country_code": "CA", "created_at": START_STAMP},
        {"id": 202, "name": "Acier d'Alma inc.", "is_active": True, "origin_id": "OLD:7", "created_at": START_STAMP},
        {"id": 203, "name": "Toitures Roy", "is_active": False, "created_at": START_STAMP},
    ],
    "standard_cost_code_lists": [{"id": 301, "name": "Belle-Rivière"}],
    "standard_cost_codes": [
        {"id": 311, "standard_cost_code_list_id": 301, "code": "03", "name": "Béton"},
        {"id": 312, "standard_cost_code_list_id": 301, "code": "100", "name": "Coffrages", "parent_id": 311},
        {"id": 313, "standard_cost_code_list_id": 301, "code": "26", "name": "Électricité"},
    ],
    "line_item_types": [
        {"id": 321, "name": "Matériaux", "code": "MAT", "base_type": "materials"},
        {"id": 322, "name": "Main-d'œuvre", "code": "MO", "base_type": "labor"},
    ],
    "cost_codes": [
        {"id": 401, "project_id": 101, "code": "03", "name": "Béton", "created_at": START_STAMP},
        {"id": 402, "project_id": 101, "code": "100", "name": "Coffrages", "parent": {"id": 401}},
        {"id": 403, "biller_id": 102, "biller_type": "Project", "code": "03", "full_code": "03", "name": "Béton"},
    ],
    "wbs_codes": [{"id": 501, "project_id": 101, "cost_code_id": 402, "line_item_type_id": 321}],
    "direct_costs": [
        {
            "id": 601,
            "project": {"id": 101, "name": "École Saint-Paul"},
            "direct_cost_type": "invoice",
            "vendor": {"id": 201, "name": "Béton Lévis ltée"},
            "invoice_number": "F-1001",
            "status": "approved",
            "received_date": "2025-12-10",
            "created_at": START_STAMP,
        },
    ],
    "direct_cost_line_items": [
        {
            "id": 611,
            "project": {"id": 101, "name": "École Saint-Paul"},
            "holder": {"id": 601, "holder_type": "DirectCosts::Item"},
            "wbs_code": {"id": 501, "flat_code": "03-100.MAT"},
            "cost_code": {"id": 402},
            "line_item_type": {"id": 321},
            "amount": "1250.75",
            "created_at": START_STAMP,
        },
    ],
    **{
        collection: [
            {
                "id": row_id,
                "project": {"id": 101, "name": "École Saint-Paul"},
                "number": f"26-{row_id}",
                "title": "Bétonnage",
                "status": status,
                "vendor": {"id": 201, "company": "Béton Lévis ltée"},
                "currency_configuration": {"currency_iso_code": "CAD"},
                "created_at": START_STAMP,
            }
        ]
        for collection, row_id, status in (
            ("purchase_order_contracts", 701, "Submitted"),
            ("work_order_contracts", 702, "Approved"),
        )
    },
    **{
        f"{collection}_line_items": [
            {
                "id": row_id + 10,
                "project": {"id": 101, "name": "École Saint-Paul"},
                f"{collection}_id": row_id,
                "holder": {"id": row_id, "holder_type": holder_type},
                "wbs_code": {"id": 501, "flat_code": "03-100.MAT"},
                "cost_code": {"id": 402},
                "line_item_type": {"id": 321},
                "extended_type": "manual",
                "amount": "5000.00",
                "extended_amount": "5000.00",
                "total_amount": "5748.75",
                "tax_code_id": 331,
                "created_at": START_STAMP,
            }
        ]
        for collection, holder_type, row_id in (
            ("purchase_order_contract", "PurchaseOrderContract", 701),
            ("work_order_contract", "WorkOrderContract", 702),
        )
    },
    "prime_contracts": [
        {
            "id": 703,
            "project_id": 101,
            "number": "25001",
            "title": "Contrat – École",
            "status": "Approved",
            "currency_configuration": {"currency_iso_code": "CAD"},
            "created_at": START_STAMP,
        }
    ],
    "prime_contract_line_items": [
        {
            "id": 713,
            "project": {"id": 101, "name": "École Saint-Paul"},
            "prime_contract_id": 703,
            "wbs_code": {"id": 501},
            "cost_code": {"id": 402},
            "line_item_type": {"id": 321},
            "extended_type": "manual",
            "amount": "90000.00",
            "extended_amount": "90000.00",
            "total_amount": "90000.00",
            "created_at": START_STAMP,
        }
    ],
    **{
        collection: [
            {
                "id": row_id,
                "project_id": 101,
                "contract_id": contract_id,
                "number": "001",
                "title": "Conditions de chantier",
                "status": "approved",
                "grand_total": "250.00",
                "line_items": [
                    {
                        "id": row_id % 10 + 750,
                        "position": 1,
                        "description": "Coffrages",
                        "total_amount": "250.00",
                        "extended_amount": "250.00",
                        "wbs_code": {"id": 501},
                        "cost_code": {"id": 402},
                        "line_item_type": {"id": 321},
                        "holder": {"id": row_id % 10 + 730, "holder_type": "PotentialChangeOrder"},
                    }
                ],
                "created_at": START_STAMP,
                **more,
            }
            for row_id, contract_id, more in rows
        ]
        for collection, rows in (
            ("change_order_packages", ((721, 702, {}), (722, 703, {}))),
            (
                "potential_change_orders",
                (
                    (731, 702, {"change_order_package_id": 721, "change_order_tiers": 1}),
                    (732, 703, {"change_order_package_id": 722, "change_order_tiers": 1}),
                ),
            ),
        )
    },
    "change_order_requests": [
        {"id": 741, "project_id": 101, "contract_id": 702, "title": "Demande", "created_at": START_STAMP}
    ],
    "requisitions": [
        {
            "id": 781,
            "project_id": 101,
            "commitment_id": 702,
            "status": "approved",
            "total_claimed_amount": "1500.00",
            "created_at": START_STAMP,
        }
    ],
    "change_order_statuses": [{"id": 771, "name": "Approved", "mapped_to_status": "approved", "show_in_select": True}],
    "tax_codes": [{"id": 331, "code": "TPSTVQ", "rate1": 14.975}],
    "tax_types": [{"id": 332, "name": "TPS"}],
    "uom_categories": [{"id": 341, "name": "Volume"}],
    "uoms": [
        {"id": 342, "name": "m3", "is_standard": True, "uom_category": {"id": 341, "name": "Volume"}},
        {"id": 343, "name": "voyage", "is_standard": False, "uom_category_id": 341},
    ],
    "documents": [
        *(
            {
                "id": row_id,
                "project_id": project_id,
                "document_type": "folder",
                "name": name,
                "parent_id": parent_id,
                "is_recycle_bin": name == "Recycle Bin",
                "read_only": name in ("Documents", "Recycle Bin"),
                "created_at": START_STAMP,
            }
            for row_id, project_id, name, parent_id in (
                (795, None, "Documents", None),
                (796, None, "Recycle Bin", 795),
                (797, None, "Gabarits", 795),
                (799, 101, "Documents", None),
                (800, 101, "Recycle Bin", 799),
                (801, 101, "Plans", 799),
            )
        ),
        {
            "id": 802,
            "project_id": 101,
            "document_type": "file",
            "name": "Plan A.pdf",
            "parent_id": 801,
            "created_at": START_STAMP,
        },
    ],
    "file_versions": [
        {
            "id": 803,
            "project_id": 101,
            "file_id": 802,
            "number": 1,
            "created_at": START_STAMP,
            "_file_name": "Plan A.pdf",
            "_content": {"made_from": "Plan A", "bytes": 5000, "begins": "pdf"},
        }
    ],
    "image_categories": [{"id": 811, "project_id": 101, "name": "Fondations", "created_at": START_STAMP}],
    "images": [
        {
            "id": 812,
            "project_id": 101,
            "image_category_id": 811,
            "filename": "Semelle.jpg",
            "description": "Semelle coulée",
            "taken_at": START_STAMP,
            "created_at": START_STAMP,
            "_file_name": "Semelle.jpg",
            "_content": {"made_from": "Semelle", "bytes": 900, "begins": "jpg"},
        }
    ],
    "locations": [{"id": 831, "project_id": 101, "name": "Étage 2"}],
    "attachments": [
        {
            "id": 832,
            "project_id": 101,
            "name": "Bon.pdf",
            "_content": {"made_from": "Bon", "bytes": 640, "begins": "pdf"},
        }
    ],
    "meetings": [{"id": 833, "project_id": 101, "title": "Chantier nº 12", "attachments": [{"id": 832}]}],
    **{
        kind.collection: [
            {
                "id": 900 + number,
                "project_id": 101,
                "date": "2026-01-05",
                "attachments": [{"id": 832}],
                "created_at": START_STAMP,
            }
        ]
        for number, kind in enumerate(KINDS)
    },
    **{
        tool.name: [
            {
                "id": 850 + number,
                "project_id": 101,
                **({tool.within: 853} if tool.within else {}),
                "specification_section_division_id": 860,
                "drawing_area": {"id": 853},
                "number": 7 if tool.name == "checklist_lists" else "A-101",
                "created_at": START_STAMP,
                **({"_content": {"made_from": tool.name, "bytes": 700, "begins": "pdf"}} if tool.urls else {}),
            }
        ]
        for number, tool in enumerate(TOOLS_READ)
    },
    "sub_jobs": [{"id": 351, "project_id": 101, "name": "Phase 2", "code": "P2"}],
}


def start() -> StartData:
    return StartData({"m_company": [{"company_id": 1, "name": "Constructions Lévis"}]}, copy.deepcopy(PROCORE))


class StoppedClock(SandboxClock):
    """Moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__(unix_time=lambda: NOW)


@dataclass
class Client:
    """A client with a service account's token, as our own program is one."""

    http: httpx.AsyncClient
    sandbox: Sandbox

    async def token(self) -> str:
        credentials = self.sandbox.credentials
        answer = await self.http.post(
            "/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
            },
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def sign_in(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {await self.token()}"
        self.http.headers["Procore-Company-Id"] = str(COMPANY)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """query: double underscores stand for brackets, `filters__name` for `filters[name]`."""
        written = {_bracketed(name): value for name, value in {"company_id": COMPANY, **query}.items()}
        parameters = {name: value for name, value in written.items() if value is not None}
        return await self.http.get(f"/rest/{path}", params=parameters)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/rest/{path}", json={"company_id": COMPANY, **body})

    async def patch(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.patch(f"/rest/{path}", json={"company_id": COMPANY, **body})

    async def sync(self, collection: str, *updates: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        """Entities and errors of a sync that was answered 200."""
        answer = await self.patch(f"v1.0/{collection}/sync", updates=list(updates))
        assert answer.status_code == 200, answer.text
        content = answer.json()
        return content["entities"], content["errors"]

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"/control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.control("GET", "calls")
        return found


def _bracketed(name: str) -> str:
    return name.replace("filters__", "filters[") + "]" if name.startswith("filters__") else name


@pytest.fixture
def clock() -> SandboxClock:
    return StoppedClock()


@pytest.fixture
def make_client(clock: SandboxClock) -> Iterator[Callable[..., Client]]:
    """Make a signed-out client of a sandbox with these options."""
    sandboxes: list[Sandbox] = []

    def make(**options: Any) -> Client:
        chosen = SandboxOptions(**{"spike_limit": 10_000, "hourly_limit": 100_000, **options})
        sandbox = Sandbox(chosen, data=start(), clock=clock, cut_error=lambda: httpx.RemoteProtocolError("cut"))
        sandboxes.append(sandbox)
        transport = httpx.ASGITransport(app=sandbox)
        return Client(httpx.AsyncClient(transport=transport, base_url=sandbox.base_url), sandbox)

    yield make
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture
async def client(make_client: Callable[..., Client]) -> AsyncIterator[Client]:
    """Signed in, default switches, limits that do not bind."""
    made = make_client()
    await made.sign_in()
    yield made
    await made.http.aclose()
