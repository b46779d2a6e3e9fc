"""Answers of one shape have one fingerprint, and nothing of a record, person or company stands in the shape (F025)."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maestro_procore.model.fingerprints import LONGEST_SHAPE, fingerprint, is_shape, shape

PATH = "/rest/v1.0/vendors"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vendor 123 not found", "vendor 987654 not  found"),
        ("request 0f8fad5b-d9cd-469f-a165-70867728950e failed", "request 7c9e6679-7425-40de-944b-e07fc1f90ae7 failed"),
        ("until 2026-11-23T14:05:09Z", "until 2027-01-01T00:00:00.123Z"),
        ("locked until Nov 23, 2026", "locked until 24 December"),
        ('name "Acier Lévis ltée" is taken', 'name "Béton" is taken'),
        ("Acier Lévis ltée is taken.", "Construction du Nord inc. is taken"),
        ("locked by Jean-Paul Tremblay", "locked by MARIE ROY"),
        ("trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace 00f067aa0ba902b7aaaaaaaaaaaaaaa1"),
        ("write to jean@acier.example or see https://a.example/x", "write to roy@b.example or see https://b.example"),
    ],
)
def test_the_fingerprint_does_not_see_what_differs_between_records(one: str, other: str) -> None:
    assert fingerprint(409, "POST", f"{PATH}/12", one) == fingerprint(409, "post", f"{PATH}/99?page=2", other)


def test_the_fingerprint_sees_status_method_path_and_words() -> None:
    cases = [(409, "POST", "/a", "full"), (422, "POST", "/a", "full"), (409, "PUT", "/a", "full"),
             (409, "POST", "/b", "full"), (409, "POST", "/a", "empty")]  # fmt: skip
    assert len({fingerprint(*case) for case in cases}) == len(cases)


def test_a_name_in_small_letters_is_known_by_what_was_sent() -> None:
    told = shape(422, "POST", PATH, "the vendor acier lévis has no city", ["Acier Lévis", "Lévis"])
    assert told == "422 POST /rest/v1.0/vendors the vendor # has no city"


def test_identifiers_in_the_address_are_left_out() -> None:
    told = shape(404, "get", "/rest/v2.0/companies/5617/projects/P26-001/purchase_order_contracts", "")
    assert told == "404 GET /rest/v2.0/companies/#/projects/#/purchase_order_contracts"


numbers = st.integers(0, 10**12).map(str)
dates = st.dates().map(lambda day: day.strftime("%d %B %Y")) | st.datetimes().map(lambda at: at.isoformat())
amounts = st.decimals(0, 10**9, places=2).map(lambda amount: f"{amount:,}")
codes = st.from_regex(r"[A-Z]{1,3}-?[0-9]{2,5}(-[0-9]{2})?", fullmatch=True)
uuids = st.uuids().map(str)
# A key of an interface holds digits nearly always; one that does not is longer than any word.
secrets = st.text(string.ascii_letters + string.digits + "-_", min_size=24, max_size=64).filter(
    lambda token: any(c.isdigit() for c in token) or not ("-" in token or "_" in token)
)
proper = st.from_regex(r"[A-ZÉÀ][a-zéèàç]{2,9}", fullmatch=True)
names = st.lists(proper, min_size=1, max_size=3).map(" ".join)
companies = st.builds(
    lambda name, link, other, form: f"{name}{link}{other}{form}",
    proper, st.sampled_from([" ", " & ", " et ", " de ", " du "]),
    proper, st.sampled_from(["", " inc.", " ltée", " Ltd"]),
)  # fmt: skip
private = st.one_of(numbers, dates, amounts, codes, uuids, secrets, names, companies)
sentences = st.sampled_from(
    [
        "the vendor {} cannot be used",
        "Budget {} is locked",
        "{} was refused",
        "not found: {}",
        "no right to see {} here",
    ]
)


@given(sentences, private, private)
@example("{} was refused", "Acier", "Acier Île & Cie inc.")
def test_nothing_private_stands_in_a_shape(sentence: str, one: str, other: str) -> None:
    """Ids, numbers, dates, names and secrets: two answers that differ in nothing else have one fingerprint."""
    mine, theirs = (shape(409, "POST", PATH, sentence.format(value)) for value in (one, other))
    assert mine == theirs == f"409 POST {PATH} {' '.join(sentence.format('#').replace(':', '').split()).lower()}"


@given(st.text(max_size=200), st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_every_shape_is_recognised_as_one_and_holds_no_digit(words: str, path: str, private: list[str]) -> None:
    told = shape(400, "get", f"/rest/{path}", words, private)
    assert is_shape(told)
    assert len(told) <= LONGEST_SHAPE
    assert not any(c.isnumeric() for c in told.removeprefix("400").replace("/v1.0", ""))


@pytest.mark.parametrize(
    "told", ["", "x", "409 POST", "409 POST /a Acier Roy is full", "409 POST /a/12 full", "409 post /a full"]
)
def test_a_text_that_holds_more_than_a_shape_is_not_taken_for_one(told: str) -> None:
    assert not is_shape(told)
