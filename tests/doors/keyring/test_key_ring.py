"""Secrets in key rings of every temper: small entries, locked, refusing, plain text, none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

from maestro_procore.store.secrets import SERVICE, KeyRingSecrets, MemorySecrets


class SmallRing(KeyringBackend):
    """Like Windows' credential store: 2,560 bytes of UTF-16 an entry, and an error that is not keyring's."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.fails_after: int | None = None

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise OSError("the disk is full")
        if len(password.encode("utf-16-le")) > 2_560:
            raise OSError(1783, "CredWrite", "The stub received bad data")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise PasswordDeleteError("not found")
        del self.entries[service, username]


class PlaintextKeyring(SmallRing):
    """Named and rated as keyrings.alt does."""

    priority = 0.5  # type: ignore[assignment]


PlaintextKeyring.__module__ = "keyrings.alt.file"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=30).map(lambda text: text * 180))
def test_any_value_comes_back_whole_from_small_entries(value: str) -> None:
    ring = SmallRing()
    kept = KeyRingSecrets(ring)
    kept.put("client_secret", value)
    assert KeyRingSecrets(ring).get("client_secret") == value
    assert kept.is_lasting


def test_a_value_that_looks_like_our_own_count_comes_back() -> None:
    kept = KeyRingSecrets(SmallRing())
    kept.put("name", "maestro_procore parts 3 x")
    assert kept.get("name") == "maestro_procore parts 3 x"


def test_replacing_and_forgetting_leave_nothing_behind() -> None:
    ring = SmallRing()
    kept = KeyRingSecrets(ring)
    kept.put("cache", "a" * 5_000)
    kept.put("cache", "b" * 2_500)
    assert len(ring.entries) == 4
    kept.put("cache", "short")
    assert ring.entries == {(SERVICE, "cache"): "short"}
    kept.forget("cache")
    kept.forget("cache")
    assert ring.entries == {}
    assert kept.is_lasting


@pytest.mark.parametrize("writes", range(4))
def test_a_replacement_that_breaks_off_keeps_the_former_value(writes: int) -> None:
    ring = SmallRing()
    KeyRingSecrets(ring).put("cache", "a" * 2_500)
    ring.fails_after = writes
    KeyRingSecrets(ring).put("cache", "b" * 2_500)
    assert KeyRingSecrets(ring).get("cache") == "a" * 2_500


def test_a_lost_part_is_no_value() -> None:
    ring = SmallRing()
    kept = KeyRingSecrets(ring)
    kept.put("cache", "a" * 2_500)
    ring.entries.pop(next(key for key in ring.entries if key[1].endswith("/2")))
    assert kept.get("cache") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(KeyringLocked("locked"), "KEY-02", id="locked"),
        pytest.param(InitError("Prompt dismissed"), "KEY-02", id="prompt dismissed"),
        pytest.param(OSError(1783, "CredWrite"), "KEY-03", id="another library's error"),
    ],
)
def test_a_refusing_key_ring_leaves_memory_for_this_run(error: Exception, code: str) -> None:
    """F25: with a reason that the window shows, and never a file."""

    class Refusing(SmallRing):
        def get_password(self, service: str, username: str) -> str | None:
            raise error

    kept = KeyRingSecrets(Refusing())
    kept.put("client_secret", "value")
    assert kept.get("client_secret") == "value"
    assert not kept.is_lasting
    assert kept.reason is not None and kept.reason.code == code


@pytest.mark.parametrize("backend", [fail.Keyring(), null.Keyring(), PlaintextKeyring()], ids=["none", "null", "plain"])
def test_a_backend_that_keeps_nothing_or_keeps_it_readable_is_refused(backend: Any) -> None:
    kept = KeyRingSecrets(backend)
    kept.put("client_secret", "value")
    assert kept.get("client_secret") == "value"
    assert not kept.is_lasting
    assert kept.reason is not None and kept.reason.code == "KEY-01"
    assert not getattr(backend, "entries", {})


def test_a_chain_gives_its_first_trustworthy_backend() -> None:
    class Chain:
        def __init__(self, *backends: Any) -> None:
            self.backends = backends

    good, plain = SmallRing(), PlaintextKeyring()
    kept = KeyRingSecrets(Chain(plain, good))
    kept.put("client_secret", "value")
    assert kept.is_lasting
    assert (good.entries, plain.entries) == ({(SERVICE, "client_secret"): "value"}, {})


def test_training_keeps_its_secrets_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyring.get_keyring", lambda: pytest.fail("training touched the key ring"))
    kept = MemorySecrets()
    kept.put("client_secret", "value")
    assert (kept.get("client_secret"), kept.is_lasting) == ("value", False)
    kept.forget("client_secret")
    assert kept.get("client_secret") is None
