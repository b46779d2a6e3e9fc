"""Sync actions: how records are found, what is answered, what a bad entry does to the good ones."""

from typing import Any

import pytest

from .conftest import Client

BOTH = pytest.mark.parametrize(("collection", "known"), [("vendors", 201), ("projects", 101)])


async def _origin(client: Client, collection: str, row_id: int) -> Any:
    return {row["id"]: row["origin_id"] for row in await client.control("GET", f"state/{collection}")}[row_id]


@BOTH
async def test_an_id_alone_updates(client: Client, collection: str, known: int) -> None:
    entities, errors = await client.sync(collection, {"id": known, "city": "Lévis"})
    assert (entities[0]["id"], entities[0]["city"], errors) == (known, "Lévis", [])


@BOTH
async def test_an_unknown_id_is_an_error_and_never_a_creation(client: Client, collection: str, known: int) -> None:
    before = await client.control("GET", f"state/{collection}")
    entities, errors = await client.sync(collection, {"id": 999, "name": "X", "origin_id": "MST:9"})
    assert entities == []
    assert errors == [
        {"id": 999, "name": "X", "origin_id": "MST:9", "errors": {"id": ["Entity with this ID not found"]}}
    ]
    assert await client.control("GET", f"state/{collection}") == before


@BOTH
async def test_an_origin_id_alone_creates_once_and_then_updates(client: Client, collection: str, known: int) -> None:
    first, _ = await client.sync(collection, {"origin_id": "MST:1", "name": "New"})
    second, _ = await client.sync(collection, {"origin_id": "MST:1", "name": "Newer"})
    assert first[0]["id"] == second[0]["id"]
    assert second[0]["name"] == "Newer"


@BOTH
async def test_neither_id_nor_origin_id_creates_each_time(client: Client, collection: str, known: int) -> None:
    first, _ = await client.sync(collection, {"name": "Same"})
    second, _ = await client.sync(collection, {"name": "Same"})
    assert first[0]["id"] != second[0]["id"]


@BOTH
async def test_id_and_origin_id_replace_the_origin_id(client: Client, collection: str, known: int) -> None:
    await client.sync(collection, {"id": known, "origin_id": "MST:1"})
    entities, errors = await client.sync(collection, {"id": known, "origin_id": "MST:2"})
    fresh, _ = await client.sync(collection, {"origin_id": "MST:1", "name": "Another"})
    assert (entities[0]["origin_id"], errors) == ("MST:2", [])
    assert fresh[0]["id"] != known


@BOTH
async def test_an_origin_id_of_another_record_is_refused(client: Client, collection: str, known: int) -> None:
    await client.sync(collection, {"origin_id": "MST:1", "name": "Owner"})
    entities, errors = await client.sync(collection, {"id": known, "origin_id": "MST:1"})
    assert (entities, errors[0]["errors"]) == ([], {"origin_id": ["has already been taken"]})
    assert await _origin(client, collection, known) is None


async def test_origin_ids_are_unique_per_type_only(client: Client) -> None:
    await client.sync("vendors", {"id": 201, "origin_id": "MST:1"})
    _entities, errors = await client.sync("projects", {"id": 101, "origin_id": "MST:1"})
    assert errors == []


async def test_two_records_may_exchange_their_origin_ids_in_steps(client: Client) -> None:
    await client.sync("vendors", {"id": 201, "origin_id": "A"}, {"id": 202, "origin_id": "B"})
    await client.sync(
        "vendors", {"id": 201, "origin_id": "C"}, {"id": 202, "origin_id": "A"}, {"id": 201, "origin_id": "B"}
    )
    found, _ = await client.sync("vendors", {"origin_id": "A", "city": "x"}, {"origin_id": "B", "city": "x"})
    assert [row["id"] for row in found] == [202, 201]


async def test_bad_entries_do_not_stop_the_good_ones(client: Client) -> None:
    entities, errors = await client.sync(
        "vendors",
        {"origin_id": "MST:1", "name": "Good"},
        {"origin_id": "MST:2"},
        {"origin_id": "MST:3", "name": "X", "country_code": "CA", "state_code": "TX"},
        {"origin_id": "MST:4", "name": "X", "colour": "red"},
        {"origin_id": "MST:5", "name": "Also good"},
    )
    assert [row["origin_id"] for row in entities] == ["MST:1", "MST:5"]
    assert [(row["origin_id"], list(row["errors"])) for row in errors] == [
        ("MST:2", ["name"]),
        ("MST:3", ["state_code"]),
        ("MST:4", ["colour"]),
    ]


async def test_a_thousand_updates_pass_and_one_more_is_refused_whole(client: Client) -> None:
    updates = [{"name": f"V{n}", "origin_id": f"MST:{n}"} for n in range(1001)]
    entities, errors = await client.sync("vendors", *updates[:1000])
    refused = await client.patch("v1.0/vendors/sync", updates=updates)
    await client.control("POST", "switches", {"sync_over_limit_status": 413})
    too_large = await client.patch("v1.0/vendors/sync", updates=updates)
    assert (len(entities), errors) == (1000, [])
    assert (refused.status_code, too_large.status_code) == (400, 413)
    assert len(await client.control("GET", "state/vendors")) == 1003


@pytest.mark.parametrize("updates", [None, "x", [1], {}], ids=str)
async def test_updates_that_are_no_list_of_objects_are_400(client: Client, updates: Any) -> None:
    assert (await client.patch("v1.0/vendors/sync", updates=updates)).status_code == 400


async def test_no_updates_are_answered_with_nothing(client: Client) -> None:
    assert await client.sync("vendors") == ([], [])


async def test_an_inactive_vendor_is_found_by_id(client: Client) -> None:
    entities, _ = await client.sync("vendors", {"id": 203, "origin_id": "MST:1", "is_active": True})
    assert entities[0]["is_active"] is True


async def test_projects_sync_knows_fewer_fields_than_create(client: Client) -> None:
    _entities, errors = await client.sync("projects", {"id": 101, "origin_code": "EXT-1"})
    single = await client.patch("v1.0/projects/101", project={"origin_code": "EXT-1"})
    assert errors[0]["errors"] == {"origin_code": ["is not a known field"]}
    assert single.json()["origin_code"] == "EXT-1"


async def test_a_collection_may_refuse_ids(client: Client) -> None:
    await client.control("POST", "switches", {"sync_refuses_id": ["vendors"]})
    entities, errors = await client.sync("vendors", {"id": 201, "city": "x"}, {"origin_id": "OLD:7", "city": "x"})
    assert [row["id"] for row in entities] == [202]
    assert errors[0]["errors"] == {"id": ["is not permitted"]}


async def test_entities_may_come_in_another_order(client: Client) -> None:
    await client.control("POST", "switches", {"sync_entities_order": "reversed"})
    entities, _ = await client.sync("vendors", {"id": 201, "city": "x"}, {"id": 202, "city": "x"})
    assert [row["id"] for row in entities] == [202, 201]
