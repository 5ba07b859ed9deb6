"""What a configuration must have before anything starts, as the settings read it."""

import re
from collections.abc import Mapping
from typing import Any

from artjardin.accounts.chiffrement import lire_trousseau
from artjardin.storage import dialectes

JETON_MIN = 32  # characters
DES_OBJETS = ("S3_BUCKET_DOCUMENTS", "S3_BUCKET_SAUVEGARDES", "S3_CLE", "S3_SECRET")


def manques(reglages: Mapping[str, Any]) -> list[str]:
    """What it lacks or has too weak, in French; `reglages`: the settings by name."""
    return [
        *_trousseau(reglages),
        *([] if reglages["EMBARQUE"] else _des_vrais_services(reglages)),
        *_jeton(reglages["JETON_SURVEILLANCE"]),
        *_clefs_publiques(reglages["SAUVEGARDE_CLES_PUBLIQUES"]),
        *_objets(reglages),
    ]


def _trousseau(reglages: Mapping[str, Any]) -> list[str]:
    try:
        if reglages["CLES_CHIFFREMENT"] or not reglages["EMBARQUE"]:
            lire_trousseau(reglages["CLES_CHIFFREMENT"])
    except ValueError as erreur:
        return [f"CLES_CHIFFREMENT : {erreur} (docs/exploitation.md, Second factor)."]
    return []


def _des_vrais_services(reglages: Mapping[str, Any]) -> list[str]:
    fautes, secret = [], reglages["SECRET_KEY"]
    if len(secret) < 50 or len(set(secret)) < 10:  # noqa: PLR2004
        fautes.append("SECRET_KEY manque ou est trop faible : 50 caractères aléatoires au moins.")
    if not reglages["ALLOWED_HOSTS"]:
        fautes.append("HOTES_AUTORISES manque : les noms du site, séparés par des virgules.")
    if not reglages["SAUVEGARDE_CLES_PUBLIQUES"]:
        fautes.append("SAUVEGARDE_CLES_PUBLIQUES manque : docs/exploitation.md, Backups.")
    return fautes


def _jeton(jeton: str) -> list[str]:
    if not jeton or len(jeton) >= JETON_MIN:
        return []
    return [f"JETON_SURVEILLANCE est trop court : {JETON_MIN} caractères aléatoires au moins."]


def _clefs_publiques(clefs: list[str]) -> list[str]:
    if all(re.fullmatch("age1[0-9a-z]{58}", clef) for clef in clefs):
        return []
    return ["SAUVEGARDE_CLES_PUBLIQUES : une clef publique age est age1… (62 signes)."]


def _objets(reglages: Mapping[str, Any]) -> list[str]:
    fautes = dialectes.fautes(
        reglages["S3_DIALECTE"],
        adressage=reglages["S3_ADRESSAGE"],
        controles=reglages["S3_CONTROLES"],
        chiffrement=reglages["S3_CHIFFREMENT"],
    )
    if reglages["S3_ENDPOINT_URL"] and not all(reglages[nom] for nom in DES_OBJETS):
        fautes.append(f"{', '.join(DES_OBJETS)} manquent.")
    return fautes
