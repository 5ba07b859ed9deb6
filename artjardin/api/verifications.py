"""What the configuration should say before a stranger looks (manage.py check --deploy)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

from artjardin.accounts.models import Role

BOUCLE = ("127.0.0.1", "localhost", "::1")


@register(Tags.security)
def roles_du_second_facteur(**_options: Any) -> list[CheckMessage]:
    """A name misspelt would leave a whole role without the second factor that was asked for."""
    inconnus = sorted(set(settings.ROLES_2FA_OBLIGATOIRE) - set(Role.values))
    dit = f"ROLES_2FA_OBLIGATOIRE nomme des rôles inconnus : {', '.join(inconnus)}."
    remede = f"Les rôles sont : {', '.join(Role.values)}."
    return [Error(dit, hint=remede, id="artjardin.E001")] if inconnus else []


@register(Tags.security, deploy=True)
def exposition(**_options: Any) -> list[CheckMessage]:
    """Each dangerous setting, with its remedy."""
    dangers = [*_des_comptes(), *_des_origines()]
    dangers += _embarques() if settings.EMBARQUE else _en_production()
    return [Warning(dit, hint=remede, id=f"artjardin.{ident}") for ident, dit, remede in dangers]


def _des_comptes() -> Iterator[tuple[str, str, str]]:
    if "patron" not in settings.ROLES_2FA_OBLIGATOIRE:
        yield (
            "W010",
            "Les patrons entrent sans second facteur.",
            "ROLES_2FA_OBLIGATOIRE=patron (docs/exploitation.md, Second factor).",
        )


def _des_origines() -> Iterator[tuple[str, str, str]]:
    if any(hote == "*" or hote.startswith(".") for hote in settings.ALLOWED_HOSTS):
        yield (
            "W011",
            "HOTES_AUTORISES admet n'importe quel nom de site.",
            "Nommez chaque site : HOTES_AUTORISES=gestion.example.fr.",
        )
    for ident, nom, origines in (
        ("W012", "ORIGINES_CORS", settings.CORS_ALLOWED_ORIGINS),
        ("W013", "ORIGINES_CSRF", settings.CSRF_TRUSTED_ORIGINS),
    ):
        if fautives := [origine for origine in origines if not _est_sure(origine)]:
            yield (
                ident,
                f"{nom} admet ce que n'importe qui peut servir : {', '.join(fautives)}.",
                "Des origines entières, en https:// et sans étoile : https://app.example.fr.",
            )


def _est_sure(origine: str) -> bool:
    schema, _, hote = origine.partition("://")
    locale = hote.rpartition(":")[0] in BOUCLE or hote in BOUCLE
    return "*" not in origine and bool(hote) and (schema == "https" or locale)


def _en_production() -> Iterator[tuple[str, str, str]]:
    if not settings.ADRESSE_PUBLIQUE.startswith("https://"):
        yield (
            "W014",
            "ADRESSE_PUBLIQUE n'est pas en https:// : les liens des courriels n'y mènent pas.",
            "ADRESSE_PUBLIQUE=https://gestion.example.fr.",
        )
    if not settings.HTTPS:
        yield (
            "W015",
            "HTTPS=0 : mots de passe, jetons et cookies passent en clair.",
            "HTTPS=1, derrière un mandataire qui porte le certificat.",
        )
    elif not settings.MANDATAIRES:
        yield (
            "W016",
            "HTTPS=1 sans mandataire : chaque page renvoie à elle-même.",
            "MANDATAIRES=1, le nombre de mandataires qui écrivent X-Forwarded-For et -Proto.",
        )


def _embarques() -> Iterator[tuple[str, str, str]]:
    if settings.HOTE not in BOUCLE and not settings.HTTPS:
        yield (
            "W017",
            f"HOTE={settings.HOTE} : ce poste répond au réseau, en clair.",
            "HOTE=127.0.0.1, ou de vrais services derrière un mandataire (docs/exploitation.md).",
        )
