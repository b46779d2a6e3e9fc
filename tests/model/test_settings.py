"""Settings: what is accepted, what is missing, and that no secret is one (F021)."""

import pytest

from maestro_procore.model.settings import SETTINGS, check, effective, is_complete

COMPLETE = {"api_url": "https://api.procore.com", "client_id": "abc", "procore_company_id": 42}


def test_what_nobody_set_has_its_default_and_what_a_newer_version_set_is_left_out():
    values = effective({"language": "fr", "colour_of_the_moon": "blue"})
    assert values["language"] == "fr" and values["project_filter"] == "active"
    assert values.keys() == SETTINGS.keys()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", "pink"), ("language", "de"), ("project_filter", "by_moon"), ("procore_company_id", "42"),
        ("procore_company_id", True), ("default_template", "1"), ("sends_address_after_link", "yes"),
        ("sends_address_after_link", 1), ("api_url", 5), ("unknown", "x"), ("client_secret", "s3cret"),
    ],
)  # fmt: skip
def test_a_value_that_is_no_value_of_the_setting_is_told_by_name(key, value):
    """CFG-19."""
    (problem,) = check({key: value})
    assert (problem.code, problem.args["name"]) == ("CFG-19", key)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("key", [key for key, setting in SETTINGS.items() if setting.is_required])
def test_a_required_setting_cannot_be_emptied(key, value):
    """CFG-14, CFG-01."""
    assert [p.code for p in check({key: value})] == ["CFG-14"]
    assert not is_complete({**COMPLETE, key: value})


@pytest.mark.parametrize("key", [key for key, setting in SETTINGS.items() if not setting.is_required])
def test_any_other_setting_can_be_emptied(key):
    assert check({key: None}) == []


def test_every_problem_of_a_form_is_told_at_once():
    assert [p.code for p in check({"api_url": "", "theme": "pink", "language": "en"})] == ["CFG-14", "CFG-19"]


def test_a_complete_configuration_is_complete():
    assert is_complete(COMPLETE) and check(COMPLETE) == []


def test_the_connection_is_what_cannot_change_while_links_exist():
    """CFG-08."""
    assert {key for key, s in SETTINGS.items() if s.is_connection} == {"api_url", "client_id", "procore_company_id"}


def test_no_secret_is_a_setting():
    """Design §2: key ring only."""
    assert not any(word in key for key in SETTINGS for word in ("secret", "password", "token"))
