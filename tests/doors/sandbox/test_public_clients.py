"""Clients that nobody here wrote, run unchanged, judge the sandbox: ProPyCore and Procore's own @procore/js-sdk."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ProPyCore.exceptions import NotFoundItemError, UnauthorizedClientError
from ProPyCore.procore import Procore

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox

from .conftest import COMPANY, start

JS_SDK = Path(__file__).parent / "js_sdk"
NEEDS_NODE = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="Node or npm is not installed"
)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """Default switches and not strict, as public clients are promised."""
    with RunningSandbox(SandboxOptions(spike_limit=1000), data=start()) as running:
        yield running


@pytest.fixture
def propycore(sandbox: RunningSandbox) -> Procore:
    line = sandbox.start_line
    return Procore(line["client_id"], line["client_secret"], "", line["procore_api"], line["procore_login"])


def test_propycore_signs_in_and_finds_its_company(propycore: Procore) -> None:
    assert [row["id"] for row in propycore.companies.get()] == [COMPANY]
    assert propycore.companies.find("Constructions Lévis")["id"] == COMPANY


def test_propycore_reads_all_projects_and_their_lists(propycore: Procore) -> None:
    projects = propycore.projects.get(COMPANY)
    assert [row["name"] for row in projects] == ["École Saint-Paul", "Pont de l'Île", "Entrepôt fermé"]
    assert propycore.projects.find(COMPANY, "Pont de l'Île")["id"] == 102
    assert propycore.projects.get_type(COMPANY, 101) is None
    assert [row["id"] for row in propycore.companies.get_projects(COMPANY)] == [101, 102, 103]
    assert [row["name"] for row in propycore.companies.list_project_stages(COMPANY)] == [
        "Bidding",
        "Course of Construction",
    ]
    assert propycore.companies.list_project_types(COMPANY)[0]["name"] == "Institutional"
    with pytest.raises(NotFoundItemError):
        propycore.projects.find(COMPANY, "Unknown")


def test_propycore_reads_company_and_project_vendors_page_by_page(sandbox: RunningSandbox, propycore: Procore) -> None:
    vendors = propycore.directory.vendors.get(COMPANY, per_page=1)
    assert [row["id"] for row in vendors] == [201, 202]
    assert propycore.directory.vendors.find(COMPANY, 202)["origin_id"] == "OLD:7"
    assert propycore.directory.vendors.get(COMPANY, project_id=101) == []
    log = [call for call in sandbox.sandbox.log.as_list() if str(call["path"]).endswith("/v1.0/vendors")]
    # It reads until a page is empty: 3 calls, then 2 with all on one page.
    assert len(log) == 5


def test_propycore_reads_and_makes_cost_codes(propycore: Procore) -> None:
    made = propycore.cost_codes.create(COMPANY, 101, "Électricité", "26", position=3)
    codes = propycore.cost_codes.get(COMPANY, 101, per_page=2)
    assert [row["full_code"] for row in codes] == ["03", "03-100", "26"]
    assert propycore.cost_codes.find(COMPANY, 101, "Électricité")["id"] == made["id"]
    with pytest.raises(NotFoundItemError):
        propycore.cost_codes.show(COMPANY, 101, 403)


def test_propycore_writes_a_direct_cost_by_form_and_its_lines_by_json(propycore: Procore) -> None:
    fields = {"invoice_number": "F-77", "vendor_id": 201, "direct_cost_type": "invoice", "origin_id": "PPC:1"}
    made = propycore.direct_costs.create(COMPANY, 101, fields, [{"wbs_code_id": 501, "manual_amount": 12.5}])
    found = propycore.direct_costs.find(COMPANY, 101, "F-77")
    propycore.direct_costs.update(COMPANY, 101, made["id"], {"terms": "Net 30"}, [])
    shown = propycore.direct_costs.show(COMPANY, 101, made["id"])
    assert (found["grand_total"], shown["terms"], len(shown["line_items"])) == ("12.50", "Net 30", 1)
    assert [row["id"] for row in propycore.direct_costs.get(COMPANY, 101)] == [601, made["id"]]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # this client leaves what it uploads open
def test_propycore_keeps_files_and_folders(propycore: Procore, tmp_path: Path) -> None:
    local = tmp_path / "Détail – coupe.pdf"
    local.write_bytes(b"%PDF-1.7 coupe")
    folders, files = propycore.folders, propycore.files
    folder = folders.create(COMPANY, 101, "Détails", 801)
    made = files.create(COMPANY, 101, local.as_posix(), folder["id"], "Coupe")
    assert (made["name_with_path"], made["size"]) == ("Plans/Détails/Détail – coupe.pdf", 14)
    assert [row["name"] for row in folders.get(COMPANY, 101)] == ["Détails", "Plans", "Recycle Bin"]
    assert {row["id"] for row in files.get(COMPANY, 101, 801, view="extended")} == {802, made["id"]}
    assert files.find(COMPANY, 101, "Plan A.pdf")["file_versions"][0]["number"] == 1
    assert files.search(COMPANY, 101, "coupe", file_types=["pdf"])["id"] == made["id"]
    local.write_bytes(b"%PDF-1.7 coupe B")
    assert len(files.update(COMPANY, 101, made["id"], local.as_posix())["file_versions"]) == 2
    moved = files.update(COMPANY, 101, made["id"], folder_id=801, filename="Coupe B.pdf")
    renamed = folders.update(COMPANY, 101, folder["id"], folder_name="Anciens", private=True)
    assert (moved["name_with_path"], renamed["private"]) == ("Plans/Coupe B.pdf", True)
    assert files.remove(COMPANY, 101, made["id"]) == {"status_code": 200}
    assert folders.remove(COMPANY, 101, folder["id"]) == {"status_code": 200}
    root = folders.root(COMPANY, 101)
    assert {row["name"] for row in root["folders"]} == {"Plans", "Recycle Bin"}
    with pytest.raises(NotFoundItemError):
        folders.get(COMPANY, 101, folder["id"])


def test_propycore_keeps_albums(propycore: Procore) -> None:
    made = propycore.photos.categories.create(COMPANY, 101, "Façade")
    assert [row["name"] for row in propycore.photos.categories.get(COMPANY, 101)] == ["Fondations", "Façade"]
    assert propycore.photos.categories.show(COMPANY, 101, made["id"])["count"] == 0


def test_propycore_reads_rfis_submittals_drawings_and_punch_items(propycore: Procore) -> None:
    assert propycore.rfis.find(COMPANY, 101, "A-101")["id"] == 850
    assert [row["id"] for row in propycore.submittals.get(COMPANY, 101)] == [851]
    assert propycore.submittals.show(COMPANY, 101, 851)["id"] == 851
    assert [row["id"] for row in propycore.drawings.sets.get(COMPANY, 101)] == [854]
    assert propycore.drawings.revisions.get(COMPANY, 101)[0]["pdf_url"]
    assert propycore.drawings.revisions.show(COMPANY, 101, 857)["pdf_size"] == 700
    assert [row["id"] for row in propycore.quality.punch.get(COMPANY, 101)] == [862]


def test_propycore_reads_budget_views_columns_rows_and_details(propycore: Procore) -> None:
    view = propycore.budgets.views.find(COMPANY, 101, "Procore Standard Budget")
    columns = propycore.budgets.columns.get(COMPANY, 101, view["id"])
    rows = propycore.budgets.rows.get(COMPANY, 101, view["id"])
    details = propycore.budgets.details.get(COMPANY, 101, view["id"])
    assert propycore.budgets.columns.find(COMPANY, 101, view["id"], "Direct Costs") in columns
    shown = ("cost_code", "Direct Costs", "Committed Costs", "Approved COs", "Revised Budget")
    assert [[row[name] for name in shown] for row in rows] == [
        ["03-100 - Coffrages", "1250.75", "5250.00", "250.00", "250.00"]
    ]
    assert propycore.budgets.columns.find(COMPANY, 101, view["id"], "Committed Costs") in columns
    assert [row["item"] for row in details if "Direct Costs" in row] == ["F-1001"]
    assert [row["item"] for row in details if "Committed Costs" in row] == [
        "26-702 - Bétonnage",
        "001 - Conditions de chantier",
    ]


def test_propycore_is_told_when_its_token_has_died(sandbox: RunningSandbox, propycore: Procore) -> None:
    sandbox.sandbox.clock.advance(5400)
    with pytest.raises(UnauthorizedClientError):
        propycore.companies.get()
    propycore.reset_access_token()
    assert propycore.companies.get()


def test_propycore_with_a_wrong_secret_gets_no_token(sandbox: RunningSandbox) -> None:
    line = sandbox.start_line
    with pytest.raises(KeyError, match="access_token"):
        Procore(line["client_id"], "wrong", "", line["procore_api"], line["procore_login"])


@pytest.fixture(scope="session")
def js_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The locked packages, installed outside the checkout."""
    folder = tmp_path_factory.mktemp("js_sdk")
    for name in ("package.json", "package-lock.json", ".npmrc", "journey.js"):
        shutil.copy(JS_SDK / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, shell=os.name == "nt")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def seen(js_sdk: Path, sandbox: RunningSandbox) -> dict[str, Any]:
    """What the journey with Procore's own client saw."""
    line = sandbox.start_line
    asked = {
        "base": line["procore_api"],
        "clientId": line["client_id"],
        "clientSecret": line["client_secret"],
        "companyId": COMPANY,
        "redirectUri": "http://localhost:5000/callback",
    }
    done = subprocess.run(["node", "journey.js"], cwd=js_sdk, input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@NEEDS_NODE
def test_the_js_sdk_signs_in_reads_writes_refreshes_and_revokes(seen: dict[str, Any]) -> None:
    assert seen["expires"] == 5400
    assert seen["info"]["resource_owner_id"] == seen["me"]["id"]
    assert COMPANY in seen["companies"]
    assert (seen["projects"], seen["shown"]) == ([101, 102], "25001 - École Saint-Paul")
    assert (seen["vendors"], seen["total"]) == (1, "2")
    assert seen["synced"] == [[seen["created"], "Alma"]]
    assert seen["codes"] == [["03-200", "JS:C"]]
    assert seen["costs"] == [["601", "1250.75"], ["JS:D", "42.10"]]
    assert seen["orders"] == ["26-701", "26-702"]
    assert seen["both"] == [["701", "PurchaseOrderContract"], ["702", "WorkOrderContract"]]
    assert (seen["packages"], seen["invoices"]) == ([[721, "250.00"], [722, "250.00"]], [702])
    # The direct cost that this client made is a draft.
    assert seen["rows"] == [["5250.00", "1250.75"]]
    assert seen["files"] == [7, "bonjour", "Plans/Été nº 1", "Plans/Été nº 1/note.txt"]
    assert seen["refused"] == 404
    # This client refreshes after any refusal: once for the 404, once for the token that died.
    assert seen["refreshes"] == 2
    assert seen["after"] == seen["me"]
    assert seen["stale"] == "invalid_grant"
    assert (seen["revoked"], seen["dead"]) == ({}, 401)


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((JS_SDK / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in package and package["integrity"] for package in packages)
