"""What the sites of the training company write down in Procore: daily logs, RFIs, submittals, drawings, and the like.

In the projects that have documents. Each table below is one project's share; ids stand below those of other rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from maestro_procore.sandbox.bodies import made_content
from maestro_procore.sandbox.training_documents import AUTHORS, KB, PROJECTS_WITH_DOCUMENTS
from maestro_procore.sandbox.training_world import Row, World, day, moment

FIRST_RECORD_ID = 598_134_220_000_001
DAYS_WITH_LOGS = (-5, -4, -3, -2, -1)  # before the base date

# Log collection → rows of one day. "files": names of attachments. Texts hold {n}, the day's number.
LOGS: dict[str, tuple[dict[str, Any], ...]] = {
    "weather_logs": ({"sky": "Cloudy", "temperature": "Cold", "wind": "Light Wind", "comments": "Gel en matinée"},),
    "manpower_logs": (
        {"num_workers": 8, "num_hours": "8.0", "notes": "Coffrages, équipe A", "files": ("Feuille de présence.pdf",)},
        {"num_workers": 3, "num_hours": "7.5", "notes": "Électricité, sous-sol"},
    ),
    "notes_logs": (
        {
            "comment": "Jour {n} : coulée reportée à cause du vent; l'ingénieur est avisé.",
            "is_issue_day": False,
            "files": ("Photo du coffrage {n}.jpg", "Courriel à l'ingénieur.pdf"),
        },
    ),
    "delivery_logs": (
        {"contents": "Acier d'armature, 4,2 t", "delivery_from": "Alma", "time_hour": 9, "time_minute": 30},
    ),
    "visitor_logs": (
        {"subject": "Inspecteur de la Ville", "begin_hour": 13, "begin_minute": 0, "end_hour": 14, "end_minute": 15},
    ),
}
RFIS = (
    ("1", "Appui de la poutre P-14", "closed", "Quelle longueur d'appui faut-il prévoir ?", "200 mm, voir le croquis."),
    ("2", "Teinte du parement côté nord", "open", "Gris 7 ou gris 9 ?", None),
    ("3", "Embedded plates at grid C/4", "open", "The plates clash with the sleeves. Please advise.", None),
)
SUBMITTALS = (
    ("1", "Membrane d'étanchéité – fiche technique", "Approved"),
    ("2", "Dessins d'atelier – acier de structure", "Open"),
)
DRAWINGS = (
    ("A-101", "Plan du rez-de-chaussée", "Architecture", 3),
    ("A-301", "Coupes", "Architecture", 1),
    ("S-201", "Fondations", "Structure", 2),
)
SECTIONS = (("03 30 00", "Béton coulé en place"), ("07 52 00", "Membrane bitumineuse modifiée"))
MEETINGS = (("Réunion de chantier nº 11", -49), ("Réunion de chantier nº 12", -35))
PUNCH_ITEMS = ("Retouche de peinture, local 204", "Joint de dilatation à refaire")


class Records:
    """Rows of one project while they are being made."""

    def __init__(self, world: World, project_id: int, ids: Iterator[int]) -> None:
        self._world = world
        self._project_id = project_id
        self._ids = ids

    def add(self, collection: str, days_before: int, **fields: Any) -> Row:
        stamp = moment(days_before)
        row = {"id": next(self._ids), "project_id": self._project_id, "created_at": stamp, "updated_at": stamp}
        return self._world.add_procore(collection, {**row, **fields})[0]

    def attached(self, days_before: int, *names: str) -> list[Row]:
        """References to new attachments of these names."""
        return [{"id": self.add("attachments", days_before, name=name, **self.file(name))["id"]} for name in names]

    def file(self, name: str, kilobytes: int = 180) -> dict[str, Any]:
        """The own keys of a row that has a content."""
        seed = f"records/{self._project_id}/{next(self._ids)}"
        content = made_content(seed, kilobytes * KB, name.rpartition(".")[2])
        return {"_file_name": name, "_content": content}

    def author(self, number: int) -> dict[str, Any]:
        return AUTHORS[number % len(AUTHORS)]


def build_site_records(world: World) -> None:
    """Fill daily logs and the tools that are copied one way."""
    ids = count(FIRST_RECORD_ID)
    for project in world.procore["projects"][:PROJECTS_WITH_DOCUMENTS]:
        records = Records(world, project["id"], ids)
        _logs(records)
        _rfis_and_submittals(records)
        _drawings(records)
        _specifications(records)
        _meetings_and_punch_items(records)


def _logs(records: Records) -> None:
    for number, after in enumerate(DAYS_WITH_LOGS, start=1):
        date = day(after)
        header = records.add("daily_log_headers", -after, log_date=date, log_datetime=f"{date}T12:00:00Z")
        for collection, rows in LOGS.items():
            for position, given in enumerate(rows, start=1):
                values = {name: _numbered(value, number) for name, value in given.items() if name != "files"}
                names = [_numbered(name, number) for name in given.get("files", ())]
                if collection == "notes_logs":
                    values["daily_log_header_id"] = header["id"]
                author = records.author(position)
                attached = records.attached(-after, *names)
                records.add(
                    collection,
                    -after,
                    **values,
                    date=date,
                    position=position,
                    created_by=author,
                    attachments=attached,
                    status="pending" if (number, position) == (5, 2) else "approved",
                )


def _numbered(value: Any, number: int) -> Any:
    return value.format(n=number) if isinstance(value, str) else value


def _rfis_and_submittals(records: Records) -> None:
    for index, (number, subject, status, question, answer) in enumerate(RFIS):
        asked = 60 - 7 * index
        answers = [
            {
                "id": index + 1,
                "official": True,
                "answer_date": moment(asked - 5),
                "plain_text_body": answer,
                "rich_text_body": f"<p>{answer}</p>",
                "created_by": records.author(2)["name"],
                "created_by_id": records.author(2)["id"],
                "attachments": records.attached(asked - 5, f"Réponse {number}.pdf"),
            }
        ]
        first = {
            "id": index + 1,
            "question_date": moment(asked),
            "plain_text_body": question,
            "rich_text_body": f"<p>{question}</p>",
            "created_by": records.author(0)["name"],
            "attachments": records.attached(asked, f"Croquis RFI {number}.pdf"),
            "answers": answers if answer else [],
        }
        records.add(
            "rfis",
            asked - 5 if answer else asked,
            number=number,
            full_number=number,
            subject=subject,
            status=status,
            translated_status=status,
            draft=False,
            private=False,
            questions=[first],
            assignee=records.author(2),
            due_date=day(7 - asked),
        )
    for number, title, status in SUBMITTALS:
        records.add(
            "submittals",
            30 - int(number),
            number=number,
            formatted_number=number,
            revision="0",
            title=title,
            current_revision=True,
            status={"id": 1, "name": status, "status": status},
            received_from=records.author(1),
            created_by=records.author(0),
            attachments=records.attached(30 - int(number), f"{title}.pdf"),
        )


def _drawings(records: Records) -> None:
    area = records.add("drawing_areas", 200, name="Bâtiment principal", drawings_count=len(DRAWINGS))
    issued = records.add("drawing_sets", 190, name="Émis pour construction", date=day(-190), position=1)
    disciplines: dict[str, Row] = {}
    for number, title, discipline, revisions in DRAWINGS:
        if discipline not in disciplines:
            position = len(disciplines) + 1
            disciplines[discipline] = records.add("drawing_disciplines", 200, name=discipline, position=position)
        found = disciplines[discipline]
        drawing = records.add(
            "drawings",
            190,
            drawing_area_id=area["id"],
            number=number,
            title=title,
            discipline=discipline,
            drawing_discipline_id=found["id"],
            obsolete=False,
        )
        for revision in range(revisions):
            records.add(
                "drawing_revisions",
                190 - 40 * revision,
                drawing_id=drawing["id"],
                number=number,
                title=title,
                revision_number=str(revision),
                current=revision == revisions - 1,
                obsolete=revision < revisions - 1,
                drawing_date=day(40 * revision - 190),
                drawing_area={"id": area["id"]},
                drawing_set={"id": issued["id"]},
                discipline={"id": found["id"], "name": discipline, "position": found["position"]},
                **records.file(f"{number} rév. {revision}.pdf", 2_400),
            )


def _specifications(records: Records) -> None:
    books = records.add("specification_sets", 200, name="Devis – émis pour construction", date=day(-200), position=1)
    for number, description in SECTIONS:
        division = records.add(
            "specification_section_divisions", 200, number=number[:2], description=f"Division {number[:2]}",
            **records.file(f"Division {number[:2]}.pdf", 1_900),
        )  # fmt: skip
        section = records.add("specification_sections", 200, number=number, description=description, label=number)
        revision = records.add(
            "specification_section_revisions",
            200,
            number=number,
            description=description,
            revision="0",
            issued_date=day(-200),
            specification_section_id=section["id"],
            specification_section_division_id=division["id"],
            specification_set_id=books["id"],
            section_id=section["id"],
            section_name=description,
            name=f"{number} {description}",
            **records.file(f"{number} {description}.pdf", 640),
        )
        section["current_revision_id"] = revision["id"]


def _meetings_and_punch_items(records: Records) -> None:
    for position, (title, after) in enumerate(MEETINGS, start=1):
        records.add(
            "meetings",
            -after,
            title=title,
            position=position,
            mode="minutes",
            occurred=True,
            is_private=False,
            starts_at=moment(-after),
            attachments=records.attached(-after, f"{title}.pdf"),
            _group="Réunions de chantier",
        )
    for position, name in enumerate(PUNCH_ITEMS, start=1):
        records.add(
            "punch_items",
            12 - position,
            name=name,
            position=position,
            status="Open",
            priority="low",
            private=False,
            attachments=records.attached(12 - position, "Photo.jpg"),
        )
    records.add(
        "observations_items",
        9,
        number="1",
        name="Garde-corps manquant, étage 2",
        status="initiated",
        priority="High",
        attachments=records.attached(9, "Garde-corps.jpg"),
    )
