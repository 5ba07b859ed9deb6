"""The nights: backups, checks, the purge; and the archive, which is caught up all day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db.models import Max, Min
from django.utils import timezone

from artjardin.audit.models import Execution
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.softdelete import passages
from artjardin.storage.models import Archive
from ops import nuit
from ops.nuit import CONTROLES, Controle
from ops.sante.activite.relances import naissance
from ops.sante.constats import Etat, Releve

FAUTIFS = [Execution.Resultat.ECHEC, Execution.Resultat.PARTIEL]
MATIN = timedelta(hours=4, minutes=55)  # told at 6:00: the probe has a delay of 65 minutes
ARCHIVAGE = timedelta(hours=1)
MONTREES = 5  # faults named; the run has them all
# Their faults name people: only how many is said here
DISCRETS = {"corbeille.comptes", passages.TACHE}
# Runs that the generic probe leaves to their own
SUIVIES = {nuit.TACHE, passages.TACHE, "relances", *(un.tache for un in CONTROLES)}


def __getattr__(nom: str) -> Callable[[], Releve]:
    """One probe for each check of the night, by its run's name with `_` for `.`."""
    for controle in CONTROLES:
        if nom_de(controle) == nom:
            return partial(_derniere, controle.tache, [Execution.Resultat.ECHEC])
    raise AttributeError(nom)


def nom_de(controle: Controle) -> str:
    """Of its probe.

    >>> nom_de(CONTROLES[0])
    'pieces_controle'
    """
    return controle.tache.replace(".", "_")


def sauvegarde() -> Releve:
    return _derniere(nuit.TACHE, [Execution.Resultat.ECHEC])


def purge() -> Releve:
    return _derniere(passages.TACHE, FAUTIFS)


def _derniere(tache: str, fautifs: list[Execution.Resultat]) -> Releve:
    """What the last run that ended found; one under way says nothing yet."""
    finies = Execution.objects.filter(tache=tache, fin__isnull=False, debut__lte=timezone.now())
    derniere = finies.order_by("-debut").first()
    if derniere is None or derniere.resultat not in fautifs:
        return Releve(Etat.OK)
    le = timezone.localtime(derniere.debut)
    dit = "" if tache in DISCRETS else f" : {_resumer(derniere.erreur)}"
    return Releve(Etat.PANNE, f"exécution du {le:%d/%m} à {le:%H:%M}{dit}")


def _resumer(erreur: str) -> str:
    fautes = erreur.splitlines()
    suite = f" (et {len(fautes) - MONTREES} de plus)" if len(fautes) > MONTREES else ""
    return " ; ".join(fautes[:MONTREES])[:1000] + suite


def fraicheur() -> Releve:
    """The last backup that counts is at most 26 hours old; a new base has as long to make one."""
    verifiees = Sauvegarde.objects.qui_comptent().filter(faite_le__lte=timezone.now())
    derniere = verifiees.aggregate(le=Max("faite_le"))["le"]
    age = timezone.now() - (derniere or naissance())
    secondes = round(age.total_seconds())
    if age <= nuit.FRAICHEUR:
        return Releve(Etat.OK, valeur=secondes, unite="s")
    heures = age // timedelta(hours=1)
    dit = f"la dernière a {heures} heures" if derniere else "aucune n'a encore été vérifiée"
    return Releve(Etat.PANNE, dit, secondes, "s")


def controles() -> Releve:
    """In the morning, each check of the night has been made, whatever it found."""
    local = timezone.localtime()
    minuit = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local - minuit < MATIN:
        return Releve(Etat.OK)
    faits = set(
        Execution.objects.filter(
            tache__in=[un.tache for un in CONTROLES], debut__gte=minuit, fin__isnull=False
        ).values_list("tache", flat=True)
    )
    manquent = [un.tache for un in CONTROLES if un.tache not in faits]
    if not manquent:
        return Releve(Etat.OK)
    return Releve(Etat.PANNE, f"pas faits aujourd'hui : {', '.join(manquent)}", len(manquent))


def archivage() -> Releve:
    """How long the oldest made document has been waiting for its second copy."""
    attente = Archive.objects.a_faire()
    premier = attente.aggregate(le=Min("document__produit_le"))["le"]
    if premier is None:
        return Releve(Etat.OK, valeur=0, unite="s")
    age = timezone.now() - premier
    secondes = round(age.total_seconds())
    if age <= ARCHIVAGE:
        return Releve(Etat.OK, valeur=secondes, unite="s")
    nombre = attente.filter(document__produit_le__lt=timezone.now() - ARCHIVAGE).count()
    heures = age // timedelta(hours=1)
    message = f"{nombre} document(s) sans seconde copie, le plus ancien depuis {heures} h"
    return Releve(Etat.PANNE, message, secondes, "s")


def executions() -> Releve:
    """Other jobs whose last run failed."""
    dernieres = (
        Execution.objects.exclude(tache__in=SUIVIES)
        .filter(fin__isnull=False, debut__gte=timezone.now() - timedelta(days=7))
        .order_by("tache", "-debut")
        .distinct("tache")
    )
    ratees = [une.tache for une in dernieres if une.resultat == Execution.Resultat.ECHEC]
    if not ratees:
        return Releve(Etat.OK, valeur=0)
    return Releve(Etat.PANNE, f"dernière exécution en échec : {', '.join(ratees)}", len(ratees))
