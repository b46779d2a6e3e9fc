"""The short lists of the training company: the company itself, users, types, templates, taxes, periods."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from maestro_procore.sandbox.training_world import CONNECTED_COMPANY_ID, OTHER_COMPANY_ID, Row, World

COMPANY_NAME = "Constructions Belle-Rivière (formation) inc."

# code, name, group, language, and the rights administrator, configure, synchronize, manage, add master records
USERS = (
    ("ADMIN", "Geneviève L'Écuyer", "ADMIN", "fr", True, True, True, True, True),
    ("COMPTA", "Mélanie Tremblay", "COMPTABLES", "fr", False, False, True, False, True),
    ("TECH", "Andrew Fraser", "TECHNIQUE", "en", False, True, False, True, False),
    ("LECTURE", "Noémie Gagnon", "LECTEURS", "fr", False, False, False, False, False),
)

ACTIVITIES = (
    ("DIV01", "Exigences générales", "General requirements", "division", None),
    ("01-100", "Installation de chantier", "Site set-up", "activity", "DIV01"),
    ("01-500", "Surveillance et sécurité", "Supervision and safety", "activity", "DIV01"),
    ("DIV03", "Béton", "Concrete", "division", None),
    ("03-100", "Coffrages", "Formwork", "activity", "DIV03"),
    ("03-300", "Béton coulé en place", "Cast-in-place concrete", "activity", "DIV03"),
    ("DIV05", "Métaux", "Metals", "division", None),
    ("05-120", "Charpente d'acier", "Structural steel", "activity", "DIV05"),
    ("DIV07", "Isolation et étanchéité", "Thermal and moisture protection", "division", None),
    ("07-500", "Couvertures à membrane", "Membrane roofing", "activity", "DIV07"),
    ("DIV22", "Plomberie", "Plumbing", "division", None),
    ("22-100", "Tuyauterie et accessoires", "Piping and fixtures", "activity", "DIV22"),
    ("DIV26", "Électricité", "Electrical", "division", None),
    ("26-050", "Distribution électrique", "Power distribution", "activity", "DIV26"),
)

COST_GROUPS = (
    ("MAT", "Matériaux", "Materials", "material"),
    ("ST", "Sous-traitants", "Subcontractors", "subcontractor"),
    ("DIV", "Divers", "Miscellaneous", "miscellaneous"),
    ("EQP", "Équipements", "Equipment", "equipment"),
    ("MO", "Main-d'œuvre", "Labour", "labour"),
    ("REV", "Revenus", "Billing", "billing"),
)

UNITS = (
    ("UN", "Unité", "Each"), ("H", "Heure", "Hour"), ("M", "Mètre", "Metre"), ("M2", "Mètre carré", "Square metre"),
    ("M3", "Mètre cube", "Cubic metre"), ("TM", "Tonne métrique", "Metric ton"), ("FORF", "Forfait", "Lump sum"),
)  # fmt: skip


def build_company(world: World) -> None:
    """Fill m_company and m_user, and the Procore companies: the connected one first."""
    world.add("m_company", {
        "name": COMPANY_NAME, "address": "1875, boul. Industriel", "city": "Trois-Rivières", "province": "QC",
        "country": "CA", "postal_code": "G9A 5H7", "phone": "819-555-0100", "neq": "1168342905",
        "rbq": "5634-2187-01", "gst_no": "812345676RT0001", "qst_no": "1098765432TQ0001", "tag": "BELLERIVIERE",
        "currency": "CAD", "prefix": None, "multidimensional": False, "data_directory": None,
        "environment": "test", "security_mode": "local", "language": "fr",
    })  # fmt: skip
    rights = ("is_admin", "can_configure", "can_synchronize", "can_manage", "can_add_master")
    for number, (code, name, group, language, *allowed) in enumerate(USERS, start=1):
        user = {"user_id": number, "code": code, "name": name, "group_code": group, "language": language}
        world.add("m_user", user | dict(zip(rights, allowed, strict=True)))
    world.add_procore(
        "companies",
        {"id": CONNECTED_COMPANY_ID, "name": "Constructions Belle-Rivière", "is_active": True, "my_company": True},
        {"id": OTHER_COMPANY_ID, "name": "Northern Lights Builders Ltd.", "is_active": True, "my_company": False},
    )


def build_lists(world: World) -> None:
    """Fill the code lists of maestro* and the lookups of Procore."""
    for table, key, rows in (
        ("m_project_type", "code", (("INST", "Institutionnel"), ("COMM", "Commercial"), ("INDU", "Industriel"),
                                    ("RESI", "Résidentiel"))),
        ("m_project_category", "code", (("NEUF", "Construction neuve"), ("RENO", "Rénovation"))),
        ("m_department", "code", (("BAT", "Bâtiment"), ("CIV", "Génie civil"))),
        ("m_template", "template_no", ((1, "Bâtiment – gabarit standard"), (2, "Génie civil"))),
    ):  # fmt: skip
        world.add(table, *({key: code, "description": text} for code, text in rows))
    world.add("m_template_activity", *(
        {"template_no": 1, "activity_code": code, "description_fr": french, "description_en": english,
         "activity_type": kind, "parent_code": parent}
        for code, french, english, kind, parent in ACTIVITIES
    ))  # fmt: skip
    world.add("m_cost_group", *(
        {"group_code": code, "description_fr": french, "description_en": english, "family": family,
         "gl_account": f"5{number}00-00", "wip_account": f"15{number}0-00", "deferred_group": None, "is_active": True}
        for number, (code, french, english, family) in enumerate(COST_GROUPS, start=1)
    ))  # fmt: skip
    world.add("m_unit", *({"unit_code": c, "description_fr": f, "description_en": e} for c, f, e in UNITS))
    world.add("m_tax_code", *(
        {"tax_code": code, "description": text, "rate": rate, "recoverable": rate}
        for code, text, rate in (("TPSTVQ", "TPS et TVQ", "0.149750"), ("TVH", "TVH Ontario", "0.130000"),
                                 ("EXO", "Exonéré", "0.000000"))
    ))  # fmt: skip
    world.add("m_terms", *(
        {"terms_code": code, "description": text, "days": days}
        for code, text, days in (("COMPT", "Payable à la réception", 0), ("NET30", "Net 30 jours", 30),
                                 ("NET45", "Net 45 jours", 45))
    ))  # fmt: skip
    world.add("m_period", *(_period(year, month) for year in (2025, 2026, 2027) for month in range(1, 13)))
    _procore_lookups(world)


def _period(year: int, month: int) -> Row:
    """One accounting month; closed up to September 2026."""
    last = date(year, month, monthrange(year, month)[1])
    closed = (year, month) <= (2026, 9)
    return {"year": year, "period": month, "start_date": date(year, month, 1).isoformat(),
            "end_date": last.isoformat(), "status": "closed" if closed else "open"}  # fmt: skip


def _procore_lookups(world: World) -> None:
    world.add_procore(
        "project_stages",
        {"name": "Bidding", "is_bidding_stage": True, "category": "pre_construction"},
        {"name": "Pre-Construction", "is_bidding_stage": False, "category": "pre_construction"},
        {"name": "Course of Construction", "is_bidding_stage": False, "category": "course_of_construction"},
        {"name": "Warranty", "is_bidding_stage": False, "category": "post_construction"},
    )
    world.add_procore(
        "project_templates", {"name": "Gabarit bâtiment – Belle-Rivière"}, {"name": "Civil works template"}
    )
    world.add_procore("project_types", *({"name": name} for name in ("Institutional", "Commercial", "Industrial")))
    world.add_procore("departments", *({"name": name} for name in ("Bâtiment", "Génie civil")))
    world.add_procore("offices", {
        "name": "Siège social", "address": "1875, boul. Industriel", "city": "Trois-Rivières", "state_code": "QC",
        "country_code": "CA", "zip": "G9A 5H7", "phone": "819-555-0100",
    })  # fmt: skip
