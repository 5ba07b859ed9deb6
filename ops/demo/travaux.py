"""What a landscaper is asked for: wording, kinds of work, and lines of the catalogue. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random


@dataclass(frozen=True)
class Travail:
    """A job. Each line: code of the catalogue, least and greatest quantity, step."""

    objets: tuple[str, ...]
    services: tuple[str, ...]
    lignes: tuple[tuple[str, int, int, str], ...]

    def chiffrer(self, rng: Random) -> list[tuple[str, Decimal]]:
        """Quantities of this job at one place, by code of the catalogue."""
        return [
            (code, Decimal(pas) * round(rng.randint(bas, haut) / Decimal(pas)))
            for code, bas, haut, pas in self.lignes
        ]


TRAVAUX = [
    Travail(
        ("Taille de la haie de lauriers", "Taille de la haie de thuyas", "Taille des charmilles"),
        ("Taille de haies", "Évacuation de déchets verts"),
        (("TAILLE-H", 18, 70, "1"), ("EVAC", 2, 6, "0.5"), ("DEPL", 1, 1, "1")),
    ),
    Travail(
        ("Tonte et finitions", "Tonte de la pelouse et bordures"),
        ("Tonte",),
        (("TONTE", 250, 900, "10"), ("BORDURE", 20, 60, "5"), ("DEPL", 1, 1, "1")),
    ),
    Travail(
        ("Entretien annuel du jardin, passage d'automne", "Entretien annuel, passage de printemps"),
        ("Tonte", "Désherbage"),
        (("ENTRET", 1, 1, "1"), ("DESHERB", 2, 5, "0.5"), ("EVAC", 1, 3, "0.5")),
    ),
    Travail(
        ("Élagage des tilleuls de la cour", "Élagage du vieux chêne", "Élagage des platanes"),
        ("Élagage", "Évacuation de déchets verts"),
        (("ELAGAGE", 1, 4, "1"), ("EVAC", 3, 8, "0.5"), ("DEPL", 1, 1, "1")),
    ),
    Travail(
        ("Abattage d'un peuplier dangereux", "Abattage du cèdre malade et rognage"),
        ("Abattage", "Évacuation de déchets verts"),
        (("ABATTAGE", 1, 2, "1"), ("ROGNAGE", 1, 2, "1"), ("EVAC", 4, 9, "0.5")),
    ),
    Travail(
        ("Création d'un massif de vivaces", "Massif d'entrée : vivaces et graminées"),
        ("Plantation",),
        (("MASSIF", 8, 35, "1"), ("PLANT-A", 10, 40, "1"), ("PAILLAGE", 8, 35, "1")),
    ),
    Travail(
        ("Plantation d'une haie champêtre", "Haie de persistants en limite de propriété"),
        ("Plantation",),
        (("PLANT-H", 12, 45, "1"), ("PAILLAGE", 12, 45, "1")),
    ),
    Travail(
        ("Gazon en rouleaux devant la maison", "Gazon en rouleaux côté jardin"),
        ("Engazonnement",),
        (("GAZON-R", 60, 260, "5"), ("EVAC", 1, 4, "0.5")),
    ),
    Travail(
        ("Réfection de la pelouse par semis", "Semis de gazon après travaux"),
        ("Engazonnement",),
        (("GAZON-S", 120, 500, "10"),),
    ),
    Travail(
        ("Terrasse en pierre derrière la maison", "Terrasse en schiste et pas japonais"),
        ("Maçonnerie paysagère", "Terrasse"),
        (("TERRASSE", 14, 48, "0.5"), ("EVAC", 2, 6, "0.5")),
    ),
    Travail(
        ("Clôture en limite sud", "Clôture en panneaux rigides et portillon"),
        ("Clôture",),
        (("CLOTURE", 15, 55, "0.5"),),
    ),
    Travail(
        ("Désherbage des massifs et des allées", "Remise en état des massifs"),
        ("Désherbage",),
        (("DESHERB", 4, 12, "0.5"), ("DESHERB-A", 40, 180, "5"), ("EVAC", 1, 3, "0.5")),
    ),
    Travail(
        ("Débroussaillage du fond de parcelle", "Débroussaillage réglementaire"),
        ("Débroussaillage",),
        (("DEBROUS", 400, 2200, "50"), ("EVAC", 3, 9, "0.5")),
    ),
    Travail(
        ("Arrosage goutte-à-goutte du potager", "Arrosage automatique des massifs"),
        ("Arrosage automatique",),
        (("ARROSAGE", 40, 180, "5"), ("DEPL", 1, 1, "1")),
    ),
    Travail(
        ("Ramassage des feuilles", "Ramassage des feuilles, deux passages"),
        ("Ramassage de feuilles", "Évacuation de déchets verts"),
        (("FEUILLES", 3, 10, "0.5"), ("EVAC", 2, 5, "0.5")),
    ),
    Travail(
        ("Scarification et sursemis de la pelouse",),
        ("Scarification",),
        (("SCARIF", 180, 700, "10"), ("DEPL", 1, 1, "1")),
    ),
]
