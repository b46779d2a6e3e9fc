"""`documents destination …`: where the files of a project go, and where they are to go instead."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from maestro_procore.i18n import text
from maestro_procore.ports import Row

if TYPE_CHECKING:
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House


async def found(house: "House", arguments: argparse.Namespace) -> dict[str, Any]:
    """Account, drive and folder that the options name; in training the library of the practice company.

    Errors: Refused (DOC-93) for an account that is not there.
    """
    try:
        account = await house.files.account_of(arguments.account or "")
        destinations = await house.files.destinations(account)
        if arguments.folder_url:
            there = await destinations.folder_at(arguments.folder_url)
        else:
            drive = arguments.drive or await house.files.usual_drive(destinations)
            there = await destinations.root(drive)
        return {"account": account, "drive_id": there.drive_id, "parent_id": there.id, "destination": there.web_url}
    finally:
        await house.files.close()


def move(house: "House", project: "FileProjectRow", arguments: argparse.Namespace) -> Row:
    """The request that plans anew. Errors: Refused (DOC-90) while the project is synchronized."""
    from maestro_procore.engine.file_destination import Destination

    place = asyncio.run(found(house, arguments))
    wanted = Destination(place["drive_id"], place["parent_id"], place["destination"], place["account"])
    return house.commands.files.move_destination(project.id, wanted)


def add_options(verb: argparse.ArgumentParser) -> None:
    """What names a place in a drive."""
    verb.add_argument("--folder-url", metavar="URL", help=text("cli.documents.option.folder_url"))
    verb.add_argument("--drive", metavar="ID", help=text("cli.documents.option.drive"))
    verb.add_argument("--account", metavar="NAME", help=text("cli.documents.option.account"))
