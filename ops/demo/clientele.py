"""Sixty invented clients of the three types. Pure."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import Any

from ops.demo.identifiants import siret, tva
from ops.demo.noms import COMMUNES, PARTICULIERS, PROFESSIONNELS, RUES, SYNDICS

SANS_EMAIL = 3
NOMBRE_DE_CLIENTS = len(PARTICULIERS) + len(PROFESSIONNELS) + len(SYNDICS)


def imaginer_les_clients(rng: Random) -> list[dict[str, Any]]:
    """Their fields, in no order of type; some private persons have no email."""
    particuliers = [_particulier(rng, *personne) for personne in PARTICULIERS]
    for client in rng.sample(particuliers, SANS_EMAIL):
        client["email"] = ""
    clients = [
        *particuliers,
        *(_professionnel(rng, nom) for nom in PROFESSIONNELS),
        *(_syndic(rng, cabinet, residence) for cabinet, residence in SYNDICS),
    ]
    rng.shuffle(clients)
    return clients


def _particulier(rng: Random, civilite: str, prenom: str, nom: str) -> dict[str, Any]:
    return {
        "type": "particulier",
        "civilite": civilite,
        "prenom": prenom,
        "nom": nom,
        "email": f"{ascii_simple(prenom)}.{ascii_simple(nom)}@example.org",
        "telephone": f"06 39 98 {rng.randrange(100):02d} {rng.randrange(100):02d}",
        "delai_jours": 30,
        "fin_de_mois": False,
    } | _adresse(rng)


def _professionnel(rng: Random, nom: str) -> dict[str, Any]:
    return _firme(rng, nom) | {
        "type": "professionnel",
        "email": f"comptabilite@{ascii_simple(nom)}.example.org",
        "delai_jours": rng.choice((30, 30, 45)),
        "fin_de_mois": rng.random() < 0.3,  # noqa: PLR2004
    }


def _syndic(rng: Random, cabinet: str, residence: str) -> dict[str, Any]:
    return _firme(rng, f"{residence} (c/o {cabinet})") | {
        "type": "syndic",
        "email": f"{ascii_simple(residence)}@{ascii_simple(cabinet)}.example.org",
        "delai_jours": 30,
        "fin_de_mois": True,
        "notes": f"Factures à adresser à {cabinet}, avec le nom de la copropriété.",
    }


def _firme(rng: Random, nom: str) -> dict[str, Any]:
    numero = siret(rng)
    return {
        "raison_sociale": nom,
        "siret": numero,
        "tva_intracom": tva(numero),
        "telephone": f"02 61 91 {rng.randrange(100):02d} {rng.randrange(100):02d}",
    } | _adresse(rng)


def _adresse(rng: Random) -> dict[str, str]:
    code_postal, ville = rng.choice(COMMUNES)
    voie = f"{rng.randint(1, 140)}{rng.choice(('', '', '', ' bis'))} {rng.choice(RUES)}"
    return {"adresse": voie, "code_postal": code_postal, "ville": ville}


def ascii_simple(nom: str) -> str:
    """A name as an email address writes it.

    >>> ascii_simple("École Sainte-Clémence d'Anjou")
    'ecole-sainte-clemence-d-anjou'
    """
    nu = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in nu).split())
