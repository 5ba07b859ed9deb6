"""Sending what was promised: any number of workers, one connection each, nothing twice (G5)."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from itertools import takewhile

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from structlog.contextvars import bound_contextvars

from artjardin.branchements import COURRIEL_GARDE_COMMUNE
from artjardin.erreurs import Indisponible
from artjardin.outbox import registre, repere
from artjardin.outbox.discretion import clair
from artjardin.outbox.message import rediger
from artjardin.outbox.models import Courriel, Tentative
from artjardin.outbox.secrets import avec_son_secret
from artjardin.outbox.services.alertes import signaler
from artjardin.outbox.services.rebonds import noter_l_adresse_refusee
from artjardin.outbox.services.restaurations import (
    constater_une_restauration,
    marquer_les_remises,
)
from artjardin.outbox.smtp import (
    AdresseRefusee,
    Definitif,
    Incertain,
    Injoignable,
    Passager,
    Relais,
)
from artjardin.traces.contexte import requete_courante

journal = logging.getLogger(__name__)
Statut, Resultat = Courriel.Statut, Tentative.Resultat
ESSAIS_MAX = 14  # the last one some 32 hours after the first (docs/exploitation)
ATTENTE_MAX = timedelta(hours=6)
ATTENTE_APRES_GARDE = timedelta(minutes=15)
GARDES_MAX = 5  # an hour
MINUTE = timedelta(minutes=1)
REPETITION = timedelta(hours=1)  # the same outage is noted once an hour on a message
PART = 10  # due messages for each connection more
COMPLET = "debit"  # in the counts: the relay's rate is reached, the rest waits


class PlusTard(Exception):
    """A guard's answer: this message may leave, but not before `quand`."""

    def __init__(self, quand: datetime, raison: str) -> None:
        super().__init__(raison)
        self.quand = quand


class DebitAtteint(Exception):
    """Another worker took the last place of this minute."""


def envoyer_les_courriels(
    *, duree: timedelta = timedelta(seconds=50), voies: int = 1
) -> Counter[str]:
    """Send what is due, one connection for the batch; any number of workers. Return the counts.

    With `voies` above one, a long queue is shared with threads that have their own connections:
    while one waits for the disk or the relay, another goes on. Past COURRIEL_PAR_MINUTE messages
    in a minute all stop, and `debit` is counted.
    """
    constater_une_restauration()
    comptes: Counter[str] = Counter(reprendre_les_abandonnes())
    fin = time.monotonic() + duree.total_seconds()
    aides = min(voies - 1, registre.combien_de_dus(au=timezone.now()) // PART) if voies > 1 else 0
    with ThreadPoolExecutor(max(aides, 1), "courriels") as equipe:
        lots = [equipe.submit(copy_context().run, _aider, fin) for _ in range(aides)]
        comptes += _envoyer_un_lot(fin)
        for lot in lots:
            comptes += lot.result()
    if comptes:
        registre.executer(registre.SUR_LE_DISQUE)
        marquer_les_remises()
    signaler()
    return comptes


def _aider(fin: float) -> Counter[str]:
    """A batch in a thread of its own, which leaves no connection behind."""
    try:
        return _envoyer_un_lot(fin)
    finally:
        connections.close_all()


def _envoyer_un_lot(fin: float) -> Counter[str]:
    comptes: Counter[str] = Counter()
    with Relais() as relais:
        while time.monotonic() < fin:
            if _debit_atteint():
                comptes[COMPLET] += 1
                break
            courriel = _prendre()
            if courriel is None:
                break
            la = courriel.statut != Statut.EN_COURS or _envoyer(courriel, relais)
            comptes[courriel.statut] += 1
            _dire(courriel)
            if not la:
                break
    return comptes


def _dire(courriel: Courriel) -> None:
    """Its line in the log, under the id of the request that promised it."""
    with bound_contextvars(requete=courriel.requete or requete_courante()):
        journal.info(
            "courriel %s (%s) : %s, essai %s",
            *(courriel.pk, courriel.type, courriel.statut, courriel.tentatives),
        )


@transaction.atomic
def reprendre_les_abandonnes() -> Counter[str]:
    """Settle what a dead process left: not handed over → waits again, handed over → uncertain."""
    comptes: Counter[str] = Counter()
    maintenant = timezone.now()
    abandonnes = Courriel.objects.abandonnes(au=maintenant)
    for courriel in abandonnes.select_for_update(skip_locked=True, no_key=True):
        courriel.passer(_sort(courriel))
        courriel.reponse = "Le processus d'envoi s'est arrêté avant la réponse du serveur."
        courriel.save(update_fields=["statut", "reponse"])
        courriel.essais.create(
            debut=courriel.pris_le or maintenant,
            fin=maintenant,
            resultat=Resultat.ABANDONNE,
            reponse=courriel.reponse,
            empreinte=courriel.empreinte,
        )
        comptes[courriel.statut] += 1
    return comptes


def _sort(abandonne: Courriel) -> str:
    if abandonne.remis_le:
        return Statut.INCERTAIN
    epuise = abandonne.tentatives >= ESSAIS_MAX  # it may be what kills its senders
    return Statut.ECHEC if epuise else Statut.EN_ATTENTE


@transaction.atomic
def _prendre() -> Courriel | None:
    """Claim the next due email. Its guard, asked under lock, may cancel it, or fail: it waits."""
    courriel = registre.prochain_du(au=timezone.now())
    if courriel is None:
        return None
    courriel.signale_le = None  # what was told of it, a missing PDF, is past
    try:
        motif = _demander_a_la_garde(courriel)
    except PlusTard as attente:
        _reporter(courriel, attente)
    except Exception as erreur:  # noqa: BLE001 - a broken guard must not stop the others
        journal.exception("garde du courriel %s", courriel.pk)
        _noter_la_garde_en_panne(courriel, clair(f"{type(erreur).__name__}: {erreur}"))
    else:
        _suivre_la_garde(courriel, motif)
    registre.ecrire_la_prise(courriel)
    return courriel


def _reporter(courriel: Courriel, attente: PlusTard) -> None:
    """Its guard answers: what it could not say before counts no more."""
    courriel.prochain_essai_le = attente.quand
    if _pannes_de_suite(courriel):
        _noter_la_reponse(courriel, Resultat.REPORTE, str(attente))
    courriel.reponse = str(attente)


def _noter_la_garde_en_panne(courriel: Courriel, reponse: str) -> None:
    """It waits, and fails for good after an hour: the patrons are then told, as of any failure."""
    courriel.prochain_essai_le = timezone.now() + ATTENTE_APRES_GARDE
    _noter_la_reponse(courriel, Resultat.GARDE, reponse)
    if _pannes_de_suite(courriel) >= GARDES_MAX:
        courriel.passer(Statut.EN_COURS)
        courriel.passer(Statut.ECHEC)


def _noter_la_reponse(courriel: Courriel, resultat: Tentative.Resultat, reponse: str) -> None:
    """What the guard said is an attempt of the history."""
    maintenant = timezone.now()
    courriel.reponse = reponse
    courriel.essais.create(debut=maintenant, fin=maintenant, resultat=resultat, reponse=reponse)


def _pannes_de_suite(courriel: Courriel) -> int:
    """How many times in a row the guard failed, since it last answered (then it was taken)."""
    derniers = courriel.essais.order_by("-pk")[:GARDES_MAX]
    pris = courriel.pris_le
    pannes = takewhile(
        lambda essai: essai.resultat == Resultat.GARDE and (pris is None or essai.debut > pris),
        derniers,
    )
    return len(list(pannes))


def _demander_a_la_garde(courriel: Courriel) -> str:
    """That of its type, then the one of all."""
    chemins = [settings.COURRIEL_GARDES.get(courriel.type, ""), COURRIEL_GARDE_COMMUNE]
    with transaction.atomic():
        for chemin in filter(None, chemins):
            garde: Callable[[Courriel], str] = import_string(chemin)
            if motif := garde(courriel):
                return motif
    return ""


def _suivre_la_garde(courriel: Courriel, motif: str) -> None:
    if motif:
        courriel.passer(Statut.ANNULE)
        courriel.reponse = motif
        return
    courriel.passer(Statut.EN_COURS)
    courriel.pris_le = timezone.now()
    courriel.remis_le, courriel.empreinte = None, ""
    courriel.tentatives += 1
    if courriel.tentatives == 1 and courriel.sujet_id and not courriel.en_reponse_a:
        _relier(courriel)


def _relier(courriel: Courriel) -> None:
    """Answer the last message that left about the same thing: mail programs show one thread."""
    avant = registre.precedent(courriel)
    if avant is not None:
        courriel.en_reponse_a = avant.message_id
        courriel.fil = avant.suite_du_fil


def _envoyer(courriel: Courriel, relais: Relais) -> bool:
    """Send one message and note its fate. False when the sweep must stop there."""
    try:
        enveloppe = rediger(avec_son_secret(courriel))
        empreinte = hashlib.sha256(enveloppe.message).hexdigest()
        reponse = relais.remettre(
            enveloppe, avant_donnees=lambda: _noter_la_remise(courriel, empreinte)
        )
    except (Injoignable, DebitAtteint) as erreur:
        courriel.tentatives -= 1  # the message itself was not tried
        _attendre(courriel, erreur)
        return False
    except Exception as erreur:  # noqa: BLE001 - a bad message must not stop the others
        _echouer(courriel, erreur)
    else:
        courriel.envoye_le = timezone.now()
        _conclure(courriel, Statut.ENVOYE, Resultat.ENVOYE, reponse)
    return True


def _echouer(courriel: Courriel, erreur: Exception) -> None:
    reponse = str(erreur)
    match erreur:
        case Incertain():
            _conclure(courriel, Statut.INCERTAIN, Resultat.INCERTAIN, reponse)
        case Passager() | Indisponible():
            _reessayer(courriel, reponse)
        case Definitif():
            _conclure(courriel, Statut.ECHEC, Resultat.ECHEC, reponse)
            if isinstance(erreur, AdresseRefusee):
                noter_l_adresse_refusee(courriel, erreur.adresse, reponse)
        case _:
            journal.error("courriel %s", courriel.pk, exc_info=erreur)
            reponse = clair(f"{type(erreur).__name__}: {erreur}")
            _conclure(courriel, Statut.ECHEC, Resultat.ECHEC, reponse)


def _debit_atteint() -> bool:
    plafond = settings.COURRIEL_PAR_MINUTE
    return bool(plafond) and registre.remis_depuis(timezone.now() - MINUTE) >= plafond


def _noter_la_remise(courriel: Courriel, empreinte: str) -> None:
    """Commit, before the data leaves, that it did: a crash past this point is uncertain."""
    if not settings.COURRIEL_PAR_MINUTE:
        tenu = _ecrire_la_remise(courriel, empreinte)
    else:
        with transaction.atomic():  # one worker at a time counts and takes a place
            registre.executer(registre.VERROU_DU_DEBIT)
            if _debit_atteint():
                raise DebitAtteint("Le débit du relais est atteint pour cette minute.")
            tenu = _ecrire_la_remise(courriel, empreinte)
    if not tenu:
        raise Passager("Bail perdu : un autre processus a repris ce message.")
    repere.avancer(tenu.base, tenu.numero)


def _ecrire_la_remise(courriel: Courriel, empreinte: str) -> registre.Remise | None:
    courriel.remis_le, courriel.empreinte = timezone.now(), empreinte
    return registre.ecrire_la_remise(courriel)


def _reessayer(courriel: Courriel, reponse: str) -> None:
    if courriel.tentatives >= ESSAIS_MAX:
        _conclure(courriel, Statut.ECHEC, Resultat.ECHEC, reponse)
        return
    courriel.prochain_essai_le = timezone.now() + attente_apres(courriel.tentatives)
    _conclure(courriel, Statut.EN_ATTENTE, Resultat.REPORTE, reponse)


def attente_apres(tentatives: int) -> timedelta:
    """1 minute after the first attempt, then twice as long each time, at most 6 hours.

    >>> [attente_apres(rang) // timedelta(minutes=1) for rang in (1, 2, 9, 10, 14)]
    [1, 2, 256, 360, 360]
    """
    return min(timedelta(minutes=2 ** min(tentatives - 1, 10)), ATTENTE_MAX)


def _attendre(courriel: Courriel, erreur: Exception) -> None:
    """It stays due, the oldest first: the next sweep tries again."""
    if isinstance(erreur, DebitAtteint):
        _conclure(courriel, Statut.EN_ATTENTE, "", courriel.reponse)
        return
    depuis = timezone.now() - REPETITION
    dits = courriel.essais.filter(resultat=Resultat.INJOIGNABLE, fin__gt=depuis)
    connu = dits.filter(reponse=str(erreur)).exists()
    _conclure(courriel, Statut.EN_ATTENTE, "" if connu else Resultat.INJOIGNABLE, str(erreur))


def _conclure(courriel: Courriel, vers: str, resultat: str, reponse: str) -> None:
    """Write the fate of a message we hold; what the server accepted counts even past the lease."""
    courriel.passer(vers)
    courriel.reponse = reponse
    maintenant = timezone.now()
    essai = Tentative(
        debut=courriel.pris_le or maintenant,
        fin=maintenant,
        resultat=str(resultat),
        reponse=reponse,
        empreinte=courriel.empreinte,
    )
    tardif = str(Statut.INCERTAIN) if vers == Statut.ENVOYE else ""
    registre.ecrire_le_verdict(courriel, essai, aussi=tardif)
