"""One call of Graph: what an answer means, who gets the token, and what the history keeps."""

import base64
import json

import httpx
import pytest

from maestro_procore.drive.addresses import child, item, site_at
from maestro_procore.drive.answers import BY_CODE, BY_STATUS, STATUS_FIRST, GraphFailed
from maestro_procore.drive.connection import USUAL_GRAPH, MicrosoftConnection, may_hold_content
from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.microsoft_clouds import CLOUDS, address_of, cloud_of
from tests.doors.drive.fake_graph import GRAPH, STORAGE, World, file_row, folder_row, ok, refused


async def failure(*answers, write: bool = False) -> FileCallFailed:
    world = World(*answers)
    with pytest.raises(FileCallFailed) as caught:
        if write:
            await world.store.rename_or_move(SEEN, name="new.pdf", parent_id="ROOT")
        else:
            await world.store.item("F1")
    return caught.value


SEEN = World().store._calls.item(file_row())

# Status and codes, outermost first; trouble; message.
MEANINGS = [
    (400, ("invalidRequest", "pathIsTooLong"), FileTrouble.REFUSED, "DRV-10"),
    (400, ("invalidRequest",), FileTrouble.REFUSED, "DRV-13"),
    (400, ("invalidRequest", "nobodyKnowsThis"), FileTrouble.REFUSED, "DRV-13"),
    (403, ("accessDenied",), FileTrouble.FORBIDDEN, "DRV-09"),
    (403, ("accessDenied", "malwareDetected"), FileTrouble.REFUSED, "DRV-12"),
    (403, ("notAllowed", "resourceLocked"), FileTrouble.LOCKED, "DRV-04"),
    (404, ("UnknownError",), FileTrouble.GONE, "DRV-08"),
    (409, ("nameAlreadyExists",), FileTrouble.NAME_TAKEN, "DRV-06"),
    (409, ("nameAlreadyExists", "similarRelationshipNameAlreadyExists"), FileTrouble.NAME_TAKEN, "DRV-06"),
    (409, ("resourceModified",), FileTrouble.CHANGED, "DRV-07"),
    (413, ("invalidRequest", "maxFileSizeExceeded"), FileTrouble.REFUSED, "DRV-11"),
    (423, ("resourceLocked",), FileTrouble.LOCKED, "DRV-04"),
    (423, ("accessDenied",), FileTrouble.LOCKED, "DRV-04"),
    (423, ("notAllowed", "resourceLocked"), FileTrouble.LOCKED, "DRV-04"),
    (403, ("accessDenied", "totalAffectedItemCountExceeded"), FileTrouble.REFUSED, "DRV-19"),
    (500, ("generalException",), FileTrouble.AGAIN, "DRV-02"),
    (503, ("serviceNotAvailable",), FileTrouble.AGAIN, "DRV-02"),
    (507, ("quotaLimitReached",), FileTrouble.FULL, "DRV-05"),
    (507, ("insufficientStorage",), FileTrouble.FULL, "DRV-05"),
]


@pytest.mark.parametrize(("status", "codes", "trouble", "code"), MEANINGS, ids=lambda value: str(value))
async def test_an_answer_means_what_its_deepest_known_code_says(status, codes, trouble, code):
    """F20, F22: each answer has its own meaning and message."""
    failed = await failure(refused(status, *codes))
    assert (failed.trouble, failed.problem.code) == (trouble, code)


def test_every_meaning_stands_in_one_table_only():
    assert not set(BY_CODE) & {str(status) for status in BY_STATUS}
    assert BY_STATUS.keys() >= STATUS_FIRST


@pytest.mark.parametrize("spelling", ["innerError", "innererror"])
async def test_both_spellings_of_the_inner_error_are_read(spelling):
    body = {"error": {"code": "invalidRequest", "message": "m", spelling: {"code": "invalidPath"}}}
    assert (await failure(ok(body, 400))).problem.code == "DRV-10"


async def test_a_write_that_broke_off_is_an_unknown_outcome_and_a_read_is_not():
    """F2: nobody may repeat it as it was."""
    cut = httpx.ReadError("cut")
    assert isinstance(await failure(cut, write=True), OutcomeUnknown)
    read = await failure(cut)
    assert not isinstance(read, OutcomeUnknown)
    assert (read.trouble, read.problem.code) == (FileTrouble.AGAIN, "DRV-14")


async def test_a_write_that_never_left_is_no_unknown_outcome():
    failed = await failure(httpx.ConnectError("refused"), write=True)
    assert not isinstance(failed, OutcomeUnknown)
    assert (failed.trouble, failed.problem.code) == (FileTrouble.UNREACHABLE, "DRV-01")


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_write_that_ends_in_a_server_error_is_an_unknown_outcome(status):
    assert isinstance(await failure(refused(status, "generalException"), write=True), OutcomeUnknown)


async def test_load_shedding_did_nothing_and_says_how_long_to_wait():
    """F6."""
    failed = await failure(refused(503, "serviceNotAvailable", retry_after="17"), write=True)
    assert not isinstance(failed, OutcomeUnknown)
    assert failed.wait is not None
    assert failed.wait.total_seconds() == 17


async def test_the_limit_is_waited_for_and_never_comes_out():
    """F046, F3: a 429 is a pause of the gate, the call goes out again."""
    world = World(refused(429, "activityLimitReached", retry_after="3"), ok(file_row()))
    assert (await world.store.item("F1")).name == "plan.pdf"
    assert world.gate.left == [429, 200]


async def test_a_dead_token_is_renewed_once():
    """F7."""
    world = World(refused(401, "InvalidAuthenticationToken"), ok(file_row()))
    await world.store.item("F1")
    sent = [request.headers["authorization"] for request in world.graph.requests]
    assert sent == ["Bearer token-canary-1", "Bearer token-canary-2"]


async def test_a_token_that_stays_dead_asks_for_a_sign_in():
    dead = refused(401, "InvalidAuthenticationToken")
    failed = await failure(dead, refused(401, "InvalidAuthenticationToken"))
    assert (failed.trouble, failed.problem.code) == (FileTrouble.SIGN_IN, "DRV-03")


@pytest.mark.parametrize("status", [401, 403])
async def test_what_a_claims_challenge_demands_goes_into_the_next_token(status):
    claims = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1604106651"}}})
    packed = base64.b64encode(claims.encode()).decode()
    words = f'Bearer realm="", authorization_uri="https://x", error="insufficient_claims", claims="{packed}"'
    world = World(refused(status, "InvalidAuthenticationToken", www_authenticate=words), ok(file_row()))
    await world.store.item("F1")
    assert world.tokens.claims == [claims]


async def test_a_challenge_for_something_else_brings_no_claims():
    world = World(refused(401, "x", www_authenticate='Bearer realm="", claims="e30="'), ok(file_row()))
    await world.store.item("F1")
    assert world.tokens.claims == [None]


async def test_the_token_goes_to_no_other_host():
    """S5: not even when the caller was given such an address."""
    world = World()
    with pytest.raises(FileCallFailed) as caught:
        await world.client.get("https://graph.evil.example/v1.0/me")
    assert caught.value.problem.code == "DRV-16"
    assert caught.value.problem.args["host"] == "graph.evil.example"
    assert world.graph.requests == []


async def test_a_redirect_of_the_api_is_not_followed():
    """S5."""
    failed = await failure(ok(status=302, location="https://evil.example/v1.0/me"))
    assert (failed.trouble, failed.problem.code) == (FileTrouble.UNREACHABLE, "DRV-16")


async def test_a_web_page_in_between_is_no_answer():
    """F10, F13: a portal answers 200 for everything."""
    page = httpx.Response(200, html="<html>Welcome to the hotel</html>")
    failed = await failure(page)
    assert (failed.trouble, failed.problem.code) == (FileTrouble.AGAIN, "DRV-15")


async def test_a_page_cut_in_the_middle_is_no_shorter_page():
    """F10: a broken list is never an empty one."""
    world = World(script=lambda request: httpx.Response(200, content=b'{"value":[{"id"'))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.children("D1")
    assert caught.value.problem.code == "DRV-14"


async def test_a_list_that_is_none_is_no_empty_list():
    world = World(ok({"values": []}))
    with pytest.raises(GraphFailed) as caught:
        await world.store.children("D1")
    assert caught.value.problem.code == "DRV-14"


async def test_a_long_list_is_read_to_its_end_and_a_broken_page_is_asked_for_again():
    world = World(
        ok({"value": [file_row("A", "a")], "@odata.nextLink": f"{GRAPH}/v1.0/next?$skiptoken=x%2By"}),
        refused(500, "generalException"),
        ok({"value": [folder_row("B", "b")]}),
    )
    assert [one.name for one in await world.store.children("D1")] == ["a", "b"]
    assert world.graph.requests[2].url.query == b"$skiptoken=x%2By"


async def test_a_list_that_leads_to_another_host_ends():
    """S5."""
    world = World(ok({"value": [], "@odata.nextLink": "https://evil.example/v1.0/next"}))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.children("D1")
    assert caught.value.problem.code == "DRV-16"


async def test_a_list_that_leads_back_to_itself_ends():
    link = f"{GRAPH}/v1.0/drives/x"
    world = World(script=lambda request: ok({"value": [], "@odata.nextLink": link}))
    with pytest.raises(FileCallFailed) as caught:
        await world.store.children("D1")
    assert caught.value.problem.code == "DRV-14"
    assert len(world.graph.requests) == 2


async def test_an_answer_that_unpacks_to_gigabytes_is_not_read(monkeypatch):
    """S2."""
    monkeypatch.setattr("maestro_procore.drive.client.MOST_BYTES", 1_000)
    failed = await failure(httpx.Response(200, content=b'{"id":"' + b"x" * 2_000 + b'"}'))
    assert failed.problem.code == "DRV-14"


async def test_the_history_keeps_no_token_and_no_open_address():
    """S6, F257: whoever has a download address reads without signing in."""
    row = {**file_row(), "@microsoft.graph.downloadUrl": f"{STORAGE}/download.aspx?tempauth=secret-canary"}
    world = World(ok(row))
    await world.store.item("F1")
    (call,) = world.calls
    assert (call.api, call.method, call.status) == ("graph", "GET", 200)
    assert "plan.pdf" in str(call.answer_body)
    assert "secret-canary" not in str(call)
    assert "token-canary" not in str(call)


async def test_every_call_names_the_program_and_itself():
    world = World(ok(file_row()), ok(file_row()))
    await world.store.item("F1")
    await world.store.item("F1")
    first, second = world.graph.requests
    assert first.headers["user-agent"].startswith("NONISV|maestro_procore|")
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


# --- addresses ------------------------------------------------------------------------------------


def test_a_name_stands_in_an_address_as_one_segment():
    assert child("b!d", "01A", "a#b %2F é:.txt", "/content") == (
        "/drives/b!d/items/01A:/a%23b%20%252F%20%C3%A9%3A.txt:/content"
    )
    assert child("b!d", "01A", "x") == "/drives/b!d/items/01A:/x"
    assert item("6F7D!1", "6F7D!123", "/children") == "/drives/6F7D!1/items/6F7D!123/children"


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a\\b", "a\0b"])
def test_a_name_cannot_lead_out_of_its_folder(name):
    """S1."""
    with pytest.raises(ValueError, match="folder"):
        child("d", "p", name)


@pytest.mark.parametrize("name", ["..", "a/b"])
async def test_a_name_that_leads_elsewhere_is_refused_before_any_call(name):
    """S1."""
    world = World()
    with pytest.raises(FileCallFailed) as caught:
        await world.store.child("D1", name)
    assert (caught.value.trouble, caught.value.problem.code) == (FileTrouble.REFUSED, "DRV-10")
    assert world.graph.requests == []


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (
            "https://contoso.sharepoint.com/sites/Site-A/Shared%20Documents/x",
            "/sites/contoso.sharepoint.com:/sites/Site-A",
        ),
        ("https://contoso.sharepoint.com/teams/T", "/sites/contoso.sharepoint.com:/teams/T"),
        ("https://contoso.sharepoint.com/", "/sites/contoso.sharepoint.com"),
    ],
)
def test_a_site_is_found_by_what_stands_in_the_browser(url, path):
    assert site_at(url) == path


@pytest.mark.parametrize(
    "url", ["http://graph.microsoft.com", "https://u:p@graph.microsoft.com", "https://x/v2", "ftp://x"]
)
def test_f283_an_address_that_is_not_safe_is_refused(url):
    """F283: no plain http, except to this computer."""
    with pytest.raises(ValueError, match="https"):
        MicrosoftConnection(client_id="x", graph_url=url, login_url="https://login.microsoftonline.com")


def test_an_own_authority_is_for_this_computer_only(tmp_path):
    with pytest.raises(ValueError, match="this computer"):
        MicrosoftConnection(client_id="x", ca_file=tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("name", "graph", "login"),
    [
        ("global", "graph.microsoft.com", "login.microsoftonline.com"),
        ("usgov", "graph.microsoft.us", "login.microsoftonline.us"),
        ("usdod", "dod-graph.microsoft.us", "login.microsoftonline.us"),
        ("china", "microsoftgraph.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ],
)
def test_each_cloud_signs_in_at_its_own_place_and_is_asked_at_its_own(name, graph, login):
    """Microsoft's table of national cloud deployments."""
    kept = address_of(name)
    assert cloud_of(kept) == CLOUDS[name] and cloud_of(f"https://{graph}/v1.0") == CLOUDS[name]
    there = MicrosoftConnection(client_id="x", tenant="t", graph_url=kept or USUAL_GRAPH)
    assert (there.authority, there.api) == (f"https://{login}/t", f"https://{graph}/v1.0")
    assert there.resource == f"https://{graph}" and there.is_known_cloud


def test_no_other_host_is_taken_for_a_cloud_of_microsoft():
    assert cloud_of("https://graph.microsoft.example") is None
    with pytest.raises(ValueError, match="sign-in"):
        MicrosoftConnection(client_id="x", graph_url="https://graph.microsoft.example")


@pytest.mark.parametrize(
    ("url", "api", "may"),
    [
        ("https://contoso.sharepoint.com/x", GRAPH, True),
        ("http://contoso.sharepoint.com/x", GRAPH, False),
        ("https://127.0.0.1/x", GRAPH, False),
        ("https://localhost/x", GRAPH, False),
        ("https://10.0.0.7/x", GRAPH, False),
        ("https://[::1]/x", GRAPH, False),
        ("https://169.254.169.254/latest", GRAPH, False),
        ("nonsense", GRAPH, False),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:8/v1.0", True),
        ("https://evil.example/x", "http://127.0.0.1:8/v1.0", False),
    ],
)
def test_f283_contents_travel_over_https_to_public_hosts_only(url, api, may):
    """S5: and in training to this computer only."""
    assert may_hold_content(url, api) is may
