"""What the product does for itself every night: back up, prove it, read everything again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import time, timedelta
from typing import NamedTuple, TypeVar

from django.db.models import Max
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import faite_aujourd_hui, suivre
from artjardin.controles import Anomalie, Bilan
from artjardin.erreurs import Conflit, ErreurMetier
from artjardin.pannes import en_francais
from artjardin.sauvegardes import services as sauvegardes
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.ancrage import ancrer, controler_les_ancres
from ops.alertes import alerter

Fait = TypeVar("Fait")
journal = logging.getLogger(__name__)
PAR = systeme("nuit")
FRAICHEUR = timedelta(hours=26)
TACHE = "sauvegarde.nuit"
DEBUT = time(1, 15)  # Paris
REPOS = timedelta(minutes=55)  # after a first attempt that failed
GUIDE = "voyez docs/exploitation.md, « Sauvegardes »"
RESTAURER = f"cette sauvegarde ne compte pas ; {GUIDE}, et relancez « manage.py sauvegarder »."
JOURNAL = (
    "rien ne se répare à la main : « manage.py verifier_journal » dit tout ; comparez avec une "
    "sauvegarde, et cherchez qui a pu écrire dans la base."
)
CONCORDANCE = (
    "ne corrigez rien dans la base : comparez avec une sauvegarde et cherchez qui a pu y écrire, "
    "puis remettez la bonne valeur par l'écran de tous les jours, ce qui la rend au journal "
    "(docs/exploitation.md, « When something is wrong »)."
)


class Controle(NamedTuple):
    """One of the night's checks: its run's name, the subject of its alert, what to do."""

    tache: str
    titre: str
    fonction: str
    remede: str


CONTROLES = [
    Controle(
        "pieces.controle",
        "Des factures, devis ou paiements ont été modifiés dans la base",
        "facturation.controle.controler",
        "rien ne se répare à la main : comparez avec le PDF archivé et avec une sauvegarde "
        "(docs/exploitation.md, « When something is wrong »).",
    ),
    Controle(
        "journal.controle",
        "Le journal a été modifié dans la base",
        "artjardin.audit.verification.controler",
        JOURNAL,
    ),
    Controle(
        "journal.ancres",
        "Le journal n'est plus celui qui a été ancré",
        "ops.nuit.ancrer_et_comparer",
        JOURNAL,
    ),
    Controle(
        "journal.concordance",
        "Des lignes de la base ne sont plus ce que le journal en dit",
        "artjardin.audit.concordance.controler",
        CONCORDANCE,
    ),
    Controle(
        "courriels.relecture",
        "Des courriels partis ont été modifiés dans la base",
        "artjardin.outbox.relecture.controler",
        "leur texte n'est plus celui qui est parti : comparez avec une sauvegarde, et cherchez qui "
        "a pu écrire dans la base (docs/exploitation.md, « When something is wrong »).",
    ),
    Controle(
        "corbeille.comptes",
        "Le compte d'un client de la corbeille est ouvert",
        "ops.corbeille.comptes.controler",
        "restaurez-le depuis la page Corbeille pour le facturer, le relancer ou le rembourser ; "
        "rien de lui n'est purgé d'ici là.",
    ),
    Controle(
        "archives.controle",
        "Des documents archivés manquent ou sont altérés",
        "artjardin.storage.verification.controler",
        "l'autre copie remplace la mauvaise quand elle est bonne ; « manage.py verifier_archives » "
        "relit tout. Cherchez qui a pu écrire là.",
    ),
    Controle(
        "sauvegarde.relecture",
        "Une sauvegarde est altérée ou manque",
        "ops.nuit.relire_les_sauvegardes",
        f"la bonne copie remplace la mauvaise quand il y en a une ; {GUIDE}.",
    ),
    Controle(
        "sauvegarde.fraicheur",
        "Pas de sauvegarde vérifiée depuis plus d'un jour",
        "ops.nuit.fraicheur",
        f"regardez la page Sauvegardes et les Exécutions en échec ; {GUIDE}.",
    ),
]


def sauvegarder_cette_nuit() -> None:
    """Back up, drill, apply the retention; once a day from 1:15, an hour after a failure again."""
    if timezone.localtime().time() < DEBUT or _rien_a_sauvegarder():
        return
    try:
        with suivre(TACHE, sauf=_rien_a_sauvegarder) as execution:
            fautes = _sauvegarder(execution)
            if fautes:
                _conclure(execution, "La sauvegarde de la nuit a échoué", fautes, RESTAURER)
    except Conflit as refus:
        journal.info("%s", refus.message)


def _rien_a_sauvegarder() -> bool:
    return faite_aujourd_hui(TACHE) or _vient_d_echouer()


def _sauvegarder(execution: Execution) -> list[str]:
    """Each step that can be taken is; what failed, in French."""
    fautes: list[str] = []
    _essayer(sauvegardes.rapprocher, fautes)
    sauvegarde = _essayer(_celle_d_aujourd_hui, fautes)
    if sauvegarde is None:
        return fautes
    if not sauvegarde.distante:
        fautes.append(f"{sauvegarde.nom} n'est pas hors site : {sauvegarde.erreur}")
    jugee = _essayer(lambda: sauvegardes.exercer(sauvegarde, par=PAR), fautes)
    if jugee is not None and jugee.etat != Sauvegarde.Etat.VERIFIEE:
        fautes.append(f"{jugee.nom} ne se restaure pas comme elle devrait : {jugee.erreur}")
    elif jugee is not None and jugee.rapport.get("defauts"):  # the 4:00 checks tell them
        execution.resultat = Execution.Resultat.PARTIEL
    parties = _essayer(lambda: sauvegardes.appliquer_la_retention(par=PAR), fautes) or []
    execution.compteurs = {"nom": sauvegarde.nom, "supprimees": len(parties)}
    return fautes


def _celle_d_aujourd_hui() -> Sauvegarde:
    """A drill that could not be made is tried again on the same backup."""
    faite = Sauvegarde.objects.filter(
        motif=Sauvegarde.Motif.QUOTIDIENNE,
        etat=Sauvegarde.Etat.FAITE,
        faite_le__date=timezone.localdate(),
    ).first()
    if faite is None:
        return sauvegardes.sauvegarder(motif=Sauvegarde.Motif.QUOTIDIENNE, par=PAR)
    sauvegardes.completer()
    faite.refresh_from_db()
    return faite


def _essayer(etape: Callable[[], Fait], fautes: list[str]) -> Fait | None:
    try:
        return etape()
    except ErreurMetier as refus:
        fautes.append(refus.message)
    except Exception as erreur:  # noqa: BLE001 - told, and the next step is taken
        journal.exception("une étape de la nuit est interrompue")
        fautes.append(en_francais(erreur))
    return None


def controler_cette_nuit() -> None:
    """Every check, each a run of its own: one that breaks hides no other."""
    for controle in CONTROLES:
        try:
            _controler(controle)
        except Conflit as refus:
            journal.info("%s", refus.message)
        except Exception:  # noqa: BLE001 - its run and its alert say it, the next check goes on
            journal.exception("contrôle %s interrompu", controle.tache)


def _controler(controle: Controle) -> None:
    with suivre(controle.tache, sauf=lambda: _controle(controle.tache)) as execution:
        try:
            bilan: Bilan = import_string(controle.fonction)()
        except Exception as erreur:
            fautes = [f"le contrôle n'a pas pu se faire : {en_francais(erreur)}"]
            alerter(controle.titre, fautes, remede=controle.remede, sujet=execution)
            raise
        execution.compteurs = bilan.lus | {"anomalies": len(bilan.anomalies)}
        if bilan.anomalies:
            _conclure(execution, controle.titre, list(map(str, bilan.anomalies)), controle.remede)


def _conclure(execution: Execution, titre: str, fautes: list[str], remede: str) -> None:
    execution.resultat = Execution.Resultat.ECHEC
    execution.erreur = "\n".join(fautes[:20])
    alerter(titre, fautes, remede=remede, sujet=execution)


def _controle(tache: str) -> bool:
    """Whether today's check (Paris date) said what it found."""
    return Execution.objects.filter(
        tache=tache, debut__date=timezone.localdate(), debut__lte=timezone.now(),
        fin__isnull=False, compteurs__has_key="anomalies",
    ).exists()  # fmt: skip


def _vient_d_echouer() -> bool:
    """A full disk is not filled again every few minutes: one hour, then two, then three…"""
    essais = Execution.objects.filter(
        tache=TACHE, debut__date=timezone.localdate(), debut__lte=timezone.now()
    )
    dernier = essais.aggregate(le=Max("debut"))["le"]
    return dernier is not None and timezone.now() - dernier < REPOS * essais.count()


def ancrer_et_comparer() -> Bilan:
    """Yesterday is anchored beside the archives, then every anchor compared with the database."""
    ancrer(le=timezone.localdate() - timedelta(days=1))
    return controler_les_ancres()


def relire_les_sauvegardes() -> Bilan:
    return sauvegardes.relire(par=PAR)


def fraicheur() -> Bilan:
    """The age of the last backup that counts, verified and off-site (design G11: 26 hours)."""
    verifiees = Sauvegarde.objects.qui_comptent().filter(faite_le__lte=timezone.now())
    derniere = verifiees.aggregate(le=Max("faite_le"))["le"]
    lus = {"verifiees": verifiees.count()}
    if derniere is None:
        return Bilan(lus, [Anomalie("sauvegardes", "aucune n'a encore été vérifiée")])
    if timezone.now() - derniere <= FRAICHEUR:
        return Bilan(lus, [])
    heures = (timezone.now() - derniere) // timedelta(hours=1)
    return Bilan(lus, [Anomalie("sauvegardes", f"la dernière vérifiée a {heures} heures")])
