"""The tables of the sandbox are complete and stand on the document."""

import gzip
import re
import struct
from pathlib import Path

import pytest

import maestro_procore.sandbox
from maestro_procore.places import resource as resource_file
from maestro_procore.sandbox.api_document import DOCUMENT, Place, api_document
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.commitments_kinds import ContractKind
from maestro_procore.sandbox.committed_costs import COMMITTED, PENDING, STATUSES
from maestro_procore.sandbox.options import SWITCHES
from maestro_procore.sandbox.resources import Operation, Resource
from maestro_procore.sandbox.shapes import Shape
from maestro_procore.sandbox.vendors_merged import NAMED_IN

OPERATIONS = [(resource, operation) for resource in RESOURCES for operation in resource.operations]


def _name(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Operation) else getattr(value, "name", str(value))


@pytest.mark.parametrize(("resource", "operation"), OPERATIONS, ids=_name)
def test_an_operation_stands_in_the_document(resource: Resource, operation: Operation) -> None:
    document = api_document()
    assert document.find(operation.method, re.sub(r"\{\w+\}", "1", operation.path)) is not None
    for place in operation.shapes.values():
        assert Shape(document, place).name
    views = {parameter["name"]: parameter for parameter in document.parameters(operation.method, operation.path)}
    if operation.view in views:
        served = {view.partition(" ")[0] for view in operation.shapes} - {"full"}
        assert set(views[operation.view]["schema"]["enum"]) <= served


@pytest.mark.parametrize(("resource", "operation"), OPERATIONS, ids=_name)
def test_a_list_serves_every_documented_filter(resource: Resource, operation: Operation) -> None:
    if operation.kind != "list":
        return
    documented = {
        parameter["name"].removesuffix("[]")
        for parameter in api_document().parameters(operation.method, operation.path)
        if parameter["name"].startswith("filters[")
    }
    served = {each.name.removesuffix("[]") for each in operation.filters if each.name.startswith("filters[")}
    # No custom field definitions exist in this sandbox, so nothing could be filtered by them.
    assert served == documented - {"filters[custom_fields]"}


def test_every_switch_is_asked_somewhere() -> None:
    folder = Path(maestro_procore.sandbox.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "options.py")
    assert [switch.name for switch in SWITCHES if f'"{switch.name}"' not in source] == []


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.name)
def test_a_switch_defaults_to_one_of_its_choices(switch: object) -> None:
    choices = getattr(switch, "choices", None)
    assert choices is None or getattr(switch, "default", None) in choices


def test_a_merge_moves_every_record_that_names_a_vendor() -> None:
    live = {
        (each.name, reference.write)
        for each in RESOURCES
        for reference in each.live
        if reference.collection == "vendors"
    }
    assert live == set(NAMED_IN)


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.collection)
def test_what_counts_in_a_budget_is_a_documented_status(kind: ContractKind) -> None:
    document = api_document()
    one = f"/rest/v1.0/{kind.collection}/{{id}}"
    documented = document.properties(document.at(Place("get", one)))["status"]["enum"]
    assert set(STATUSES[kind]) < set(documented)
    assert set(STATUSES[kind].values()) == {COMMITTED, PENDING}


def test_parts_and_rules_of_a_person_belong_to_what_the_api_serves() -> None:
    known = {resource.name for resource in RESOURCES}
    assert {name for resource in RESOURCES for name, _key in resource.parts.values()} <= known
    for each in RESOURCES:
        if each.marks_deleted:
            assert "deleted_at" in api_document().properties(api_document().at(each.show)), each.name


def test_the_document_is_compressed_the_same_way_each_time() -> None:
    packed = resource_file(DOCUMENT).read_bytes()
    (modified,) = struct.unpack("<I", packed[4:8])
    assert modified == 0
    assert gzip.decompress(packed).startswith(b'{"openapi":"3.0.3"')
