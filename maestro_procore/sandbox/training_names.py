"""Words the training company is made of: family names, trades, streets, cities.

Only data. Family names, streets and cities are common Quebec and Ontario ones; no firm or person is meant.
"""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A real city with the start of its postal codes and its telephone area codes."""

    name: str
    province: str
    postal_starts: tuple[str, ...]
    area_codes: tuple[str, ...]


CITIES: tuple[City, ...] = (
    City("Montréal", "QC", ("H1A", "H2X", "H3B", "H4N"), ("514", "438")),
    City("Québec", "QC", ("G1K", "G1N", "G2K"), ("418", "581")),
    City("Laval", "QC", ("H7L", "H7T", "H7W"), ("450", "579")),
    City("Gatineau", "QC", ("J8P", "J8X", "J8Y"), ("819", "873")),
    City("Longueuil", "QC", ("J4G", "J4H"), ("450", "579")),
    City("Sherbrooke", "QC", ("J1H", "J1L"), ("819", "873")),
    City("Saguenay", "QC", ("G7H", "G7J"), ("418", "581")),
    City("Lévis", "QC", ("G6V", "G6W"), ("418", "581")),
    City("Trois-Rivières", "QC", ("G8Z", "G9A"), ("819", "873")),
    City("Terrebonne", "QC", ("J6W", "J6X"), ("450", "579")),
    City("Saint-Jean-sur-Richelieu", "QC", ("J2X", "J3B"), ("450", "579")),
    City("Brossard", "QC", ("J4Y", "J4Z"), ("450", "579")),
    City("Repentigny", "QC", ("J5Y", "J6A"), ("450", "579")),
    City("Drummondville", "QC", ("J2B", "J2C"), ("819", "873")),
    City("Saint-Jérôme", "QC", ("J7Y", "J7Z"), ("450", "579")),
    City("Granby", "QC", ("J2G", "J2H"), ("450", "579")),
    City("Blainville", "QC", ("J7C",), ("450", "579")),
    City("Saint-Hyacinthe", "QC", ("J2S", "J2T"), ("450", "579")),
    City("Shawinigan", "QC", ("G9N", "G9P"), ("819", "873")),
    City("Rimouski", "QC", ("G5L", "G5M"), ("418", "581")),
    City("Victoriaville", "QC", ("G6P", "G6R"), ("819", "873")),
    City("Saint-Eustache", "QC", ("J7P", "J7R"), ("450", "579")),
    City("Salaberry-de-Valleyfield", "QC", ("J6S", "J6T"), ("450", "579")),
    City("Rouyn-Noranda", "QC", ("J9X", "J9Y"), ("819", "873")),
    City("Val-d'Or", "QC", ("J9P",), ("819", "873")),
    City("Sorel-Tracy", "QC", ("J3P", "J3R"), ("450", "579")),
    City("Joliette", "QC", ("J6E",), ("450", "579")),
    City("Saint-Georges", "QC", ("G5Y", "G5Z"), ("418", "581")),
    City("Alma", "QC", ("G8B", "G8C"), ("418", "581")),
    City("Thetford Mines", "QC", ("G6G", "G6H"), ("418", "581")),
    City("Sept-Îles", "QC", ("G4R", "G4S"), ("418", "581")),
    City("Baie-Comeau", "QC", ("G4Z", "G5C"), ("418", "581")),
    City("Rivière-du-Loup", "QC", ("G5R",), ("418", "581")),
    City("Magog", "QC", ("J1X",), ("819", "873")),
    City("L'Ancienne-Lorette", "QC", ("G2E",), ("418", "581")),
    City("L'Assomption", "QC", ("J5W",), ("450", "579")),
    City("Dollard-des-Ormeaux", "QC", ("H9A", "H9B"), ("514", "438")),
    City("Pointe-Claire", "QC", ("H9R",), ("514", "438")),
    City("Vaudreuil-Dorion", "QC", ("J7V",), ("450", "579")),
    City("Saint-Bruno-de-Montarville", "QC", ("J3V",), ("450", "579")),
    City("Sainte-Anne-de-Bellevue", "QC", ("H9X",), ("514", "438")),
    City("Sainte-Marthe-sur-le-Lac", "QC", ("J0N",), ("450", "579")),
    City("Mont-Laurier", "QC", ("J9L",), ("819", "873")),
    City("La Tuque", "QC", ("G9X",), ("819", "873")),
    City("Gaspé", "QC", ("G4X",), ("418", "581")),
    City("Ottawa", "ON", ("K1A", "K1P", "K2B"), ("613", "343")),
    City("Hawkesbury", "ON", ("K6A",), ("613", "343")),
    City("Cornwall", "ON", ("K6H", "K6J"), ("613", "343")),
    City("Kingston", "ON", ("K7L", "K7M"), ("613", "343")),
    City("Toronto", "ON", ("M4B", "M5V"), ("416", "647")),
    City("Mississauga", "ON", ("L4W", "L5B"), ("905", "289")),
    City("Sudbury", "ON", ("P3A", "P3E"), ("705", "249")),
    City("Timmins", "ON", ("P4N",), ("705", "249")),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Family names of the suppliers that carry an external number in Procore.
FAMILY_NAMES: tuple[str, ...] = _words(
    """Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque
    Bergeron Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc
    Lefebvre Poulin Thibault St-Pierre Nadeau Martel Landry Martin Bédard Grenier Lessard Bernier Richard Michaud Hébert
    Desjardins Couture Turcotte Lachance Parent Blais Gosselin Savard Proulx Beaudoin Demers Perron Boudreau Lemieux Cyr
    Perreault Dufour Dion Mercier Bolduc Bérubé Boisvert Langlois Ménard Therrien Plante Bilodeau Blanchette Dubois
    Champagne Paradis Fortier Arsenault Dupuis Gaudreault Hamel Houle Villeneuve Rousseau Gravel Thériault Lemay
    Robert Allard Deschênes Giroux Guay Leduc Boivin Charbonneau Lambert Raymond Vachon Gilbert Audet Jean Larouche
    Legault Trudel Fontaine Picard Labelle Lacroix Jacques Moreau Carrier Bernard Desrosiers Goulet Renaud Dionne
    Lapierre Vaillancourt Fillion Lalonde Tessier Bertrand Tardif Lepage Gingras Benoît Rioux Giguère Drouin
    Harvey Lauzon Nguyen Gendron Boutin Laflamme Vallée Dumont Breton Paré Paquin Robitaille Gélinas Duchesne Lussier
    Séguin Veilleux Potvin Gervais Pépin Laroche Morissette Charron Lavallée Laplante Chabot Brunet Vézina Desrochers
    Labrecque Coulombe Tanguay Chouinard Noël Pouliot Lacasse Daigle Marcoux Lamontagne Turgeon Larocque Roberge
    Auger Masse Pilon Racine Dallaire Émond Grégoire Beauregard Smith Denis Lebel Blouin Martineau Labbé Beauchamp
    St-Onge Charette Dupont Létourneau Rodrigue Cormier Rivard Mathieu Asselin St-Jean Plourde Thibodeau Bélisle
    St-Laurent Godbout Barrette Rheault Doyon D'Amours L'Écuyer L'Italien D'Astous MacDonald O'Connor McKenzie
    Campbell Fraser"""
)

# Family names of suppliers that Procore knows by name only: used once each, so that no other name comes near.
RARE_FAMILY_NAMES: tuple[str, ...] = _words(
    """Archambault Babineau Castonguay Delisle Éthier Frigault Grandmaison Hudon Isabelle Jolicoeur Kirouac Lafrenière
    Mainville Normandeau Ostiguy Philibert Quenneville Rondeau Sansregret Taillefer Ubertino Vadeboncoeur Whissell
    Xenakis Yelle Zummo Brisebois Chagnon Desautels Faubert Guertin Hurtubise Jodoin Kavanagh Lamoureux Monfette
    Nantel Ouimet Piuze Quintal Riendeau Sigouin Trépanier Vermette Wolfe Bissonnette Clermont Duquette Fauteux
    Gohier Huneault Joncas Lespérance Marchessault Nolin Ouellon Pominville Rainville Sauvageau Tétreault Viau
    Bastarache Crevier Dansereau Filiatrault Gladu Handfield Jetté Larivée Meloche Nepveu Pinsonneault Ranger Sicotte
    Toupin Vigneault Beaugrand Choquette Dagenais Fugère"""
)


class Trade(NamedTuple):
    """What a supplier does: the start of its name, the supplier type and whether it works as a sub-contractor."""

    name: str
    type_code: str
    is_subcontractor: bool


def _subcontractors(*names: str) -> tuple[Trade, ...]:
    return tuple(Trade(name, "SUB", True) for name in names)


SUBCONTRACT_TRADES: tuple[Trade, ...] = _subcontractors(
    "Plomberie", "Électricité", "Excavation", "Couvreur", "Toitures", "Ventilation", "Maçonnerie", "Coffrages",
    "Charpentes d'acier", "Ferblanterie", "Peinture", "Systèmes intérieurs", "Plâtrerie", "Céramique", "Vitrerie",
    "Portes et fenêtres", "Ébénisterie", "Isolation", "Gicleurs", "Paysagement", "Pavage", "Forage", "Démolition",
    "Clôtures", "Ascenseurs", "Revêtements de sol", "Menuiserie", "Soudure", "Réfrigération", "Chauffage",
    "Arpentage", "Terrassement", "Imperméabilisation", "Calorifugeage", "Serrurerie", "Transport en vrac",
    "Signalisation", "Désamiantage", "Armature", "Structures", "Roofing", "Mechanical", "Drywall", "Painting",
    "Concrete", "Steel Erectors", "Landscaping", "Fire Protection",
)  # fmt: skip

SUPPLY_TRADES: tuple[Trade, ...] = (
    Trade("Matériaux", "MAT", False),
    Trade("Béton préparé", "MAT", False),
    Trade("Quincaillerie", "MAT", False),
    Trade("Carrière", "MAT", False),
    Trade("Location d'outils", "EQP", False),
    Trade("Grues", "EQP", False),
    Trade("Laboratoire de sols", "SRV", False),
    Trade("Building Supplies", "MAT", False),
)

ENGLISH_TRADES = frozenset(
    {"Roofing", "Mechanical", "Drywall", "Painting", "Concrete", "Steel Erectors", "Landscaping", "Fire Protection",
     "Building Supplies"}
)  # fmt: skip

FRENCH_FORMS: tuple[str, ...] = (
    "inc.",
    "ltée",
    "& Fils inc.",
    "et Frères ltée",
    "& Cie",
    "enr.",
    "s.e.n.c.",
    "2000 inc.",
)
ENGLISH_FORMS: tuple[str, ...] = ("Inc.", "Ltd.", "& Sons Ltd.", "Bros. Inc.")

FRENCH_STREETS: tuple[str, ...] = (
    "rue Principale", "rue Saint-Joseph", "boul. Industriel", "rue Notre-Dame Ouest", "avenue du Pont",
    "rang Saint-Édouard", "chemin de la Côte", "rue des Érables", "boul. René-Lévesque Est", "rue de l'Église",
    "route 132", "rue Cartier", "avenue Royale", "rue du Parc-Industriel", "montée Sainte-Marie", "rue Sherbrooke Est",
    "boul. Curé-Labelle", "chemin du Lac", "rue King Ouest", "rue Saint-Jean-Baptiste", "place d'Armes",
    "rue des Artisans",
)  # fmt: skip
ENGLISH_STREETS: tuple[str, ...] = (
    "Main Street", "Bank Street", "Industrial Avenue", "King Street East", "Princess Street", "Carling Avenue",
    "Queen Street West", "Merivale Road", "Montreal Road", "Lakeshore Boulevard",
)  # fmt: skip

FIRST_NAMES: tuple[str, ...] = _words(
    """Mélanie François Chantal Stéphane Geneviève Jean-François Josée Éric Noémie André Hélène Benoît Karine Raphaël
    Amélie Léo Maïka Gaétan Zoé Réjean Marie-Ève Loïc Nathalie Sébastien Catherine Kevin Andrew Emily Sarah James
    Mohammed Thanh Ioana"""
)
