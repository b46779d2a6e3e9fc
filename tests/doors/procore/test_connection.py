"""Addresses, words of error bodies, pages: the pure parts of the room."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.logs import Secret
from maestro_procore.model.problems import definition
from maestro_procore.procore import answers
from maestro_procore.procore.catalogue import MOST_UPDATES, RESOURCES
from maestro_procore.procore.connection import HOSTS, Connection, check_url
from maestro_procore.procore.paging import has_next_page


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://api.procore.com", None),
        (" https://api.procore.com/ ", None),
        ("https://API.procore.com/rest/", None),
        ("https://sandbox.procore.com", "CFG-13"),
        ("https://procore.proxy.example", "CFG-13"),
        ("http://127.0.0.1:8123", "CFG-13"),
        ("http://localhost:8123", "CFG-13"),
        ("http://[::1]:8123", "CFG-13"),
        ("http://api.procore.com", "CFG-02"),
        ("http://127.0.0.1.evil.example", "CFG-02"),
        ("ftp://api.procore.com", "CFG-02"),
        ("api.procore.com", "CFG-02"),
        ("https://", "CFG-02"),
        ("https://api.procore.com/v1", "CFG-02"),
        ("https://api.procore.com?x=1", "CFG-02"),
        ("https://me:pass@api.procore.com", "CFG-02"),
        ("https://api.procore.com:port", "CFG-02"),
        ("https://api procore.com", "CFG-02"),
        ("", "CFG-02"),
    ],
)
def test_f283_an_address_is_https_or_this_computer(url, code):
    problem = check_url(url)
    assert (problem.code if problem else None) == code
    assert problem is None or "pass@" not in str(problem.args)


@given(st.text(max_size=60))
def test_no_typing_breaks_the_check(text):
    problem = check_url(text)
    assert problem is None or problem.code in ("CFG-02", "CFG-13")


def connection(url: str, login: str | None = None) -> Connection:
    return Connection(api_url=url, client_id="a", client_secret=Secret("canary-secret"), login_url=login)


@pytest.mark.parametrize(("api", "login"), [(api, login) for api, (login, _environment) in HOSTS.items()])
def test_known_hosts_sign_in_where_procore_says(api, login):
    assert connection(f"https://{api}/").login == f"https://{login}"


def test_any_other_host_signs_in_at_its_own_address():
    assert connection("http://127.0.0.1:8123/").login == "http://127.0.0.1:8123"
    assert connection("https://x.example", "https://login.example/").login == "https://login.example"


def test_f283_an_unsafe_address_makes_no_connection():
    with pytest.raises(ValueError, match="https"):
        connection("http://api.procore.com")
    with pytest.raises(ValueError, match="https"):
        connection("https://api.procore.com", "http://login.procore.com")


def test_a_connection_shows_no_secret():
    assert "canary" not in repr(connection("https://api.procore.com"))


SHAPES = [
    ({"errors": {"name": ["can't be blank"], "base": ["locked"]}}, "name: can't be blank; locked", ("name",)),
    ({"errors": "not allowed"}, "not allowed", ()),
    ({"errors": ["one", "two"]}, "one, two", ()),
    ({"message": "m", "error": "e"}, "e: m", ()),
    ({"message": "gone", "exception": "NotFound"}, "gone", ()),
    (
        {"error": {"code": "x", "message": "bad", "details": [{"source": "zip", "message": "too long"}]}},
        "bad; too long",
        (),
    ),
    ({"error": "invalid_client", "error_description": "no"}, "invalid_client: no", ()),
    ({"code": 400, "message": "m", "fields": "zip, city", "reason": "r"}, "m: r", ("zip", "city")),
    (["a", {"b": 1}], "a, b: 1", ()),
    ({}, "", ()),
]


@pytest.mark.parametrize(("body", "text", "fields"), SHAPES, ids=range(len(SHAPES)))
def test_every_documented_error_body_is_read(body, text, fields):
    """Procore's seven shapes, procore-api.md §4."""
    words = answers.words_of(orjson.dumps(body))
    assert (words.text, words.fields) == (text, fields)


@given(st.binary(max_size=200))
def test_any_error_body_gives_words(body):
    assert len(answers.words_of(body).text) <= answers.LONGEST_TEXT


@pytest.mark.parametrize(
    ("headers", "page", "rows", "asked", "has_next"),
    [
        pytest.param(
            {"link": '<https://h/x?page=2>; rel="next", <https://h/x?page=9>; rel="last"'},
            1,
            100,
            2000,
            True,
            id="link",
        ),
        pytest.param(
            {"link": '<https://h/x?page=1>; rel="first", <https://h/x?page=8>; rel="prev"'},
            9,
            100,
            2000,
            False,
            id="last link",
        ),
        pytest.param({"total": "250", "per-page": "100"}, 2, 100, 2000, True, id="cut to 100"),
        pytest.param({"total": "250", "per-page": "100"}, 3, 50, 2000, False, id="last of three"),
        pytest.param({"total": "2000", "per-page": "2000"}, 1, 2000, 2000, False, id="exactly full"),
        pytest.param({"total": "300"}, 1, 100, 2000, True, id="total alone"),
        pytest.param({"per-page": "100"}, 1, 100, 2000, True, id="size alone"),
        pytest.param({}, 1, 2000, 2000, True, id="full page, no headers"),
        pytest.param({}, 1, 1999, 2000, False, id="short page, no headers"),
        pytest.param({"total": "x", "per-page": ""}, 1, 10, 2000, False, id="nonsense"),
        pytest.param({"total": "500"}, 3, 0, 2000, False, id="empty page"),
        pytest.param({"link": '<https://h/x>; rel="next"'}, 1, 10, 0, False, id="unpaged list"),
    ],
)
def test_the_next_page_is_asked_for_only_when_there_is_one(headers, page, rows, asked, has_next):
    assert has_next_page(headers, page, rows, asked) is has_next


def test_the_catalogue_holds_the_lists_of_projects_and_suppliers():
    assert {"projects", "vendors", "vendors-inactive", "project_templates", "project_stages"} <= set(RESOURCES)
    assert (RESOURCES["projects"].page_size, RESOURCES["vendors"].page_size, MOST_UPDATES) == (300, 2_000, 1_000)
    assert all(row.path.startswith("/rest/v") for row in RESOURCES.values() if row.path)


def test_every_code_of_the_table_has_its_sentence():
    asked = answers.Asked("PATCH", "https://h/rest/v1.0/vendors/sync", "/rest/v1.0/vendors/sync", "Directory", 77, 2)
    from tests.doors.procore.fake_procore import NOON

    for status in {*answers.RULES, 299, 302, 418, 500, 503, 599}:
        failure = answers.trouble_of(
            asked, answers.Answer(status, {"retry-after": "1"}, b'{"errors":{"zip":["x"]}}', NOON)
        )
        if failure is not None:
            assert definition(failure.problem.code).code == failure.problem.code
