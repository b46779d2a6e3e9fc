"""One holder per profile; a killed holder lets the next one in at once."""

from threading import Thread

import pytest

from maestro_procore.store.lease import FileLease
from tests.doors.store.test_database import start


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lease."""
    child = start("lease", tmp_path / "engine.lock")
    assert child.stdout.readline().strip() == b"taken"
    yield child
    child.kill()
    child.communicate()


def test_a_second_taker_is_refused_until_the_first_gives_it_back(tmp_path):
    first, second = FileLease(tmp_path / "engine.lock"), FileLease(tmp_path / "engine.lock")
    assert first.take() and not second.take()
    first.give_back()
    assert second.take()
    second.give_back()


def test_another_process_keeps_this_one_out(tmp_path, holder):
    assert not FileLease(tmp_path / "engine.lock").take()


def test_a_killed_holder_frees_the_lease(tmp_path, holder):
    """Design §2: gone with its process."""
    holder.kill()
    holder.wait(10)
    lease = FileLease(tmp_path / "engine.lock")
    assert lease.take()
    lease.give_back()


def test_giving_back_what_was_never_taken_does_nothing(tmp_path):
    lease = FileLease(tmp_path / "engine.lock")
    lease.give_back()
    assert lease.take()
    lease.give_back()


def test_the_lease_may_be_given_back_by_another_thread(tmp_path):
    """The engine takes it in its own thread, the program's end gives it back."""
    lease = FileLease(tmp_path / "engine.lock")
    taker = Thread(target=lease.take)
    taker.start()
    taker.join()
    lease.give_back()
    assert FileLease(tmp_path / "engine.lock").take()
