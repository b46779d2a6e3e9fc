"""Secrets never reach a log, a repr or the request/answer pane (S6, F041, F064)."""

import copy
import json
import logging
import pickle
import queue
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_procore import logs
from maestro_procore.logs import MASK, Secret, redact, start_logging

CANARY = 'canary/9f+3Xq==&é"7'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def logged(folder: Path) -> Iterator[Callable[[], str]]:
    """Starts the log; calling the fixture ends it and answers everything that was written."""
    stop = start_logging(folder, "command")

    def written() -> str:
        stop()
        return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))

    yield written
    stop()


def test_a_secret_shows_dots_wherever_it_is_printed() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {secret!s} {secret:>40} {[secret]} { ({'password': secret}) }"
    assert CANARY not in shown
    assert MASK in shown
    assert secret.reveal() == CANARY


def test_a_secret_cannot_be_pickled_or_copied_to_disk() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(CANARY))


def test_secrets_compare_by_value() -> None:
    assert Secret("alpha-beta") == Secret("alpha-beta")
    assert Secret("alpha-beta") != Secret("alpha-gamma")
    assert Secret("alpha-beta") != "alpha-beta"
    assert not Secret("")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda s: s, id="as it is"),
        pytest.param(lambda s: quote(s, safe=""), id="in an address"),
        pytest.param(lambda s: json.dumps(s), id="in JSON"),
        pytest.param(lambda s: json.dumps({"a": [s]}), id="deep in JSON"),
    ],
)
def test_a_registered_secret_is_masked_in_every_form(form: Callable[[str], str]) -> None:
    Secret(CANARY)
    assert "canary" not in redact(f"before {form(CANARY)} after")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer c4n4ryvalue.token",
        "authorization: Basic YzRuNHJ5dmFsdWU6c2VjcmV0",
        "{'Authorization': 'Bearer c4n4ryvalue'}",
        'headers={"authorization": "Bearer c4n4ryvalue"}',
        "grant_type=client_credentials&client_id=abc&client_secret=c4n4ryvalue",
        '{"access_token":"c4n4ryvalue","refresh_token": "c4n4ryvalue2","expires_in":5400}',
        "GET /callback?code=c4n4ryvalue&state=1",
        "refresh_token=c4n4ryvalue failed",
        'password: "c4n4ryvalue with \\" quotes"',
        "Set-Cookie: session=c4n4ryvalue; Path=/",
        "mssql+pyodbc://maestro:c4n4ryvalue@server:1433/db?driver=x",
        "proxy http://:c4n4ryvalue@proxy.example:8080 refused",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNG40cnl2YWx1ZSJ9.c4n4ryvalue_sig",
    ],
)
def test_secrets_that_nobody_registered_are_masked_by_their_shape(text: str) -> None:
    shown = redact(text)
    assert "c4n4ryvalue" not in shown
    assert "YzRuNHJ5dmFsdWU6" not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "token expired",
        "Procore answered 401 with error code=42",
        "grant_type=client_credentials",
        "expires_in: 5400",
        "The client password is not known on this computer.",
        "origin_id MST:DEMO:suppliers:A1001",
        "Acier Lévis ltée, 418 555-0199",
        "https://api.procore.com:443/rest/v1.0/me and marc@example.com",
    ],
)
def test_ordinary_words_stay_readable(text: str) -> None:
    assert redact(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    once = redact("Authorization: Bearer abcdefgh client_secret=xyz&access_token=1234567")
    assert redact(once) == once


def test_json_keeps_its_shape() -> None:
    """F041: the request/answer pane masks by name and leaves the rest."""
    sent = {"client_id": "abc", "client_secret": "s", "nested": [{"Access_Token": "t", "name": "Acier"}], "n": 5}
    assert redact(sent) == {
        "client_id": "abc", "client_secret": MASK, "nested": [{"Access_Token": MASK, "name": "Acier"}], "n": 5,
    }  # fmt: skip


def test_bytes_and_secrets_inside_json_are_masked() -> None:
    assert redact({"a": Secret("gamma-delta"), "b": b"access_token=12345678", "c": None}) == {
        "a": MASK, "b": f"access_token={MASK}", "c": None,
    }  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(min_size=logs._Known.SHORTEST, max_size=60), st.text(max_size=40))
def test_no_secret_survives_whatever_stands_around_it(value: str, around: str) -> None:
    Secret(value)
    assert value not in redact(f"{around}{value}{around}").replace(MASK, "") or value in around + around


_PIECES = (
    "Bearer ", "BASIC ", "basic\t", "abcd1234", "authorization", "Proxy-Authorization", ": ", ":", '"', "'", "cookie",
    "Set-Cookie", "\n", "token", "access_token", "client_secret", "SECRET", "password", "paſſword", "bas\u0131c ",
    "toKen", "co\u212aie", "api_key", "APİ_KEY", "=", "&", "?code=", "code=", "eyJhbGciOiJI", ".", "eyJx", " ", "é",
    "://u:", "@", "/", MASK, "code_verifier", "client_assertion", "\ud800",
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_looking_for_signs_first_masks_the_same(text: str) -> None:
    """A text without the signs of a form does not have that form."""
    whole = logs._known.pattern.sub(MASK, text) if logs._known.pattern is not None else text
    for shape in logs._SHAPES:
        whole = shape.pattern.sub(shape.masked, whole)
    assert redact(text) == whole


def test_only_the_newest_secrets_are_remembered() -> None:
    """Tokens change every 90 minutes: the list must not grow for ever."""
    known = logs._Known()
    for number in range(2 * known.MOST):
        known.add(f"token-number-{number}")
    assert len(known.values) == known.MOST
    assert f"token-number-{2 * known.MOST - 1}" in known.values


def test_f284_the_log_holds_no_secret(logged: Callable[[], str]) -> None:
    """S6: message, arguments, exception and stack are masked."""
    secret = Secret("canary-in-the-log")
    log = logging.getLogger("maestro_procore.test")
    log.info("signed in with %s and %s", secret, secret.reveal())
    log.warning("Authorization: Bearer %s", b64encode(b"canary").decode())
    try:
        raise ValueError(f"bad client_secret={secret.reveal()}")
    except ValueError:
        log.exception("sign-in failed for %s", {"client_secret": "canary-in-the-log"})
    text = logged()
    assert "sign-in failed" in text
    assert "canary" not in text.lower()
    assert b64encode(b"canary").decode() not in text


def test_each_line_is_json_with_a_utc_time(logged: Callable[[], str]) -> None:
    logging.getLogger("maestro_procore.test").warning("Béton Côté & fils\nsecond line")
    (line,) = [json.loads(line) for line in logged().splitlines() if "Béton" in line]
    assert line["at"].endswith("+00:00")
    assert line["level"] == "WARNING"
    assert line["from"] == "maestro_procore.test"
    assert line["text"] == "Béton Côté & fils\nsecond line"


def test_the_log_is_readable_by_its_owner_only(logged: Callable[[], str], folder: Path) -> None:
    """S7."""
    logging.getLogger("maestro_procore.test").warning("x")
    logged()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_f284_the_log_never_grows_past_fifty_megabytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 3 * (logs.OLD_FILES + 1) * logs.FILE_BYTES <= 50_000_000  # three programs write side by side
    monkeypatch.setattr(logs, "FILE_BYTES", 2_000)
    stop = start_logging(folder, "service")
    for number in range(500):
        logging.getLogger("maestro_procore.test").warning("line %d", number)
    stop()
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert len(sizes) == logs.OLD_FILES + 1
    assert max(sizes) <= 2_000
    assert "line 499" in (folder / "service.log").read_text(encoding="utf-8")


def test_a_full_disk_does_not_stop_the_work(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stop = start_logging(folder, "command")
    (folder / "command.log").mkdir(parents=True)  # opening the file now fails, as on a full disk
    logging.getLogger("maestro_procore.test").warning("goes nowhere")
    stop()
    assert capfd.readouterr().err == ""


def test_stopping_gives_the_root_logger_back(folder: Path) -> None:
    before = (list(logging.getLogger().handlers), logging.getLogger().level)
    stop = start_logging(folder, "window")
    stop()
    stop()
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before


def test_a_caller_never_waits_for_the_disk() -> None:
    """The record goes through a queue; formatting with its values happens in the caller's thread."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    changing = ["before"]
    logger = logging.Logger("apart")
    logger.addHandler(logs._Hand(records))
    logger.warning("value is %s", changing)
    changing[0] = "after"
    assert records.get_nowait().getMessage() == "value is ['before']"
