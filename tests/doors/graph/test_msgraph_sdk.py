"""Microsoft's own SDK for Python, run unchanged, reads and writes a drive of the sandbox.

Importing it compiles a few hundred of its modules the first time.
"""

import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox

from .conftest import start
from .foreign import person_token

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the SDK's own parts, among each other
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from msgraph import GraphServiceClient
    from msgraph.generated.drives.item.items.item.children.children_request_builder import ChildrenRequestBuilder
    from msgraph.generated.models.drive_item import DriveItem
    from msgraph.generated.models.folder import Folder
    from msgraph.generated.models.item_reference import ItemReference
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph_core import GraphClientFactory

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its modules load when they are first used


class Credential:
    """A token that was got elsewhere, as azure-identity would hand it out."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, 4_000_000_000)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxOptions(), data=start()) as made:
        yield made


@pytest.fixture
async def graph(running: RunningSandbox) -> AsyncIterator[GraphServiceClient]:
    token = person_token(running, "Files.ReadWrite.All Sites.Read.All User.Read")["access_token"]
    provider = AzureIdentityAuthenticationProvider(
        Credential(token), scopes=["https://graph.microsoft.com/.default"], allowed_hosts=["127.0.0.1"]
    )
    # The SDK puts its own transport around this one, and does not close it.
    async with (
        httpx.AsyncHTTPTransport(trust_env=False) as transport,
        httpx.AsyncClient(transport=transport, trust_env=False) as plain,
    ):
        client = GraphClientFactory.create_with_default_middleware(client=plain, options=options)
        adapter = GraphRequestAdapter(provider, client=client)
        adapter.base_url = f"{running.start_line['graph']}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)


async def test_the_sdk_finds_its_person_drives_and_sites(graph: GraphServiceClient, running: RunningSandbox) -> None:
    me, drive = await graph.me.get(), await graph.me.drive.get()
    assert me and drive and (me.display_name, drive.drive_type) == ("Chantal Roy", "business")
    library = await graph.drives.by_drive_id(running.start_line["drive_id"]).get()
    assert library and library.quota and (library.name, library.quota.state) == ("Documents", "normal")
    site = await graph.sites.by_site_id(library.web_url.split("/")[2] + ":/sites/Chantiers:").get()
    assert site and site.display_name == "Chantiers"
    libraries = await graph.sites.by_site_id(site.id).drives.get()
    assert libraries and [each.id for each in libraries.value] == [library.id]


async def test_the_sdk_makes_fills_lists_moves_and_deletes(graph: GraphServiceClient, running: RunningSandbox) -> None:
    drive = graph.drives.by_drive_id(running.start_line["drive_id"])
    folder = await drive.items.by_drive_item_id("root").children.post(DriveItem(name="Chantier A", folder=Folder()))
    assert folder and folder.id
    await drive.items.by_drive_item_id("root:/Chantier A/plan.txt:").content.put(b"abc")
    item = await drive.items.by_drive_item_id("root:/Chantier A/plan.txt:").get()
    assert item and item.file and (item.size, item.file.hashes.quick_xor_hash) == (3, "YRDDGAAAAAAAAAAAAwAAAAAAAAA=")
    assert await drive.items.by_drive_item_id(item.id).content.get() == b"abc"
    wanted = ChildrenRequestBuilder.ChildrenRequestBuilderGetQueryParameters(select=["id", "name"], top=1)
    configuration = ChildrenRequestBuilder.ChildrenRequestBuilderGetRequestConfiguration(query_parameters=wanted)
    children = await drive.items.by_drive_item_id(folder.id).children.get(configuration)
    assert children and [(child.id, child.name) for child in children.value] == [(item.id, "plan.txt")]
    root = await drive.root.get()
    moved = DriveItem(name="plan B.txt", parent_reference=ItemReference(id=root.id if root else None))
    assert (await drive.items.by_drive_item_id(item.id).patch(moved)).id == item.id
    await drive.items.by_drive_item_id(folder.id).delete()
    with pytest.raises(ODataError) as refused:
        await drive.items.by_drive_item_id(folder.id).get()
    assert refused.value.response_status_code == 404
    assert refused.value.error and refused.value.error.code == "itemNotFound"


async def test_the_sdk_follows_delta_and_is_told_of_a_token_that_ended(
    graph: GraphServiceClient, running: RunningSandbox
) -> None:
    drive = graph.drives.by_drive_id(running.start_line["drive_id"])
    delta = drive.items.by_drive_item_id("root").delta
    first = await delta.get()
    assert first and first.odata_delta_link
    made = await drive.items.by_drive_item_id("root:/new.txt:").content.put(b"x")
    changed = await delta.with_url(first.odata_delta_link).get()
    assert made and changed and made.id in [item.id for item in changed.value]
    control = running.start_line["control"]
    httpx.post(f"{control}/graph", json={"forget_delta_tokens": "upload"}, trust_env=False).raise_for_status()
    with pytest.raises(ODataError) as ended:
        await delta.with_url(changed.odata_delta_link).get()
    assert ended.value.response_status_code == 410
    assert ended.value.error and ended.value.error.code == "resyncChangesUploadDifferences"
    assert (await delta.with_url(str(ended.value.response_headers["location"])).get()).odata_delta_link


async def test_the_sdk_waits_as_a_429_says(graph: GraphServiceClient, running: RunningSandbox) -> None:
    control = running.start_line["control"]
    fault = {"api": "graph", "path": "*/delta*", "status": 429, "headers": {"Retry-After": "1"}}
    httpx.delete(f"{control}/calls", trust_env=False)
    httpx.post(f"{control}/faults", json=fault, trust_env=False).raise_for_status()
    drive = graph.drives.by_drive_id(running.start_line["drive_id"])
    assert await drive.items.by_drive_item_id("root").delta.get()
    calls = httpx.get(f"{control}/calls", trust_env=False).json()
    assert [call["status"] for call in calls] == [429, 200]
