"""The reminders of the past weeks: made by the services, then dated back with their mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner
from artjardin.outbox.avis import Avis
from artjardin.outbox.models import Courriel, Rebond, Tentative
from artjardin.outbox.services.rebonds import noter_le_rebond
from facturation.models import Facture
from facturation.services.verrous import tenir_le_compte
from ops.demo.retards import PASSAGES
from relances.cadre import Cadre
from relances.calendrier import ferie
from relances.models import Passage, Relance, Ton
from relances.plan import planifier
from relances.services import marquer_postees, noter_la_reception
from relances.services.envois import Papeterie, promettre_l_envoi
from relances.services.passages import faire_le_passage

Statut, Resultat = Courriel.Statut, Tentative.Resultat
Cas = Mapping[str, list[Facture]]
A_NEUF_HEURES = systeme("relances de 9 h")
L_APRES_MIDI = timedelta(hours=7, minutes=30)  # after the run: letters leave at half past four
UN_JOUR, TROIS_JOURS = timedelta(days=1), timedelta(days=3)
DEUX_HEURES = timedelta(hours=2)


class Sort(NamedTuple):
    """The fate that the story gives to a mail, and what the server said."""

    statut: Courriel.Statut
    resultat: Tentative.Resultat
    reponse: str


ENVOYE = Sort(Statut.ENVOYE, Resultat.ENVOYE, "250 2.0.0 Ok: queued")
SORTS = {
    "echec": Sort(Statut.ECHEC, Resultat.ECHEC, "550 5.1.1 Adresse inconnue"),
    "incertain": Sort(
        Statut.INCERTAIN, Resultat.INCERTAIN, "Connexion perdue après l'envoi du message."
    ),
}


def jouer_les_passages(cas: Cas, *, au: date, par: Auteur) -> None:
    """Three runs of the weeks before `au`, and one letter asked for by hand since, to be posted."""
    perdus = {facture.client_id: SORTS[nom] for nom in SORTS for facture in cas[nom]}
    for avant in PASSAGES:
        passage = _passer(jour_ouvrable_avant(au - timedelta(days=avant)))
        _faire_partir(passage, perdus)
        _poster(passage, par=par)
    la_veille = jour_ouvrable_avant(au - UN_JOUR)
    for facture in cas["a_poster"]:
        _relancer_a_la_main(facture, jour=la_veille, par=par)
    _noter_les_rebonds(cas)
    _noter_les_receptions(cas["recommande"], par=par)


def dater(courriel: Courriel, *, le: datetime, sort: Sort = ENVOYE) -> None:
    """Give a waiting message its fate at that moment: it never leaves, and nobody is alerted."""
    Courriel.objects.filter(pk=courriel.pk).update(
        statut=sort.statut,
        cree_le=le - timedelta(minutes=1),
        prochain_essai_le=le,
        pris_le=le,
        remis_le=None if sort.statut == Statut.ECHEC else le,
        envoye_le=le if sort.statut == Statut.ENVOYE else None,
        tentatives=1,
        reponse=sort.reponse,
        signale_le=None if sort.statut == Statut.ENVOYE else le,
    )
    fin = le + timedelta(seconds=1)
    courriel.essais.create(debut=le, fin=fin, resultat=sort.resultat, reponse=sort.reponse)


def jour_ouvrable_avant(jour: date) -> date:
    """`jour` itself, or the last day before it on which clients may be reminded.

    >>> jour_ouvrable_avant(date(2026, 11, 22)), jour_ouvrable_avant(date(2026, 11, 23))
    (datetime.date(2026, 11, 21), datetime.date(2026, 11, 23))
    """
    while ferie(jour):
        jour -= timedelta(days=1)
    return jour


def _passer(jour: date) -> Passage:
    """A run as it would have been made that day at 9:00, by the rules and the services of today."""
    debut = timezone.make_aware(datetime.combine(jour, time(9)))
    passage = faire_le_passage(jour=jour, par=A_NEUF_HEURES, entrees_avant=debut)
    if passage.erreurs:
        raise RuntimeError(f"{passage} : {passage.erreurs}")
    passage.debut, passage.fin = debut, debut + timedelta(seconds=4)
    passage.save(update_fields=["debut", "fin"])
    passage.relances.update(cree_le=debut)
    execution = Execution.objects.filter(tache="relances").latest("pk")
    Execution.objects.filter(pk=execution.pk).update(debut=debut, fin=passage.fin)
    return passage


def _faire_partir(passage: Passage, perdus: Mapping[int, Sort]) -> None:
    """The mails of a run, and its report to the firm, left in the minutes that followed."""
    for rang, courriel in enumerate(Courriel.objects.filter(statut=Statut.EN_ATTENTE)):
        le = passage.debut + timedelta(seconds=70 + 2 * rang)
        dater(courriel, le=le, sort=perdus.get(courriel.client_ref or 0, ENVOYE))


@transaction.atomic
def _relancer_a_la_main(facture: Facture, *, jour: date, par: Auteur) -> None:
    """What `relancer_la_facture` does, on a past day."""
    client = tenir_le_compte(facture.client_id, [facture.pk])
    cadre = Cadre.lire(au=jour).sans_doute()
    for envoi in planifier(au=jour, factures=[facture.pk], cadre=cadre).envois():
        for relance in promettre_l_envoi(client, envoi, jour=jour, papeterie=Papeterie.lire()):
            le = timezone.make_aware(datetime.combine(jour, time(11)))
            Relance.objects.filter(pk=relance.pk).update(cree_le=le)
            consigner(facture, "facture.relancee", par=par, niveau=str(relance.niveau))


def _poster(passage: Passage, *, par: Auteur) -> None:
    """The letters of a run were posted in the afternoon, formal notices registered."""
    a_poster = passage.relances.a_poster()
    recommandees = a_poster.filter(niveau__ton=Ton.MISE_EN_DEMEURE)
    lettres = set(a_poster.values_list("lettre", flat=True))
    suivi = {
        lettre: f"1A 204 567 {lettre:04d} 3"
        for lettre in recommandees.values_list("lettre", flat=True)
    }
    postees = marquer_postees(lettres, par=par, suivi=suivi)
    siennes = Relance.objects.filter(pk__in=[une.pk for une in postees])
    siennes.update(postee_le=passage.debut + L_APRES_MIDI)
    consigner(passage, "relances.postees", par=par, etats=postees)


def _noter_les_rebonds(cas: Cas) -> None:
    """One address came back to the mailbox, the server refused the other one at once."""
    sources = (("rebond", Rebond.Source.IMAP), ("echec", Rebond.Source.SMTP))
    for nom, source in sources:
        client = cas[nom][0].client_id
        courriel = Courriel.objects.filter(client_ref=client, type="relance").latest("pk")
        avis = Avis(
            adresse=courriel.a[0],
            definitif=True,
            code="5.1.1",
            diagnostic="smtp; 550 5.1.1 Adresse inconnue",
            clef=f"demonstration-{nom}",
            message_id=courriel.message_id,
        )
        retour = DEUX_HEURES if source == Rebond.Source.IMAP else timedelta(0)
        noter_le_rebond(avis, source=source, le=courriel.pris_le and courriel.pris_le + retour)
        Courriel.objects.filter(pk=courriel.pk).update(signale_le=courriel.pris_le)


def _noter_les_receptions(factures: list[Facture], *, par: Auteur) -> None:
    """The signed receipt of a formal notice came back three days after it was posted."""
    postees = Relance.objects.filter(facture__in=factures, postee_le__isnull=False)
    for relance in postees.filter(niveau__ton=Ton.MISE_EN_DEMEURE):
        if relance.postee_le is not None:
            le = timezone.localdate(relance.postee_le + TROIS_JOURS)
            noter_la_reception(relance, le=le, par=par)
