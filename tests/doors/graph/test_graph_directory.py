"""What is around the items: who may do what, limits, batches, mail, shared links, another user, the sign-in."""

import base64
from collections.abc import Callable

import pytest

from maestro_procore.sandbox.microsoft_sign_in import CLIENT_ID

from .conftest import SCOPES, Graph, error, inner


def base(graph: Graph) -> str:
    return graph.drive.partition("/drives/")[0]


async def test_a_request_without_a_good_token_gets_401(graph: Graph) -> None:
    for header in ("", "Bearer ", "Bearer made-up", "Basic eDp5"):
        answer = await graph.get("/root", Authorization=header)
        assert error(answer) == (401, "InvalidAuthenticationToken"), header
        assert answer.headers["www-authenticate"].startswith("Bearer")
    await graph.advance(3600)
    assert error(await graph.get("/root")) == (401, "InvalidAuthenticationToken")


async def test_every_answer_has_a_number_and_repeats_the_clients_own(graph: Graph) -> None:
    own = {"client-request-id": "b3c1a6de-0000-4000-8000-000000000001"}
    good, bad = await graph.get("/root", **own), await graph.get("/items/none", **own)
    assert good.headers["client-request-id"] == own["client-request-id"]
    assert bad.json()["error"]["innerError"]["client-request-id"] == own["client-request-id"]
    assert bad.headers["request-id"] == bad.json()["error"]["innerError"]["request-id"]
    await graph.control("POST", "switches", {"graph_inner_error_name": "innererror"})
    assert "innererror" in (await graph.get("/items/none")).json()["error"]


@pytest.mark.parametrize(
    ("scope", "mine", "library", "writing", "sites", "mail"),
    [
        ("Files.Read User.Read", 200, 403, 403, 403, 403),
        ("Files.ReadWrite User.Read", 200, 403, 201, 403, 403),
        ("Files.ReadWrite.All", 200, 200, 201, 200, 403),
        ("Files.Read.All Mail.Send", 200, 200, 403, 200, 202),
    ],
)
async def test_a_token_gives_the_rights_it_was_asked_for(
    make_graph: Callable[..., Graph], scope: str, mine: int, library: int, writing: int, sites: int, mail: int
) -> None:
    graph = make_graph()
    await graph.sign_in(scope=scope)
    own = f"{base(graph)}/me/drive"
    message = {"message": {"subject": "x", "toRecipients": [{"emailAddress": {"address": "a@example.com"}}]}}
    answers = [
        await graph.get(f"{own}/root"),
        await graph.get("/root"),
        await graph.http.post(f"{own}/root/children", json={"name": "A", "folder": {}}),
        await graph.get(f"{base(graph)}/sites?search=x"),
        await graph.http.post(f"{base(graph)}/me/sendMail", json=message),
    ]
    assert [answer.status_code for answer in answers] == [mine, library, writing, sites, mail]


async def test_a_onedrive_is_its_owners_alone(graph: Graph) -> None:
    other = f"{base(graph)}/users/marc.gagnon@example.com/drive"
    assert error(await graph.get(other)) == (403, "accessDenied")
    tenant = f"{graph.sandbox.microsoft.login}/{(await graph.control('GET', 'microsoft'))['tenant_id']}"
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": graph.sandbox.microsoft.sign_in.client_secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    token = (await graph.http.post(f"{tenant}/oauth2/v2.0/token", data=form)).json()
    graph.http.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert (await graph.record(other))["owner"]["user"]["displayName"] == "Marc Gagnon"
    assert error(await graph.get(f"{base(graph)}/me/drive")) == (400, "BadRequest")
    await graph.control("POST", "switches", {"microsoft_app_roles": ["Files.Read.All"]})
    assert error(await graph.folder("A")) == (403, "accessDenied")
    refused = await graph.token(**form)  # at /common, which names no tenant
    assert refused.json()["error_codes"] == [50059]


async def test_units_of_a_minute_end_in_429_after_a_warning(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(graph_units_per_minute=10)
    await graph.sign_in()
    seen = [await graph.get("/root/children") for _ in range(6)]  # two units each
    assert [answer.status_code for answer in seen] == [200] * 5 + [429]
    assert "ratelimit-limit" not in seen[2].headers
    assert (seen[3].headers["ratelimit-limit"], seen[3].headers["ratelimit-remaining"]) == ("10", "2")
    assert (error(seen[5])[1], inner(seen[5])) == ("activityLimitReached", "throttledRequest")
    assert (seen[5].headers["retry-after"], seen[5].headers["ratelimit-reset"]) == ("60", "60")
    await graph.advance(60)
    assert (await graph.get("/root")).status_code == 200


async def test_requests_of_a_person_in_five_minutes_end_in_429(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(graph_user_requests=2, graph_units_per_minute=0)
    await graph.sign_in()
    assert [(await graph.get("/root")).status_code for _ in range(3)] == [200, 200, 429]
    await graph.control("POST", "graph", {"reset_limits": True})
    assert (await graph.get("/root")).status_code == 200


async def test_a_batch_serves_each_request_on_its_own(graph: Graph) -> None:
    drive = f"/drives/{graph.sandbox.microsoft.drive_id}"
    json_type = {"Content-Type": "application/json"}
    body = {"name": "A", "folder": {}}
    requests = [
        {"id": "1", "method": "POST", "url": f"{drive}/root/children", "headers": json_type, "body": body},
        {"id": "2", "method": "POST", "url": f"{drive}/root/children", "headers": json_type, "body": body},
        {"id": "3", "method": "GET", "url": f"{drive}/root:/A", "dependsOn": ["1"]},
        {"id": "4", "method": "GET", "url": f"{drive}/root:/A", "dependsOn": ["2"]},
    ]
    answer = await graph.http.post(f"{base(graph)}/$batch", json={"requests": requests})
    found = {response["id"]: response for response in answer.json()["responses"]}
    assert {number: response["status"] for number, response in found.items()} == {
        "1": 201,
        "2": 409,
        "3": 200,
        "4": 424,
    }
    assert found["3"]["body"]["id"] == found["1"]["body"]["id"]
    too_many = [{"id": str(number), "method": "GET", "url": drive} for number in range(21)]
    assert error(await graph.http.post(f"{base(graph)}/$batch", json={"requests": too_many}))[0] == 400
    twice = [{"id": "1", "method": "GET", "url": drive}] * 2
    assert error(await graph.http.post(f"{base(graph)}/$batch", json={"requests": twice}))[0] == 400


async def test_a_mail_is_accepted_and_can_be_read_in_the_control_interface(graph: Graph) -> None:
    message = {
        "subject": "Two way sync initiated for project École Saint-Paul",
        "body": {"contentType": "Text", "content": "…"},
        "toRecipients": [{"emailAddress": {"address": "compta@example.com"}}],
    }
    answer = await graph.http.post(f"{base(graph)}/me/sendMail", json={"message": message})
    assert (answer.status_code, answer.content) == (202, b"")
    (sent,) = await graph.control("GET", "state/messages")
    assert (sent["from"], sent["message"]) == ("chantal.roy@example.com", message)
    nobody = {"message": {**message, "toRecipients": []}}
    assert error(await graph.http.post(f"{base(graph)}/me/sendMail", json=nobody)) == (400, "ErrorInvalidRecipients")


async def test_a_pasted_link_leads_to_its_item(graph: Graph) -> None:
    made = await graph.file("Chantier A/Plan é.pdf")
    link = base64.urlsafe_b64encode(made["webUrl"].encode()).decode().rstrip("=")
    assert (await graph.record(f"{base(graph)}/shares/u!{link}/driveItem"))["id"] == made["id"]
    nowhere = base64.urlsafe_b64encode(b"https://elsewhere.example/x").decode().rstrip("=")
    assert error(await graph.get(f"{base(graph)}/shares/u!{nowhere}/driveItem")) == (404, "itemNotFound")


async def test_a_path_that_graph_does_not_have_is_refused(graph: Graph) -> None:
    for path in ("/nonsense", "/root:/a:/nonsense"):
        assert error(await graph.get(path))[0] in (400, 404)
    assert error(await graph.get(f"{base(graph)}/planner/tasks")) == (400, "BadRequest")
    assert error(await graph.get(f"{base(graph)}/drives/b!none/root")) == (404, "itemNotFound")


async def test_another_user_makes_changes_moves_and_deletes(graph: Graph) -> None:
    made = await graph.another(path="A/B/note.txt", content="première")
    assert made["createdBy"]["user"]["displayName"] == "Marc Gagnon"
    assert await graph.content(made["id"]) == "première".encode()
    changed = await graph.another(id=made["id"], content_base64=base64.b64encode(b"\x00\x01").decode())
    assert (changed["id"], changed["size"], changed["cTag"] == made["cTag"]) == (made["id"], 2, False)
    moved = await graph.another(id=made["id"], path="Z/autre.txt")
    assert (moved["id"], moved["name"]) == (made["id"], "autre.txt")
    assert (await graph.record("/root:/Z/autre.txt"))["lastModifiedBy"]["user"]["displayName"] == "Marc Gagnon"
    listed = await graph.control("GET", f"state/driveItems?drive={graph.sandbox.microsoft.drive_id}")
    assert {row["name"] for row in listed} == {"A", "B", "Z", "autre.txt"}
    bytes_ = await graph.http.get(f"{graph.sandbox.base_url}/control/content/driveItems/{made['id']}")
    assert bytes_.content == b"\x00\x01"
    await graph.control("DELETE", f"state/driveItems/{made['id']}")
    assert error(await graph.get(f"/items/{made['id']}")) == (404, "itemNotFound")


async def test_the_control_interface_refuses_what_it_does_not_know(graph: Graph) -> None:
    url = f"{graph.sandbox.base_url}/control"
    for path, body in (
        ("state/driveItems", {"nmae": "x"}),
        ("state/driveItems", {"parentReference": {"id": "none"}, "name": "x"}),
        ("state/drives", {"id": "none"}),
        ("graph", {"forget_delta_tokens": "sometimes"}),
        ("microsoft", {"approve": "NOSUCHCODE"}),
        ("microsoft", {"sing": "a song"}),
    ):
        assert (await graph.http.post(f"{url}/{path}", json=body)).status_code in (400, 404), path
    for secret in ("microsoft_tokens", "microsoft_codes", "graph_sessions"):
        assert (await graph.http.get(f"{url}/state/{secret}")).status_code == 404


async def test_calls_are_logged_by_api_and_graph_ones_are_counted(graph: Graph) -> None:
    await graph.control("DELETE", "calls")
    made = await graph.file("a.txt")
    await graph.content(made["id"])
    calls = await graph.control("GET", "calls")
    assert [(call["api"], call["method"], call["status"], call["counted"]) for call in calls] == [
        ("graph", "PUT", 201, True),
        ("graph", "GET", 302, True),
        ("storage", "GET", 200, False),
    ]


async def test_a_refresh_token_lives_until_it_is_unused_for_90_days(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph()
    tokens = await graph.sign_in()
    for days, expected in ((89, 200), (89, 200), (91, 400)):
        await graph.advance(days * 86_400)
        answer = await graph.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert answer.status_code == expected
    assert answer.json()["error_codes"] == [700082]


async def test_a_person_must_sign_in_again_as_often_as_the_tenant_wants(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph(microsoft_sign_in_hours=8)
    refresh = (await graph.sign_in())["refresh_token"]
    for hours, code in ((5, None), (5, 70043)):
        await graph.advance(hours * 3600)
        answer = (await graph.token(grant_type="refresh_token", refresh_token=refresh)).json()
        assert answer.get("error_codes") == (None if code is None else [code])
        refresh = answer.get("refresh_token", refresh)


async def test_a_code_serves_once_for_ten_minutes_with_its_own_verifier(make_graph: Callable[..., Graph]) -> None:
    graph = make_graph()
    redirect = "http://localhost:7"
    asked = {"client_id": CLIENT_ID, "redirect_uri": redirect, "response_type": "code", "scope": SCOPES}
    form = {"grant_type": "authorization_code", "redirect_uri": redirect}

    async def code(**more: str) -> str:
        page = await graph.http.get(f"{graph.login}/oauth2/v2.0/authorize", params={**asked, **more})
        return str(page.headers["location"].partition("code=")[2].partition("&")[0])

    async def errors(code: str, **more: str) -> list[int] | None:
        found: list[int] | None = (await graph.token(**{**form, "code": code, **more})).json().get("error_codes")
        return found

    first = await code(state="s")
    assert (await errors(first), await errors(first)) == (None, [54005])
    assert await errors(await code(), redirect_uri="http://localhost:8") == [50011]
    guarded = await code(code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method="S256")
    assert await errors(guarded, code_verifier="wrong") == [501481]
    assert await errors(guarded, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") is None
    late = await code()
    await graph.advance(601)
    assert await errors(late) == [70008]
    foreign = await graph.http.get(
        f"{graph.login}/oauth2/v2.0/authorize", params={**asked, "redirect_uri": "http://elsewhere.example"}
    )
    assert (foreign.status_code, "location" in foreign.headers) == (400, False)
