"""Words of the training company's activities: divisions, the works of each, and the zones of a building. Only data.

Divisions follow the numbers that the trades of Canada and the United States share (MasterFormat).
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same thing in both languages."""

    french: str
    english: str


class Division(NamedTuple):
    """A division with its works, in the order of their codes: the first is 03-100, the second 03-200."""

    number: str
    name: Words
    works: tuple[Words, ...]


def _division(number: str, french: str, english: str, works: str) -> Division:
    """works: one a line, French / English."""
    pairs = (line.split(" / ") for line in works.strip().splitlines())
    return Division(number, Words(french, english), tuple(Words(f.strip(), e.strip()) for f, e in pairs))


ZONES: tuple[Words, ...] = (
    Words("ensemble du bâtiment", "whole building"),
    Words("fondations", "foundations"),
    Words("sous-sol", "basement"),
    Words("rez-de-chaussée", "ground floor"),
    Words("étages", "upper floors"),
    Words("toiture", "roof"),
    Words("aménagement extérieur", "site works"),
)

DIVISIONS: tuple[Division, ...] = (
    _division("01", "Exigences générales", "General requirements", """
        Installation de chantier / Site set-up
        Échafaudages et levage / Scaffolding and hoisting
        Chauffage temporaire / Temporary heating
        Nettoyage / Cleaning
        Surveillance et sécurité / Supervision and safety"""),
    _division("02", "Conditions existantes", "Existing conditions", """
        Relevés et arpentage / Surveys
        Démolition sélective / Selective demolition
        Décontamination / Decontamination
        Étaiement / Shoring
        Protection des existants / Protection of existing works"""),
    _division("03", "Béton", "Concrete", """
        Coffrages / Formwork
        Armatures / Reinforcement
        Béton coulé en place / Cast-in-place concrete
        Béton préfabriqué / Precast concrete
        Finition des dalles / Slab finishing"""),
    _division("04", "Maçonnerie", "Masonry", """
        Blocs de béton / Concrete block
        Brique / Brick veneer
        Pierre / Stone
        Mortier et ancrages / Mortar and anchors
        Restauration de maçonnerie / Masonry restoration"""),
    _division("05", "Métaux", "Metals", """
        Charpente d'acier / Structural steel
        Poutrelles et tablier / Joists and deck
        Métaux ouvrés / Metal fabrications
        Escaliers et garde-corps / Stairs and railings
        Soudage de chantier / Site welding"""),
    _division("06", "Bois, plastiques et composites", "Wood, plastics and composites", """
        Charpente de bois / Rough carpentry
        Bois lamellé-collé / Glued-laminated timber
        Menuiserie de finition / Finish carpentry
        Ébénisterie / Architectural woodwork
        Panneaux composites / Composite panels"""),
    _division("07", "Isolation et étanchéité", "Thermal and moisture protection", """
        Imperméabilisation / Waterproofing
        Isolation / Insulation
        Revêtement métallique / Metal cladding
        Coupe-feu / Firestopping
        Couvertures à membrane / Membrane roofing"""),
    _division("08", "Ouvertures et fermetures", "Openings", """
        Portes et cadres d'acier / Steel doors and frames
        Portes spéciales / Special doors
        Fenêtres / Windows
        Mur-rideau / Curtain wall
        Quincaillerie / Door hardware"""),
    _division("09", "Revêtements de finition", "Finishes", """
        Cloisons sèches / Gypsum board
        Carrelage / Tiling
        Plafonds acoustiques / Acoustic ceilings
        Revêtements de sol / Flooring
        Peinture / Painting"""),
    _division("10", "Ouvrages spéciaux", "Specialties", """
        Signalisation / Signage
        Cloisons de toilettes / Toilet partitions
        Casiers / Lockers
        Extincteurs / Fire extinguishers
        Accessoires de salle de bains / Washroom accessories"""),
    _division("11", "Matériel et équipement", "Equipment", """
        Équipement de cuisine / Kitchen equipment
        Équipement sportif / Athletic equipment
        Quais de chargement / Loading docks
        Équipement de laboratoire / Laboratory equipment
        Équipement d'entretien / Maintenance equipment"""),
    _division("12", "Ameublement et décoration", "Furnishings", """
        Mobilier intégré / Casework
        Stores / Window blinds
        Sièges fixes / Fixed seating
        Grilles gratte-pieds / Entrance mats
        Comptoirs / Countertops"""),
    _division("13", "Installations spéciales", "Special construction", """
        Dalle réfrigérée / Ice rink slab
        Bassins / Pools
        Chambres froides / Cold rooms
        Insonorisation / Sound control
        Structures préfabriquées / Pre-engineered structures"""),
    _division("14", "Systèmes transporteurs", "Conveying equipment", """
        Ascenseurs / Elevators
        Monte-charges / Freight lifts
        Plates-formes élévatrices / Platform lifts
        Chutes à déchets / Waste chutes
        Ponts roulants / Overhead cranes"""),
    _division("21", "Protection incendie", "Fire suppression", """
        Gicleurs / Sprinklers
        Colonnes montantes / Standpipes
        Pompe incendie / Fire pump
        Agents propres / Clean agents
        Essais de pression / Pressure tests"""),
    _division("22", "Plomberie", "Plumbing", """
        Tuyauterie et accessoires / Piping and fixtures
        Drainage / Drainage
        Appareils sanitaires / Plumbing fixtures
        Chauffe-eau / Water heaters
        Gaz naturel / Natural gas"""),
    _division("23", "Chauffage, ventilation et conditionnement d'air", "Heating, ventilating and air conditioning", """
        Conduits / Ductwork
        Unités de toit / Rooftop units
        Tuyauterie hydronique / Hydronic piping
        Équilibrage / Balancing
        Isolation des conduits / Duct insulation"""),
    _division("25", "Automatisation intégrée", "Integrated automation", """
        Régulation / Controls
        Capteurs / Sensors
        Panneaux de contrôle / Control panels
        Programmation / Programming
        Mise en service / Commissioning"""),
    _division("26", "Électricité", "Electrical", """
        Entrée électrique / Service entrance
        Câblage / Wiring
        Éclairage / Lighting
        Groupe électrogène / Generator
        Mise à la terre / Grounding"""),
    _division("27", "Communications", "Communications", """
        Câblage structuré / Structured cabling
        Fibre optique / Fibre optics
        Audiovisuel / Audiovisual
        Téléphonie / Telephony
        Salle des serveurs / Server room"""),
    _division("28", "Sûreté et sécurité électroniques", "Electronic safety and security", """
        Alarme incendie / Fire alarm
        Contrôle d'accès / Access control
        Vidéosurveillance / Video surveillance
        Détection de gaz / Gas detection
        Intercom / Intercom"""),
    _division("31", "Terrassement", "Earthwork", """
        Excavation / Excavation
        Remblayage / Backfilling
        Pieux / Piling
        Pompage / Dewatering
        Dynamitage / Blasting"""),
    _division("32", "Aménagements extérieurs", "Exterior improvements", """
        Pavage / Paving
        Bordures et trottoirs / Curbs and sidewalks
        Clôtures / Fencing
        Plantation / Planting
        Marquage / Pavement marking"""),
    _division("33", "Services d'utilités", "Utilities", """
        Aqueduc / Water main
        Égout sanitaire / Sanitary sewer
        Égout pluvial / Storm sewer
        Réseau électrique souterrain / Underground electrical
        Bassin de rétention / Retention basin"""),
    _division("35", "Voies d'eau et ouvrages maritimes", "Waterway and marine construction", """
        Enrochement / Riprap
        Palplanches / Sheet piling
        Batardeau / Cofferdam
        Ponceaux / Culverts
        Contrôle des sédiments / Sediment control"""),
)  # fmt: skip
