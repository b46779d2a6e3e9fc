"""What the history keeps of an exchange: masked however long it is."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_procore.logs import MASK, Secret, redact
from maestro_procore.procore.answers import Answer, Asked
from maestro_procore.procore.history import PIECE_LETTERS, exchange
from tests.doors.procore.fake_procore import NOON

CANARY = Secret("canary-of-the-history-71aa")
ASKED = Asked("PATCH", "https://h/rest/v1.0/vendors/sync", "/rest/v1.0/vendors/sync", "Directory", 77, 2)


@settings(max_examples=15, deadline=None)
@given(
    places=st.lists(st.integers(0, 899), max_size=6),
    fields=st.lists(st.sampled_from(["notes", "access_token", "password", "name", "Authorization"]), max_size=6),
)
def test_a_secret_is_masked_wherever_it_stands_in_a_long_body(places, fields):
    """S6: long bodies are masked in pieces; the result is that of one piece."""
    rows = [{"id": number, "name": f"Fournisseur {number} ltée", "city": "Trois-Rivières"} for number in range(900)]
    for place, name in zip(places, fields, strict=False):
        rows[place][name] = f"Bearer {CANARY.reveal()}"
    body = orjson.dumps({"company_id": 77, "updates": rows})
    assert len(body) > 3 * PIECE_LETTERS
    call = exchange(ASKED, (), body, Answer(200, {}, body, NOON))
    assert call.request_body == call.answer_body == redact(body.decode())
    assert CANARY.reveal() not in repr(call)


def test_headers_are_kept_by_a_list_and_masked():
    headers = {
        "x-request-id": "7f1c",
        "set-cookie": "session=abc",
        "link": f"<https://h/?access_token={CANARY.reveal()}>",
    }
    call = exchange(ASKED, (("page", "1"),), None, Answer(200, headers, b"{}", NOON))
    assert call.headers == {"x-request-id": "7f1c", "link": f"<https://h/?access_token={MASK}>"}
    assert call.query == "page=1"
