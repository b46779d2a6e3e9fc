"""The pages of the Microsoft sign-in server: account, second factor, consent, and the way back to the program."""

import html
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from maestro_procore.sandbox.answers import Answer, html_answer
from maestro_procore.sandbox.world import Row

HEAD = '<!doctype html><meta charset="utf-8"><title>Microsoft sandbox</title>'


def way_back(asked: Mapping[str, str], values: Mapping[str, str]) -> Answer:
    """Take the answer to the program: by a form that sends itself, in the query or in the fragment."""
    uri = asked["redirect_uri"]
    values = {**values, **({"state": asked["state"]} if asked.get("state") else {})}
    mode = asked.get("response_mode", "query")
    if mode == "form_post":
        fields = "".join(_hidden(name, value) for name, value in values.items())
        return _page(
            f'<form method="post" action="{html.escape(uri)}" id="back">{fields}'
            "<noscript><button>Continue</button></noscript></form>"
            '<script>document.getElementById("back").submit()</script>'
        )
    parts = urlsplit(uri)
    if mode == "fragment":
        address = parts._replace(fragment=urlencode(list(values.items()))).geturl()
    else:
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *values.items()])
        address = parts._replace(query=query).geturl()
    return Answer(302, headers={"Location": address, "Cache-Control": "no-store"}, content_type="text/html")


def account_page(action: str, people: Iterable[Row], hidden: Mapping[str, str]) -> Answer:
    buttons = "".join(
        f'<p><button name="account" value="{html.escape(person["upn"])}">{html.escape(person["name"])} – '
        f"{html.escape(person['upn'])}</button></p>"
        for person in people
    )
    return _form(action, "Pick an account", buttons, hidden)


def factor_page(action: str, code: str, hidden: Mapping[str, str], *, was_wrong: bool) -> Answer:
    """The second factor. In a sandbox nobody has a telephone at hand: the code stands on the page."""
    note = "<p>AADSTS500121: that was not the code. Try again.</p>" if was_wrong else ""
    field = (
        f'<p>Your practice code is <b id="code">{code}</b>.</p><input name="factor" autofocus> <button>Verify</button>'
    )
    return _form(action, "Enter code", note + field, hidden)


def consent_page(action: str, app: str, rights: Iterable[str], hidden: Mapping[str, str]) -> Answer:
    wanted = "".join(f"<li>{html.escape(right)}</li>" for right in rights)
    buttons = (
        '<button name="consent" value="accept">Accept</button> <button name="consent" value="cancel">Cancel</button>'
    )
    return _form(action, f"Permissions requested by {html.escape(app)}", f"<ul>{wanted}</ul>{buttons}", hidden)


def device_page(action: str, note: str = "") -> Answer:
    text = f'{note}<p>Enter the code that your device shows.</p><input name="user_code" autofocus> '
    decide = '<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>'
    return _form(action, "Enter code", text + decide, {})


def plain_page(title: str, text: str, status: int = 200) -> Answer:
    return _page(f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>", status)


def _form(action: str, title: str, inside: str, hidden: Mapping[str, str]) -> Answer:
    fields = "".join(_hidden(name, value) for name, value in hidden.items())
    return _page(f'<h1>{title}</h1><form method="post" action="{html.escape(action)}">{fields}{inside}</form>')


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'


def _page(text: str, status: int = 200) -> Answer:
    answer = html_answer(HEAD + text, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
