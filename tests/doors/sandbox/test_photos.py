"""The Photos tool: images with their addresses, albums, what is private and what was deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import START_STAMP, Client
from .test_documents import OF_PROJECT, download, violations
from .test_uploads import announce, storage

IMAGES, ALBUMS = "/rest/v1.0/images", "/rest/v1.0/image_categories"
ALBUM, IMAGE = 811, 812


@pytest.fixture
async def strict(make_client: Callable[..., Client]) -> Client:
    client = make_client(strict=True)
    await client.sign_in()
    return client


async def images(client: Client, **query: Any) -> list[Any]:
    answer = await client.http.get(IMAGES, params={**OF_PROJECT, **query})
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()
    return found


async def send(client: Client, body: bytes, name: str = "Dalle.jpg", **fields: Any) -> Any:
    data = {"image_name": name, **{f"image[{key}]": value for key, value in fields.items()}}
    answer = await client.http.post(IMAGES, params=OF_PROJECT, data=data, files={"image[data]": (name, body)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_image_is_uploaded_in_one_call_or_attached(strict: Client) -> None:
    body = b"\xff\xd8\xff" + bytes(100)
    made = await send(strict, body, description="Dalle du 2e", image_category_id=ALBUM)
    assert (made["size"], made["image_category_name"], made["filename"]) == (103, "Fondations", "Dalle.jpg")
    assert (await download(strict, made["url"])).content == body
    upload = await announce(strict)
    async with storage(strict) as http:
        await http.post(upload["url"], data=upload["fields"], files={"file": ("a", b"x")})
    attached = {"image_name": "b.jpg", "upload_uuid": upload["uuid"], "image": {"private": True}}
    answer = await strict.http.post(IMAGES, params=OF_PROJECT, json=attached)
    assert (answer.json()["image_category_name"], answer.json()["private"]) == ("Unclassified", True)
    assert await violations(strict) == []


async def test_an_image_is_described_moved_deleted_and_gone(strict: Client) -> None:
    strict.sandbox.clock.advance(60)
    album = (await strict.http.post(ALBUMS, params=OF_PROJECT, json={"image_category": {"name": "Façade"}})).json()
    change = {"image": {"description": "Semelle nord", "image_category_id": album["id"]}}
    shown = (await strict.http.patch(f"{IMAGES}/{IMAGE}", params=OF_PROJECT, json=change)).json()
    assert (shown["description"], shown["image_category_name"]) == ("Semelle nord", "Façade")
    assert shown["taken_at"] == START_STAMP < shown["updated_at"]
    unknown = await strict.http.patch(f"{IMAGES}/{IMAGE}", params=OF_PROJECT, json={"image": {"image_category_id": 5}})
    assert unknown.status_code == 400
    assert (await strict.http.delete(f"{IMAGES}/{IMAGE}", params=OF_PROJECT)).status_code == 200
    assert await images(strict) == []
    assert (await strict.http.get(f"{IMAGES}/{IMAGE}", params=OF_PROJECT)).status_code == 404
    assert await violations(strict) == []


async def test_images_are_filtered_by_album_text_and_time(strict: Client) -> None:
    strict.sandbox.clock.advance(60)
    newer = await send(strict, b"x", description="Mur est")
    assert await images(strict, serializer_view="ids_only") == [IMAGE, newer["id"]]
    assert [row["id"] for row in await images(strict, image_category_id=ALBUM)] == [IMAGE]
    assert [row["id"] for row in await images(strict, **{"filters[query]": "mur"})] == [newer["id"]]
    since = {"filters[updated_at]": f"{strict.sandbox.clock.stamp()}...2027-01-01"}
    assert [row["id"] for row in await images(strict, **since)] == [newer["id"]]
    albums = await strict.http.get(f"{ALBUMS}/ids_with_images", params={**OF_PROJECT, **since})
    assert albums.json() == [newer["image_category_id"]]
    assert [row["id"] for row in await images(strict, sort="-taken_at")] == [newer["id"], IMAGE]


async def test_an_album_with_photos_stays_unless_the_switch_says_otherwise(strict: Client) -> None:
    one = f"{ALBUMS}/{ALBUM}"
    renamed = await strict.http.patch(one, params=OF_PROJECT, json={"image_category": {"name": "Semelles"}})
    assert (renamed.json()["name"], renamed.json()["count"]) == ("Semelles", 1)
    assert (await strict.http.delete(one, params=OF_PROJECT)).status_code == 400
    await strict.control("POST", "switches", {"album_deletion": "with_photos"})
    assert (await strict.http.delete(one, params=OF_PROJECT)).status_code == 200
    assert await images(strict) == []


async def test_private_photos_are_for_admins(strict: Client) -> None:
    await strict.http.patch(
        f"{ALBUMS}/{ALBUM}", params=OF_PROJECT, json={"image_category": {"name": "A", "private": True}}
    )
    assert len(await images(strict)) == 1
    level = {"project_id": 101, "tool": "images", "who": "service", "level": "standard"}
    await strict.control("POST", "state/tool_permissions", level)
    assert await images(strict) == []
    assert (await strict.http.get(ALBUMS, params=OF_PROJECT)).json() == []


async def test_another_user_takes_a_photo(strict: Client) -> None:
    photo = {"project_id": 101, "filename": "Grue.jpg", "taken_at": "2025-12-24T15:00:00Z", "content": "grue"}
    made = await strict.control("POST", "state/images", photo)
    assert (made["taken_at"], made["size"]) == ("2025-12-24T15:00:00Z", 4)
    assert (await strict.http.get(f"/control/content/images/{made['id']}")).text == "grue"
    await strict.control("DELETE", f"state/images/{made['id']}")
    assert [row["id"] for row in await images(strict)] == [IMAGE]
