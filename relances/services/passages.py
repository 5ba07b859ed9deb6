"""The reminder run of a day: ledger and outbox in one transaction per client."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, suivre
from artjardin.erreurs import Conflit, Invalide
from artjardin.fils import sans_se_faire_attendre
from artjardin.outbox.models import Restauration
from artjardin.outbox.services import constater_une_restauration
from artjardin.preparees import sans_attendre_le_disque
from facturation.models import Facture
from facturation.services.verrous import tenir_le_compte
from relances.cadre import RESTAUREE, Cadre
from relances.calendrier import ferie
from relances.models import Liberation, Passage, Relance
from relances.plan import Plan, planifier
from relances.regles import MOTIFS
from relances.services.comptes_rendus import rendre_compte
from relances.services.envois import Papeterie, promettre_l_envoi
from relances.services.gardes import FERMETURE, OUVERTURE
from relances.services.lettres import (
    annuler_les_lettres_caduques,
    refaire_les_lettres_anciennes,
)

journal = logging.getLogger(__name__)
TACHE = "relances"
VOIES, LONGUE = 2, 100  # connections that share a run, and from how many clients on
Tache = tuple[int, list[int]]  # a client and its invoices
COMPTES = ("prevues", "relancees", "courriels", "lettres", "retenues", "echecs", "ecartees")


def relancer_du_jour() -> Passage | None:
    """Today's automatic run: 9:00, or caught up until 19:00 (Paris). None when not to be done.

    Caught up, it does what the 9:00 run would have done: what was imported since waits for the
    next morning, so that a client is not mailed before anyone has seen the preview. It is taken up
    again when a patron has released what was held.
    """
    local = timezone.localtime()
    if ferie(local.date()) or not OUVERTURE <= local.time() < FERMETURE:
        return None
    fini = Passage.objects.filter(jour=local.date(), fin__isnull=False).first()
    if fini is not None and not _libere_depuis(fini):
        return None
    neuf_heures = local.replace(hour=OUVERTURE.hour, minute=0, second=0, microsecond=0)
    return relancer(jour=local.date(), par=systeme("relances de 9 h"), entrees_avant=neuf_heures)


def relancer(*, jour: date, par: Auteur, entrees_avant: datetime | None = None) -> Passage:
    """Make the reminders of today, once: ledger rows and messages, client by client.

    A run that was cut short is resumed. Raise Invalide for another day than today (Paris): its
    mails would leave now. Raise Conflit on a day off (`jour_ferie`), when today's run is already
    made (`passage_deja_fait`) or is being made elsewhere (`execution_en_cours`).
    """
    if jour != timezone.localdate():
        message = (
            f"Les relances se lancent pour aujourd'hui ; celles du {jour:%d/%m/%Y} se lisent dans "
            "l'aperçu."
        )
        raise Invalide(message, champs={"jour": [message]}, code="autre_jour")
    return faire_le_passage(jour=jour, par=par, entrees_avant=entrees_avant)


def faire_le_passage(*, jour: date, par: Auteur, entrees_avant: datetime | None = None) -> Passage:
    """The run of `jour`, today or not: called by `relancer`, and to imagine a past
    (demonstration, bench), where nothing leaves."""
    if nom := ferie(jour):
        raise Conflit(f"Personne n'est relancé ce jour-là : {nom}.", code="jour_ferie")
    constater_une_restauration()
    with suivre(TACHE) as execution:
        passage = _ouvrir(jour=jour, par=par, automatique=entrees_avant is not None)
        annuler_les_lettres_caduques()
        cadre, papeterie = Cadre.lire(au=jour), Papeterie.lire()
        if cadre.doute != RESTAUREE:  # they may have been posted since the backup
            refaire_les_lettres_anciennes()
        plan = planifier(au=jour, entrees_avant=entrees_avant, cadre=cadre)
        passage.ecartees, passage.retenues = dict(plan.motifs), len(plan.retenues)
        passage.prevues = passage.relances.count() + len(plan.lignes)
        _relancer_chacun(plan, passage, cadre=cadre, papeterie=papeterie)
        _clore(passage, par=par)
        execution.compteurs = compteurs(passage)
        if passage.echecs:
            execution.resultat = Execution.Resultat.PARTIEL
    return passage


def _relancer_chacun(plan: Plan, passage: Passage, *, cadre: Cadre, papeterie: Papeterie) -> None:
    """One client after the other; a long list is shared between connections."""
    taches = [(envoi.client_id, envoi.factures) for envoi in plan.envois()]
    faire = partial(_relancer_ceux, passage=passage, cadre=cadre, papeterie=papeterie)
    if len(taches) < LONGUE or connection.in_atomic_block:
        passage.erreurs = faire(taches)
        return
    with sans_se_faire_attendre(), ThreadPoolExecutor(VOIES, "relances") as equipe:
        parts = equipe.map(partial(_a_part, faire), [taches[n::VOIES] for n in range(VOIES)])
        passage.erreurs = [erreur for part in parts for erreur in part]


def _a_part(faire: Callable[[list[Tache]], list[Any]], taches: list[Tache]) -> list[Any]:
    """In a thread, which has a connection of its own."""
    try:
        return faire(taches)
    finally:
        connection.close()


def _relancer_ceux(
    taches: list[Tache], *, passage: Passage, cadre: Cadre, papeterie: Papeterie
) -> list[dict[str, Any]]:
    """Remind these clients; return the faults, which stop nobody else. A lost database ends the
    run, which is taken up again: the session that kept others from running is gone too."""
    erreurs = []
    with sans_attendre_le_disque():
        session = connection.connection
        for client_id, factures in taches:
            try:
                relancer_client(client_id, factures, passage, cadre=cadre, papeterie=papeterie)
            except Exception as erreur:
                if connection.connection is not session:
                    raise
                journal.exception("client %s non relancé", client_id)
                erreurs.append(_echec(client_id, len(factures), erreur))
    return erreurs


@transaction.atomic
def relancer_client(
    client_id: int,
    factures: Sequence[int],
    passage: Passage,
    *,
    cadre: Cadre | None = None,
    papeterie: Papeterie | None = None,
) -> list[Relance]:
    """One client: lock, judge again, write the ledger and the one message of this run."""
    client = tenir_le_compte(client_id, factures)
    relances = []
    for envoi in planifier(au=passage.jour, factures=factures, cadre=cadre).envois():
        relances += promettre_l_envoi(
            client,
            envoi,
            jour=passage.jour,
            passage=passage,
            papeterie=papeterie or Papeterie.lire(),
        )
    return relances


@transaction.atomic
def relancer_la_facture(facture: Facture, *, par: Auteur) -> Relance:
    """A person reminds one invoice now, at its next level, without waiting for the run.

    The rules are those of the run, but for the doubts (bank, loose credit): the person who asks
    has answered them. Raise Conflit with the reason when it may not be reminded today.
    """
    jour = timezone.localdate()
    if nom := ferie(jour):
        raise Conflit(f"Personne n'est relancé ce jour-là : {nom}.", code="jour_ferie")
    client = tenir_le_compte(facture.client_id, [facture.pk])
    plan = planifier(au=jour, factures=[facture.pk], cadre=Cadre.lire(au=jour).sans_doute())
    if not plan.lignes:
        motif = plan.ecartees[0].motif if plan.ecartees else "reglee"
        raise Conflit(MOTIFS[motif], code=f"non_relancable_{motif}".replace("-", "_"))
    [relance] = [
        relance
        for envoi in plan.envois()
        for relance in promettre_l_envoi(client, envoi, jour=jour, papeterie=Papeterie.lire())
    ]
    consigner(facture, "facture.relancee", par=par, niveau=str(relance.niveau))
    return relance


def _libere_depuis(passage: Passage) -> bool:
    levees = Restauration.objects.filter(levee_le__gt=passage.fin)
    return Liberation.objects.filter(le__gt=passage.fin).exists() or levees.exists()


def _echec(client_id: int, factures: int, erreur: Exception) -> dict[str, Any]:
    return {
        "client": client_id,
        "factures": factures,
        "erreur": f"{type(erreur).__name__}: {erreur}"[:300],
    }


def _ouvrir(*, jour: date, par: Auteur, automatique: bool) -> Passage:
    """Today's row, new or cut short. One that reminded nobody, or was released, is open again."""
    passage, _ = Passage.objects.get_or_create(
        jour=jour, defaults={"lance_par": par.nom, "automatique": automatique}
    )
    if passage.est_fini and passage.relances.exists() and not _libere_depuis(passage):
        raise Conflit(
            f"Les relances du {jour:%d/%m/%Y} sont déjà faites.", code="passage_deja_fait"
        )
    return passage


def _clore(passage: Passage, *, par: Auteur) -> None:
    canaux = Relance.Canal
    valables = passage.relances.valables()
    passage.relancees = valables.exclude(canal=canaux.POSTE).count()
    passage.lettres = valables.exclude(canal=canaux.COURRIEL).count()
    passage.courriels = valables.exclude(courriel=None).values("courriel").distinct().count()
    passage.echecs = len(passage.erreurs)
    passage.fin = timezone.now()
    with transaction.atomic():
        passage.save()
        if passage.prevues or passage.echecs:
            consigner(passage, "relances.passage", par=par, **compteurs(passage))
            rendre_compte(passage)


def compteurs(passage: Passage) -> dict[str, Any]:
    """What the journal and the row of the job say of a run."""
    return {champ: getattr(passage, champ) for champ in COMPTES}
