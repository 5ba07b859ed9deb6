"""Bounces: noted once each, lifted by a person, asked by whoever chooses addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.outbox.avis import Avis, code_definitif
from artjardin.outbox.discretion import clair
from artjardin.outbox.models import Courriel, Rebond

Source = Rebond.Source
RESOLU = systeme("courriels")


@transaction.atomic
def noter_le_rebond(avis: Avis, *, source: str, le: datetime | None = None) -> Rebond | None:
    """Keep one report; None when it was already known. The message is found by its Message-ID."""
    courriel = _retrouver(avis)
    rebond, nouveau = Rebond.objects.get_or_create(
        source=source,
        clef=clair(avis.clef)[:300],
        adresse=clair(avis.adresse).lower()[:254],
        defaults={
            "courriel": courriel,
            "le": le or timezone.now(),
            "definitif": avis.definitif,
            "code": clair(avis.code)[:20],
            "diagnostic": clair(avis.diagnostic),
        },
    )
    if not nouveau:
        return None
    consigner(rebond, "rebond.note", par=RESOLU, source=source, definitif=rebond.definitif)
    return rebond


def noter_l_adresse_refusee(courriel: Courriel, adresse: str, reponse: str) -> None:
    """A refused recipient says what a bounce would have said: the address is dead, or the refusal
    is of something else (the relay, a full mailbox)."""
    code = code_de(reponse)
    avis = Avis(
        adresse=adresse,
        definitif=code_definitif(code),
        code=code,
        diagnostic=reponse,
        clef=f"{courriel.message_id} {courriel.tentatives}",
        message_id=courriel.message_id,
    )
    noter_le_rebond(avis, source=Source.SMTP)


def code_de(reponse: str) -> str:
    """The enhanced code of an answer, else its three figures.

    >>> code_de("550 5.1.1 inconnu"), code_de("550 inconnu")
    ('5.1.1', '550')
    """
    mots = reponse.split()[:2]
    return next((mot for mot in reversed(mots) if mot[:1].isdigit()), "")


def adresses_en_erreur(adresses: Iterable[str]) -> set[str]:
    """Those, as given, to which mail does not arrive until someone lifts the bounce."""
    cherchees = {adresse.strip().lower(): adresse for adresse in adresses}
    touchees = Rebond.objects.en_vigueur().filter(adresse__in=list(cherchees))
    return {cherchees[touchee] for touchee in touchees.values_list("adresse", flat=True)}


@transaction.atomic
def lever_le_rebond(adresse: str, *, par: Auteur) -> int:
    """A person knows that the address receives again: lift all that is held against it."""
    en_vigueur = Rebond.objects.en_vigueur().de(adresse).order_by("pk")
    rebonds = list(en_vigueur.select_for_update(no_key=True))
    if not rebonds:
        raise Conflit("Aucun rebond n'est en vigueur pour cette adresse.")
    for rebond in rebonds:
        rebond.leve_le, rebond.leve_par = timezone.now(), par.user
        rebond.save(update_fields=["leve_le", "leve_par"])
        consigner(rebond, "rebond.leve", par=par)
    return len(rebonds)


def _retrouver(avis: Avis) -> Courriel | None:
    """By Message-ID, else by the last message handed over to that address."""
    if avis.message_id:
        identifiant = f"<{avis.message_id.strip().strip('<>')}>"
        if trouve := Courriel.objects.filter(message_id=identifiant).first():
            return trouve
    remis = Courriel.objects.filter(a__contains=[avis.adresse], remis_le__isnull=False)
    return remis.order_by("-remis_le").first()
