"""The world a sandbox starts with: the training company, or a file of the same two parts, as complete rows."""

import gc
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from maestro_procore.sandbox.answers import Call
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.resources import Reference, Resource
from maestro_procore.sandbox.row_changes import brief
from maestro_procore.sandbox.scopes import scope_of_start_row
from maestro_procore.sandbox.sign_in import USERS
from maestro_procore.sandbox.visits import Bearer, Visit
from maestro_procore.sandbox.world import COMPANY, Row, World

SIZES = ("small", "reference")


class CompanyRefused(ValueError):
    """Start data that cannot be used. The text says which file and why."""


@dataclass(frozen=True)
class StartData:
    """company: the maestro* side, plain rows per table; procore: rows per collection word."""

    company: Mapping[str, Any]
    procore: Mapping[str, list[Row]]


def start_data(company: str) -> StartData:
    """`small`, `reference` or the path of a JSON file. Errors: CompanyRefused."""
    if company in SIZES:
        # Loaded when asked for: a sandbox with a file of its own needs no generator.
        generated = importlib.import_module("maestro_procore.sandbox.training_company").generate(company)
        return StartData(generated.company, generated.procore)
    try:
        content = orjson.loads(Path(company).read_bytes())
        return StartData(content["company"], content["procore"])
    except OSError as error:
        raise CompanyRefused(f"{company}: {error.strerror}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CompanyRefused(f"{company}: not an object with company and procore ({error})") from error


def fill(world: World, data: StartData, document: ApiDocument, clock: SandboxClock, switches: Switches) -> None:
    """Make the start rows; the caller commits. Ids stay as given, fields without data are completed.

    Errors: CompanyRefused.
    """
    companies = data.procore.get("companies") or []
    if not companies:
        raise CompanyRefused("the start data names no Procore company")
    for name, rows in data.procore.items():
        if not all(isinstance(row.get("id"), int) for row in rows):
            raise CompanyRefused(f"{name}: every row needs an id, a whole number")
    for row in companies:
        world.collection("companies").put(
            {"is_active": True, "logo_url": None, "pcn_business_experience": False, "my_company": True, **row}
        )
    default_company = companies[0]["id"]
    world.new_ids_above(max(row["id"] for rows in data.procore.values() for row in rows))
    _make_users(world, data.procore.get(USERS) or [], default_company)
    visit = Visit(
        Call("GET", "/", "", {}, b""),
        Bearer(next(iter(world.collection(USERS))), is_service=False),
        world,
        clock,
        switches,
        document,
        company_id=default_company,
    )
    # A hundred thousand new rows would be searched for cycles again and again, and they have none.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        _make_rows(world, data, visit)
    finally:
        if was_collecting:
            gc.enable()


def _make_rows(world: World, data: StartData, visit: Visit) -> None:
    known = {resource.name: resource for resource in RESOURCES}
    # What others refer to comes first: look-up lists, then projects, then vendors.
    for name in sorted(data.procore, key=lambda name: (name in known and name in ("projects", "vendors"), name)):
        if name in ("companies", USERS):
            continue
        for row in data.procore[name]:
            world.collection(name).put(complete_row(known.get(name), row, visit))


def complete_row(resource: Resource | None, given: Row, visit: Visit) -> Row:
    """A start row, or one made through the control interface, with every documented field."""
    row: Row = {} if resource is None else {**visit.document.blank(resource.show), **resource.defaults}
    row.update(given)
    if row.get("created_at") is None:
        row["created_at"] = visit.clock.stamp()
    if row.get("updated_at") is None:
        row["updated_at"] = row["created_at"]
    row[COMPANY] = _company_of(given, visit)
    if resource is None:
        return row
    if resource.scope is not None:
        row[resource.scope.key] = scope_of_start_row(resource.scope, given)
    for reference in resource.references:
        _complete_reference(row, given, reference, visit)
    if resource.derive is not None:
        resource.derive(row, visit)
    return row


def _company_of(given: Row, visit: Visit) -> int:
    company = given.get("company")
    named = company.get("id") if isinstance(company, dict) else None
    return int(given.get(COMPANY) or given.get("company_id") or named or visit.company_id)


def _complete_reference(row: Row, given: Row, reference: Reference, visit: Visit) -> None:
    """From the record its id, or from the id the record, whichever was given."""
    read, write = reference.read, reference.write
    if read is None:
        return
    if reference.live:
        if isinstance(given.get(read), dict) and write not in given:
            row[write] = given[read].get("id")
        row[read] = None
        return
    if isinstance(given.get(read), dict) and write not in given:
        row[write] = given[read].get("id")
    elif given.get(write) is not None and not isinstance(given[write], list) and read not in given:
        other = visit.world.collection(reference.collection).get(given[write])
        row[read] = None if other is None else brief(other)


def _make_users(world: World, given: list[Row], company_id: int) -> None:
    users = world.collection(USERS)
    for row in given:
        users.put({COMPANY: company_id, **row})
    if not any(not user.get("_is_service") for user in users):
        users.put(
            {"id": world.new_id(), "login": "chantal.roy@example.com", "name": "Chantal Roy", COMPANY: company_id}
        )
    if not any(user.get("_is_service") for user in users):
        users.put(
            {
                "id": world.new_id(),
                "login": "service-account@example.com",
                "name": "maestro_procore Service Account",
                "_is_service": True,
                COMPANY: company_id,
            }
        )
