"""Photos of the training company: albums with images, in the projects that have documents."""

from __future__ import annotations

from itertools import count

from maestro_procore.sandbox.bodies import made_content
from maestro_procore.sandbox.training_documents import AUTHORS, KB, PROJECTS_WITH_DOCUMENTS
from maestro_procore.sandbox.training_world import World, moment

FIRST_PHOTO_ID = 598_134_210_000_001

# Album → photos: file name, description, kilobytes. Two names are equal on purpose: Procore does not mind.
ALBUMS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "Unclassified": (("IMG_0412.jpg", "", 2_811), ("IMG_0413.jpg", "Livraison de l'acier", 2_640)),
    "Fondations": (
        ("IMG_0420.jpg", "Coffrage de la semelle – axe B", 3_104),
        ("IMG_0421.jpg", "Armature avant coulée", 3_255),
        ("Coulée nº 4.jpg", "Coulée nº 4, 38 m³", 2_998),
    ),
    "Façade : nord / est": (
        ("IMG_0420.jpg", "Membrane posée, côté nord", 3_410),
        ("Joint.png", "Détail du joint", 905),
    ),
    "Site & sécurité": (("Clôture.jpg", "Clôture réparée après le vent", 1_702),),
    "Visite du client": (),
}


def build_photos(world: World) -> None:
    """Fill albums and images of the first projects that Procore has."""
    ids = count(FIRST_PHOTO_ID)
    for project in world.procore["projects"][:PROJECTS_WITH_DOCUMENTS]:
        for position, (album, photos) in enumerate(ALBUMS.items(), start=1):
            (row,) = world.add_procore(
                "image_categories",
                {
                    "id": next(ids),
                    "project_id": project["id"],
                    "name": album,
                    "position": position,
                    "private": False,
                    "created_at": moment(300),
                },
            )
            for number, (name, description, kilobytes) in enumerate(photos):
                image_id = next(ids)
                taken = moment(40 + 7 * position + number)
                world.add_procore("images", {
                    "id": image_id,
                    "project_id": project["id"],
                    "image_category_id": row["id"],
                    "filename": name,
                    "description": description or None,
                    "taken_at": taken,
                    "created_at": taken,
                    "updated_at": taken,
                    "width": 4032,
                    "height": 3024,
                    "uploader": AUTHORS[image_id % len(AUTHORS)],
                    "_file_name": name,
                    "_content": made_content(f"photos/{image_id}", kilobytes * KB, name.rpartition(".")[2]),
                })  # fmt: skip
