"""The message that a first synchronization is complete: to whom, once, and never in the way of the files (issue 4)."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from maestro_procore.drive.scopes import Purpose
from maestro_procore.engine.gate import GateClosed
from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.connections import Way
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile
from maestro_procore.store.file_views import FileViews
from tests.engine.file_world import FileWorld
from tests.engine.mailbox import Mailbox
from tests.engine.sandbox_files import file_house
from tests.engine.world import Killed

TO = ["marie@example.com", "pierre@example.com"]
DOWN = Problem("SRV-24", {"status": 503})


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.mailer = Mailbox()
    made.procore.put("Plans/A-101.pdf", b"%PDF plan")
    made.procore.put("note.txt", b"hello")
    return made


def told(world: FileWorld) -> list[str]:
    """Codes of the notices, the oldest first."""
    return [row.problem.code for row in reversed(FileViews(world.database).notices())]


def states(world: FileWorld) -> tuple[str, str | None]:
    said = world.commands.notification(1)
    return said["state"], (said["problem"] or {}).get("code")


def general(world: FileWorld, **values: str) -> None:
    world.journal.change_settings(values, "marie", world.clock.now())


@pytest.mark.parametrize("option", ["mirror", "merge"])
async def test_f107_f108_f123_a_message_goes_out_once_when_the_first_synchronization_is_complete(
    world: FileWorld, option: str
) -> None:
    if option == "merge":
        world.drive.put("Procore/École Saint-Édouard/Documents/Devis/d.pdf", b"devis")
    await world.first(option, mail_to=TO)
    assert world.project["phase"] == FilePhase.REGULAR
    await world.run()
    (mail,) = world.mailer.sent
    assert list(mail.to) == TO
    assert mail.subject == "Two way sync initiated for project École Saint-Édouard"
    counted = "files: 2, folders: 1" if option == "mirror" else "files: 3, folders: 2"
    assert f"Documents – {counted}" in mail.text
    assert (told(world), states(world)) == (["FIL-17"], ("sent", None))


async def test_f107_nobody_is_written_to_unless_somebody_asked(world: FileWorld) -> None:
    await world.first()
    assert (world.mailer.sent, world.mailer.asked_for) == ([], 0)
    assert told(world) == ["FIL-17"]
    assert states(world) == ("", None)


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("fr", "Synchronisation bidirectionnelle établie pour le projet École Saint-Édouard", ["La première"]),
        (
            "both",
            "Two way sync initiated for project École Saint-Édouard / "
            "Synchronisation bidirectionnelle établie pour le projet École Saint-Édouard",
            ["The first", "La première"],
        ),
    ],
)
async def test_f108_the_message_speaks_the_languages_that_were_chosen(
    world: FileWorld, language: str, subject: str, words: list[str]
) -> None:
    await world.first(mail_to=TO, mail_language=language)
    (mail,) = world.mailer.sent
    assert mail.subject == subject
    assert all(each in mail.text for each in words)


async def test_f107_the_company_says_who_is_told_of_projects_that_say_nothing(world: FileWorld) -> None:
    general(world, completion_mail_to="bureau@example.com", language="fr")
    await world.first()
    (mail,) = world.mailer.sent
    assert (list(mail.to), mail.subject[:15]) == (["bureau@example.com"], "Synchronisation")


async def test_f107_a_project_may_say_that_nobody_is_told(world: FileWorld) -> None:
    general(world, completion_mail_to="bureau@example.com")
    await world.run(world.add())
    world.commands.notify(1, [])
    await world.run(world.commands.approve(1))
    assert world.mailer.sent == []


async def test_an_address_that_is_none_is_refused(world: FileWorld) -> None:
    """DOC-60."""
    await world.run(world.add())
    for wrong in ("marie", "marie@localhost", "a b@c", "@example.com", "x@example.com\nBcc: y@example.com"):
        with pytest.raises(Refused) as refused:
            world.commands.notify(1, [wrong])
        assert refused.value.problem.code == "DOC-60"
    with pytest.raises(Refused):
        world.commands.notify(1, TO, "de")


async def test_f214_the_right_to_send_mail_is_asked_for_only_once_a_project_wants_one(world: FileWorld) -> None:
    house = file_house(Profile(world.temporary), world.journal, world.clock, world.secrets, None)
    world.add()
    assert house.purposes() == [Purpose.LIBRARIES]
    world.commands.notify(1, TO)
    assert house.purposes() == [Purpose.LIBRARIES, Purpose.MAIL]
    world.commands.notify(1, [])
    assert house.purposes() == [Purpose.LIBRARIES]


# --- what goes wrong --------------------------------------------------------------------------------


def failing(trouble: FileTrouble, how: type[FileCallFailed] = FileCallFailed) -> Callable[[], None]:
    def fail() -> None:
        raise how(trouble, DOWN)

    return fail


@pytest.mark.parametrize("trouble", [FileTrouble.SIGN_IN, FileTrouble.FORBIDDEN, FileTrouble.REFUSED])
async def test_mail_that_may_not_be_sent_is_told_and_stops_nothing(world: FileWorld, trouble: FileTrouble) -> None:
    """DOC-61: the files are in step all the same; a person has it sent again once the right is there."""
    world.mailer.before = failing(trouble)
    said = await world.first(mail_to=TO)
    assert (said["state"], said["problem"], world.project["phase"]) == ("done", None, FilePhase.REGULAR)
    assert (told(world), states(world)) == (["FIL-17", "DOC-61"], ("failed", "DOC-61"))
    world.mailer.before = lambda: None
    await world.run()
    assert world.mailer.sent == []
    said = await world.run(world.commands.send_again(1))
    assert (said["state"], len(world.mailer.sent), states(world)) == ("done", 1, ("sent", None))


async def test_nobody_signed_in_is_told_and_stops_nothing(world: FileWorld) -> None:
    async def nobody(_project: object) -> Mailbox:
        raise Refused(Problem("DOC-21", {"name": "Microsoft"}))

    world.mailer = nobody
    said = await world.first(mail_to=TO)
    assert (said["state"], states(world)) == ("done", ("failed", "DOC-61"))


async def test_a_fault_that_passes_is_tried_again_by_the_next_runs_and_given_up_in_the_end(world: FileWorld) -> None:
    world.mailer.before = failing(FileTrouble.AGAIN)
    await world.first(mail_to=TO)
    assert states(world) == ("wanted", "DOC-61")
    assert told(world) == ["FIL-17"]
    for _ in range(9):
        await world.run()
    assert states(world) == ("wanted", "DOC-61")
    await world.run()
    assert (told(world), states(world)) == (["FIL-17", "DOC-61"], ("failed", "DOC-61"))
    world.mailer.before = lambda: None
    await world.run()
    assert world.mailer.sent == []


async def test_a_message_whose_answer_nobody_saw_is_not_sent_twice(world: FileWorld) -> None:
    """DOC-62."""
    world.mailer.after = failing(FileTrouble.AGAIN, OutcomeUnknown)
    await world.first(mail_to=TO)
    await world.run()
    assert (len(world.mailer.sent), told(world)) == (1, ["FIL-17", "DOC-62"])
    assert states(world) == ("unknown", "DOC-62")


async def test_a_program_that_ends_before_the_call_sends_after_its_next_start(world: FileWorld) -> None:
    def closed() -> None:
        raise GateClosed

    world.mailer.before = closed
    await world.first(mail_to=TO)
    assert states(world) == ("wanted", None)
    world.mailer.before = lambda: None
    await world.run()
    assert (len(world.mailer.sent), states(world)) == (1, ("sent", None))


@pytest.mark.parametrize(("when", "sent"), [("before", 0), ("after", 1)])
async def test_f107_a_kill_around_the_call_never_doubles_the_message_and_says_that_nobody_knows(
    world: FileWorld, when: str, sent: int
) -> None:
    """DOC-62: nobody can look a message up, so it goes out at most once by itself; a person may send it again."""

    def die() -> None:
        raise Killed("sendMail")

    setattr(world.mailer, when, die)
    await world.run(world.add(mail_to=TO))
    request = world.commands.approve(1)
    with pytest.raises(Killed):
        await world.run(request)
    setattr(world.mailer, when, lambda: None)
    await world.run(request)
    await world.run()
    assert (len(world.mailer.sent), states(world)) == (sent, ("unknown", "DOC-62"))
    assert told(world) == ["FIL-17", "DOC-62"]
    await world.run(world.commands.send_again(1))
    assert (len(world.mailer.sent), states(world)) == (sent + 1, ("sent", None))


async def test_what_was_sent_cannot_be_sent_again(world: FileWorld) -> None:
    """DOC-63."""
    await world.first(mail_to=TO)
    with pytest.raises(Refused) as refused:
        world.commands.send_again(1)
    assert refused.value.problem.code == "DOC-63"


# --- who sends --------------------------------------------------------------------------------------


async def test_a_service_sends_from_the_mailbox_that_somebody_named_and_from_no_other(world: FileWorld) -> None:
    """DOC-69."""
    house = file_house(Profile(world.temporary), world.journal, world.clock, world.secrets, None)
    service = SimpleNamespace(way=Way.SERVICE, key="m1", name="Service", id=1)
    asked: list[str] = []

    class Connections:
        def microsoft_of(self, _account: str) -> SimpleNamespace:
            return service

    async def graph(account: str, purpose: Purpose) -> SimpleNamespace:
        asked.append(purpose)
        return SimpleNamespace()

    house.connections = Connections()  # type: ignore[assignment]
    house.graph = graph  # type: ignore[method-assign,assignment]
    project = {"account": "m1", "name": "Pont", "settings": {}}
    with pytest.raises(Refused) as refused:
        await house.mailer(project)
    assert (refused.value.problem.code, asked) == ("DOC-69", [])
    general(world, completion_mail_from="procore@contoso.com")
    mailer = await house.mailer(project)
    assert mailer._path == "/users/procore@contoso.com/sendMail"  # type: ignore[attr-defined]
    service.way = Way.PERSON
    assert (await house.mailer(project))._path == "/me/sendMail"  # type: ignore[attr-defined]
    assert asked == [Purpose.MAIL, Purpose.MAIL]
