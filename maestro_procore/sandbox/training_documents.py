"""Documents of the training company: one believable tree per project, with the names and files that cause trouble.

`small` has three such projects; `many_documents` makes as many files as a measurement wants, for whoever asks.
Contents are made when somebody reads them (bodies.py), so that nothing is stored. Ids stand below those of the other
rows: ids of records made later are the same with and without documents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from maestro_procore.sandbox.bodies import made_content
from maestro_procore.sandbox.training_world import Row, World, moment

FIRST_DOCUMENT_ID = 598_134_200_000_001
FIRST_MANY_ID = 598_134_250_000_001
PROJECTS_WITH_DOCUMENTS = 3
AUTHORS = (
    {"id": 598_134_199_000_001, "login": "jf.gagnon@example.com", "name": "Jean-François Gagnon"},
    {"id": 598_134_199_000_002, "login": "mp.theriault@example.com", "name": "Marie-Pier Thériault"},
    {"id": 598_134_199_000_003, "login": "s.obrien@example.com", "name": "Siobhán O'Brien"},
)
KB, MB = 1_000, 1_000_000
FOREVER = "2036-01-01T00:00:00Z"  # end of a check-out that lasts as long as the training

# Folder path → files in it: name and declared size in bytes. A folder without files is there as well.
TREE: dict[str, tuple[tuple[str, int], ...]] = {
    "01 Plans": (),
    "01 Plans/Architecture": (
        ("A-101 Plan du rez-de-chaussée.pdf", 4_812 * KB),
        ("A-102 Plan de l'étage.pdf", 4_655 * KB),
        ("A-301 Coupes.pdf", 2_204 * KB),
    ),
    "01 Plans/Structure": (("S-201 Fondations.pdf", 3_377 * KB), ("S-201 Fondations.dwg", 8_960 * KB)),
    "01 Plans/Mécanique et électricité": (("M-401 Ventilation.pdf", 5_120 * KB), ("E-501 Éclairage.pdf", 2_871 * KB)),
    "02 Devis": (("Devis architecture – émis pour construction.pdf", 12_450 * KB), ("Addenda nº 3.pdf", 812 * KB)),
    "03 Contrats": (("Contrat signé.pdf", 1_940 * KB), ("Annexe C – Échéancier.xlsx", 96 * KB)),
    "03 Contrats/Sous-traitants": (("Acier d'armature – lettre d'intention.docx", 58 * KB),),
    "04 Réunions de chantier": (
        ("2026-09-14 Compte rendu nº 11.docx", 74 * KB),
        ("2026-09-28 Compte rendu nº 12.docx", 77 * KB),
    ),
    "05 Site & Safety": (("Emergency plan.pdf", 655 * KB), ("Toolbox talks 2026.xlsx", 44 * KB)),
    "06 Essais de béton": (("Rapport 7 jours – coulée 4.pdf", 212 * KB), ("Rapport 28 jours – coulée 4.pdf", 215 * KB)),
    "07 Fiches techniques": (("Membrane élastomère.pdf", 1_333 * KB), ("Isolant R-40.pdf", 487 * KB)),
    "08 Correspondance": (),
    "08 Correspondance/Municipalité": (("Permis de construction.pdf", 398 * KB),),
    "09 Fermeture": (),
}

# The names and files that cause trouble elsewhere; every project has them. Path → files.
TROUBLE: dict[str, tuple[tuple[str, int], ...]] = {
    "10 Cas particuliers": (
        ("Soumission #12 – 100% final : révisée.pdf", 233 * KB),
        ("Relevé «as-built» + photos & notes.pdf", 1_021 * KB),
        ("Plan-Clé.pdf", 310 * KB),
        ("plan-clé.PDF", 311 * KB),
        (unicodedata.normalize("NFC", "Façade nord – détail.png"), 720 * KB),
        (unicodedata.normalize("NFD", "Façade nord – détail.png"), 721 * KB),
        ("Vide.txt", 0),
        ("Espaces à la fin .docx ", 31 * KB),
        ("Rapport final.", 12 * KB),
        ("CON.pdf", 18 * KB),
        ("~$Budget ouvert.xlsx", 1 * KB),
        (f"{'Compte rendu de la réunion de coordination – ' * 7}"[:296] + ".pdf", 64 * KB),
        ("Nuage de points du bâtiment.zip", 1_350 * MB),
    ),
    "10 Cas particuliers/Espace à la fin ": (("Note.txt", 240),),
    "10 Cas particuliers/très/profond/encore/plus/bas": (("Fin.txt", 12),),
    "11 Ressources humaines": (("Salaires 2026.xlsx", 88 * KB),),
}
PRIVATE = "11 Ressources humaines"
CHECKED_OUT = "Annexe C – Échéancier.xlsx"
VERSIONS_OF = {"A-101 Plan du rez-de-chaussée.pdf": 3, "Annexe C – Échéancier.xlsx": 2, "Vide.txt": 1}


@dataclass
class Tree:
    """Rows of one project's documents while they are being made. seed: tells contents of two trees apart."""

    project_id: int
    seed: str
    ids: Iterator[int]
    documents: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    _folders: dict[str, int] = field(default_factory=dict)

    def folder(self, path: str, days_before: int, **more: Any) -> int:
        """The folder of a path, with those above it; the empty path is the root."""
        if path in self._folders:
            return self._folders[path]
        above, _, name = path.rpartition("/")
        parent = None if path == "" else self.folder(above, days_before)
        row_id = self._add("folder", name or "Documents", parent, days_before, **more)
        self._folders[path] = row_id
        return row_id

    def start(self) -> None:
        """Root and recycle bin, as every project has them."""
        root = self.folder("", 400, read_only=True)
        self._add("folder", "Recycle Bin", root, 400, is_recycle_bin=True, read_only=True)

    def file(self, folder: str, name: str, size: int, days_before: int, numbers: int = 1, **more: Any) -> None:
        """A file with so many versions, the last one of that size, each a week younger than the one before."""
        parent = self.folder(folder, days_before + 7 * numbers)
        row_id = self._add("file", name, parent, days_before, **more)
        for number in range(1, numbers + 1):
            declared = size if number == numbers else size * 9 // 10
            self.versions.append({
                "id": next(self.ids),
                "project_id": self.project_id,
                "file_id": row_id,
                "number": number,
                "notes": None if number == 1 else f"Révision {number}",
                "created_at": moment(days_before + 7 * (numbers - number)),
                "created_by": AUTHORS[row_id % len(AUTHORS)],
                "_file_name": name,
                "_content": made_content(f"{self.seed}/{row_id}/{number}", declared, _ending(name)),
            })  # fmt: skip

    def _add(self, kind: str, name: str, parent: int | None, days_before: int, **more: Any) -> int:
        row_id = next(self.ids)
        stamp = moment(days_before)
        self.documents.append({
            "id": row_id,
            "project_id": self.project_id,
            "document_type": kind,
            "name": name,
            "parent_id": parent,
            "created_at": stamp,
            "updated_at": stamp,
            "created_by": AUTHORS[row_id % len(AUTHORS)],
            **more,
        })  # fmt: skip
        return row_id


def build_documents(world: World) -> None:
    """Fill the documents of the first projects that Procore has."""
    ids = count(FIRST_DOCUMENT_ID)
    for project in world.procore["projects"][:PROJECTS_WITH_DOCUMENTS]:
        tree = Tree(project["id"], f"documents/{project['id']}", ids)
        tree.start()
        for days, (folder, files) in enumerate({**TREE, **TROUBLE}.items(), start=10):
            tree.folder(folder, 300, private=folder == PRIVATE)
            for name, size in files:
                tree.file(folder, name, size, days * 5 % 120 + 1, VERSIONS_OF.get(name, 1), **_lock(name))
        world.add_procore("documents", *tree.documents)
        world.add_procore("file_versions", *tree.versions)


def _lock(name: str) -> dict[str, Any]:
    return {"checked_out_until": FOREVER, "checked_out_by": AUTHORS[0]} if name == CHECKED_OUT else {}


def many_documents(
    project_id: int, files: int = 50_000, declared_bytes: int = 50_000 * MB, files_in_folder: int = 33
) -> dict[str, list[Row]]:
    """Rows of one project with so many files: collections "documents" and "file_versions" of the start data.

    Folders hold ten folders each, those on the third level the files. Sizes vary around the mean and add up to
    declared_bytes. Equal at every call. With `bodies_scaled` 1,000 the default carries 50 MB of bodies.
    """
    tree = Tree(project_id, f"many/{project_id}", count(FIRST_MANY_ID))
    tree.start()
    mean, left = declared_bytes // files, declared_bytes
    for number in range(files):
        folder = number // files_in_folder
        path = f"Lot {folder // 100:02d}/Zone {folder // 10 % 10}/Dossier {folder:04d} – relevés"
        size = left if number == files - 1 else mean * (50 + number * 37 % 101) // 100
        left -= size
        tree.file(path, f"Relevé {number:05d}{ENDINGS[number % len(ENDINGS)]}", size, number % 300 + 1)
    return {"documents": tree.documents, "file_versions": tree.versions}


ENDINGS = (".pdf", ".jpg", ".xlsx", ".dwg", ".docx")


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
