"""Bounces: noted once each, lifted by a person, asked by whoever chooses addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast, Lower
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
    """Keep one report; None when it was already known. The message is found by its Message-ID.

    Anybody may write a report to the mailbox: there, only one that names a message of ours to that
    address closes it. The provider has proved itself, and the relay answered us.
    """
    nomme = _nomme(avis)
    prouve = source != Source.IMAP or _va_a(nomme, avis.adresse)
    courriel = nomme or _dernier_remis(avis, source=source)
    rebond, nouveau = Rebond.objects.get_or_create(
        source=source,
        clef=clair(avis.clef)[:300],
        adresse=clair(avis.adresse).lower()[:254],
        defaults={
            "courriel": courriel,
            "le": le or timezone.now(),
            "definitif": avis.definitif and prouve,
            "code": clair(avis.code)[:20],
            "diagnostic": clair(avis.diagnostic),
        },
    )
    if not nouveau:
        return None
    consigner(rebond, "rebond.note", par=RESOLU, source=source, definitif=rebond.definitif)
    _rouvrir(rebond)
    return rebond


def _rouvrir(rebond: Rebond) -> None:
    """What was told of its message, uncertain, changes: it came back. Once for each address."""
    courriel = rebond.courriel
    if courriel is None or not rebond.definitif or courriel.statut == Courriel.Statut.ECHEC:
        return
    autres = courriel.rebonds.filter(definitif=True).de(rebond.adresse).exclude(pk=rebond.pk)
    if not autres.exists():
        Courriel.objects.filter(pk=courriel.pk).update(signale_le=None)


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


def _nomme(avis: Avis) -> Courriel | None:
    """The message that a report names, by its Message-ID or by the ENVID that we gave with it."""
    noms = [nom.strip().strip("<>") for nom in (avis.message_id, avis.envid)]
    identifiants = [f"<{nom}>" for nom in noms if nom]
    return Courriel.objects.filter(message_id__in=identifiants).first()


def _va_a(courriel: Courriel | None, adresse: str) -> bool:
    return courriel is not None and adresse.lower() in {une.lower() for une in courriel.a}


def _dernier_remis(avis: Avis, *, source: str) -> Courriel | None:
    """The last message handed over to that address, for a report that names none of ours.

    In the mailbox, one that names another message is of somebody's own mail.
    """
    if avis.message_id and source == Source.IMAP:
        return None
    texte = Lower(Cast("a", TextField()))
    remis = Courriel.objects.filter(remis_le__isnull=False)
    remis = remis.alias(destinataires=Cast(texte, ArrayField(TextField())))
    la = {"destinataires__contains": [avis.adresse.lower()]}
    return remis.filter(**la).order_by("-remis_le").first()
