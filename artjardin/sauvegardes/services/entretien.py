"""Every night on what is kept: reading the copies again, mending one by the other, retention."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from artjardin import etats
from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.controles import Anomalie, Bilan
from artjardin.pannes import en_francais
from artjardin.sauvegardes import depots
from artjardin.sauvegardes.manifeste import DUMP, cle
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.retention import Candidate, Regle, a_supprimer
from artjardin.sauvegardes.services.catalogue import deposer, manifeste_de
from artjardin.sauvegardes.tuyaux import Lisible
from artjardin.storage.coffres import PANNES, DejaDepose, coffre_des_sauvegardes

journal = logging.getLogger(__name__)
BUDGET = 5 * 2**30  # bytes read off-site in one night; the least recently read come first
Etat = Sauvegarde.Etat
ABSENTE, ALTEREE = "absente", "altérée"
PERTES = {ABSENTE, ALTEREE}


def relire(*, par: Auteur) -> Bilan:
    """Hash every local copy again, and off-site ones within the night's budget; mend a bad copy
    by the other one. A backup without any good copy is `alteree` and no longer counts."""
    anomalies: list[Anomalie] = []
    octets = lues = 0
    for sauvegarde in Sauvegarde.objects.presentes().order_by(F("relue_le").asc(nulls_first=True)):
        au_loin = sauvegarde.distante and octets < BUDGET
        octets += sauvegarde.taille if au_loin else 0
        try:
            anomalies += _relire_une(sauvegarde, au_loin=au_loin, par=par)
        except (*PANNES, DejaDepose) as erreur:  # the others are read all the same
            journal.exception("%s", sauvegarde)
            faute = f"pas réparée ({en_francais(erreur)})"
            anomalies.append(Anomalie(sauvegarde.nom, faute))
        lues += 1
    anomalies += _recouvertes()
    return Bilan({"sauvegardes": lues, "octets_hors_site": octets}, anomalies)


def _recouvertes() -> list[Anomalie]:
    """Backups whose key shows something else now than the version we put: hidden, not lost."""
    attendues = {
        une.nom: une.version
        for une in Sauvegarde.objects.presentes().filter(distante=True).exclude(version="")
    }
    noms = {cle(nom, DUMP): nom for nom in attendues}
    anomalies = []
    with suppress(*PANNES):  # out of reach: reading the copies said it
        for objet in coffre_des_sauvegardes().lister(""):
            nom = noms.get(objet.cle, "")
            if nom and objet.est_courant and objet.version != attendues[nom]:
                faute = "masquée" if objet.est_marqueur else "recouverte par une autre version"
                anomalies.append(Anomalie(nom, f"copie hors site {faute} ; la bonne est dessous"))
    return anomalies


def _relire_une(sauvegarde: Sauvegarde, *, au_loin: bool, par: Auteur) -> list[Anomalie]:
    ici = _faute(lambda: _ouvrir_ici(sauvegarde), sauvegarde) if sauvegarde.locale else ""
    au_loin = au_loin or (sauvegarde.distante and ici in PERTES)  # whatever the budget
    la_bas = _faute(lambda: _ouvrir_au_loin(sauvegarde), sauvegarde) if au_loin else ""
    if au_loin or not sauvegarde.distante:  # else its turn has not come
        Sauvegarde.objects.filter(pk=sauvegarde.pk).update(relue_le=timezone.now())
    if ici in PERTES or la_bas in PERTES:
        _reparer(sauvegarde, ici=ici, la_bas=la_bas, au_loin=au_loin, par=par)
    dits = [("copie locale", ici), ("copie hors site", la_bas)]
    return [Anomalie(sauvegarde.nom, f"{ou} {faute}") for ou, faute in dits if faute]


def _faute(ouvrir: Callable[[], AbstractContextManager[Lisible]], sauvegarde: Sauvegarde) -> str:
    """What is wrong with a copy; a place out of reach says nothing about what lies there."""
    try:
        with ouvrir() as flux:
            return "" if depots.empreinte(flux) == sauvegarde.sha256 else ALTEREE
    except FileNotFoundError:
        return ABSENTE
    except PANNES as erreur:
        return f"illisible pour l'instant ({type(erreur).__name__})"


def _ouvrir_ici(sauvegarde: Sauvegarde) -> AbstractContextManager[Lisible]:
    return depots.fichier(sauvegarde.nom).open("rb")


def _ouvrir_au_loin(sauvegarde: Sauvegarde) -> AbstractContextManager[Lisible]:
    return coffre_des_sauvegardes().ouvrir(manifeste_de(sauvegarde).cle, sauvegarde.version)


def _reparer(sauvegarde: Sauvegarde, *, ici: str, la_bas: str, au_loin: bool, par: Auteur) -> None:
    """Make a lost copy again from the good one; when all are lost, the backup no longer counts."""
    if ici in PERTES and au_loin and not la_bas:
        depots.ecarter(sauvegarde.nom)
        with _ouvrir_au_loin(sauvegarde) as flux:
            depots.reprendre(manifeste_de(sauvegarde), flux)
        consigner(sauvegarde, "sauvegarde.reparee", par=par, copie="locale", faute=ici)
    elif la_bas in PERTES and sauvegarde.locale and not ici:
        deposer(sauvegarde, en_remplacement=True)
        consigner(sauvegarde, "sauvegarde.reparee", par=par, copie="hors site", faute=la_bas)
    elif (not sauvegarde.locale or ici in PERTES) and (not au_loin or la_bas in PERTES):
        _declarer_alteree(sauvegarde, f"locale : {ici or 'aucune'}, hors site : {la_bas}", par=par)


@transaction.atomic
def _declarer_alteree(sauvegarde: Sauvegarde, faute: str, *, par: Auteur) -> None:
    sauvegarde = Sauvegarde.objects.select_for_update(no_key=True).get(pk=sauvegarde.pk)
    if sauvegarde.etat in {Etat.SUPPRIMEE, Etat.ALTEREE}:  # let go meanwhile, or said already
        return
    etats.exiger(Sauvegarde.TRANSITIONS, de=sauvegarde.etat, vers=Etat.ALTEREE)
    sauvegarde.etat, sauvegarde.erreur = Etat.ALTEREE, faute
    sauvegarde.save(update_fields=["etat", "erreur"])
    consigner(sauvegarde, "sauvegarde.alteree", par=par, faute=faute)


def appliquer_la_retention(*, par: Auteur) -> list[str]:
    """Delete what the rule lets go, off-site once its lock is over; return the names gone whole.

    Nothing goes while the newest backup is not verified and off-site (retention.py).
    """
    _finir_les_suppressions()
    presentes = list(Sauvegarde.objects.presentes().order_by("pk"))  # not by a clock that jumps
    candidates = [
        Candidate(
            nom=une.nom,
            jour=timezone.localdate(une.faite_le),
            verifiee=une.etat == Etat.VERIFIEE and une.distante,
            rang=rang,
        )
        for rang, une in enumerate(presentes)
    ]
    regle = Regle(settings.SAUVEGARDE_JOURS, settings.SAUVEGARDE_MOIS, settings.SAUVEGARDE_ANS)
    voulues = set(a_supprimer(candidates, regle))
    parties = [_supprimer(une, par=par) for une in presentes if une.nom in voulues]
    return [nom for nom in parties if nom]


def _supprimer(sauvegarde: Sauvegarde, *, par: Auteur) -> str:
    """The local copy now, the off-site one when its lock allows; its name when nothing is left."""
    verrou = sauvegarde.verrouillee_jusqu_au
    if sauvegarde.distante and not (verrou and verrou > timezone.now()):
        _supprimer_au_loin(sauvegarde)
    with transaction.atomic():
        une = Sauvegarde.objects.select_for_update(no_key=True).get(pk=sauvegarde.pk)
        une.distante = sauvegarde.distante
        une.locale = False if une.distante else une.locale
        if not une.distante:
            etats.exiger(Sauvegarde.TRANSITIONS, de=une.etat, vers=Etat.SUPPRIMEE)
            une.etat, une.locale = Etat.SUPPRIMEE, False
            consigner(une, "sauvegarde.supprimee", par=par, verifiee_le=str(une.verifiee_le))
        une.save(update_fields=["etat", "distante", "locale"])
    depots.supprimer(une.nom)
    return "" if une.distante else une.nom


def _finir_les_suppressions() -> None:
    """Local files of what the catalogue let go, when a kill came between the two."""
    gardees = set(Sauvegarde.objects.filter(locale=True).values_list("nom", flat=True))
    for nom in Sauvegarde.objects.exclude(nom__in=gardees).values_list("nom", flat=True):
        depots.supprimer(nom)


def _supprimer_au_loin(sauvegarde: Sauvegarde) -> None:
    """Every version of it, the dump first: a manifest left alone counts for nothing. A refusal
    leaves it for later."""
    coffre = coffre_des_sauvegardes()
    try:
        objets = sorted(coffre.lister(cle(sauvegarde.nom, ".")))  # .dump before .json
        for objet in objets:
            coffre.supprimer(objet.cle, objet.version)
    except PANNES:
        journal.exception("%s n'a pas pu être supprimée hors site", sauvegarde)
        return
    sauvegarde.distante = False
