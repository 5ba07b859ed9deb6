"""Use cases of sites and interventions: every change locks, checks and journals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import User
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from chantiers.models import Chantier, Intervention, TypeService
from clients.models import Client
from clients.services import enregistrer, exiger_connus, modifier, verrouiller

LIEU = ["adresse", "code_postal", "ville"]
CHAMPS_CHANTIER = ["nom", *LIEU, "responsable", "consignes"]
DEROULEMENT = ["statut", "debut", "fin"]
CHAMPS_INTERVENTION = [
    "chantier", "employe", "prevu_debut", "prevu_fin", "debut", "fin", "notes",
]  # fmt: skip


@transaction.atomic
def creer_chantier(
    *, client: Client, par: Auteur, services: Iterable[TypeService] = (), **champs: Any
) -> Chantier:
    """Open a site as a demand; without address it is the client's. Raise Invalide or Conflit."""
    exiger_connus(champs, CHAMPS_CHANTIER)
    client = verrouiller(client)
    if not any(champs.get(champ) for champ in LIEU):
        champs |= {champ: getattr(client, champ) for champ in LIEU}
    _exiger_actif(champs.get("responsable"), "responsable")
    chantier = Chantier(client=client, **champs)
    enregistrer(chantier)
    chantier.services.set(services)
    apres = photo(chantier, ["client", *CHAMPS_CHANTIER]) | {"services": _noms(chantier)}
    consigner(chantier, "chantier.cree", par=par, apres=apres)
    return chantier


@transaction.atomic
def modifier_chantier(
    chantier: Chantier,
    *,
    par: Auteur,
    services: Iterable[TypeService] | None = None,
    **champs: Any,
) -> Chantier:
    """Change the given fields; `services` replaces the list. A site never changes client."""
    if "client" in champs and champs.pop("client").pk != chantier.client_id:
        raise Invalide(
            "Un chantier ne change pas de client.",
            champs={"client": ["Créez un autre chantier pour cet autre client."]},
        )
    exiger_connus(champs, CHAMPS_CHANTIER)
    _exiger_actif(champs.get("responsable"), "responsable")
    actuel = modifier(chantier, champs, "chantier.modifie", par=par)
    if services is not None:
        _remplacer_services(actuel, services, par=par)
    return actuel


@transaction.atomic
def changer_statut(chantier: Chantier, *, vers: str, par: Auteur) -> Chantier:
    """Move along the pipeline; cancelling also cancels the planned interventions.

    Raise Conflit when the pipeline forbids it, or when someone is at work on a site to cancel.
    """
    actuel = verrouiller(chantier)
    avant = photo(actuel, ["statut"])
    actuel.passer(vers)
    if actuel.statut == Chantier.Statut.ANNULE:
        _annuler_le_prevu(actuel, par=par)
    enregistrer(actuel)
    consigner(actuel, "chantier.statut", par=par, avant=avant, apres=photo(actuel, ["statut"]))
    return actuel


@transaction.atomic
def planifier_intervention(
    *,
    chantier: Chantier,
    employe: User,
    prevu_debut: datetime,
    prevu_fin: datetime,
    par: Auteur,
    notes: str = "",
) -> Intervention:
    """Plan one employee on one site, from `prevu_debut` to `prevu_fin` (excluded).

    Raise Conflit (`chevauchement`) when the employee is already taken, or when the site is
    cancelled; Invalide for an inactive employee or an end before the start.
    """
    _exiger_actif(employe, "employe")
    intervention = Intervention(
        chantier=_chantier_ouvert(chantier),
        employe=employe,
        prevu_debut=prevu_debut,
        prevu_fin=prevu_fin,
        notes=notes,
    )
    enregistrer(intervention)
    apres = photo(intervention, CHAMPS_INTERVENTION)
    consigner(intervention, "intervention.planifiee", par=par, apres=apres)
    return intervention


@transaction.atomic
def modifier_intervention(
    intervention: Intervention, *, par: Auteur, **champs: Any
) -> Intervention:
    """Change what the state still lets change: the plan before the start, the hours after the end.

    Raise Conflit otherwise, or when the employee is already taken.
    """
    exiger_connus(champs, CHAMPS_INTERVENTION)
    _verrouiller_avec_chantier(intervention, vers=champs.get("chantier")).exiger_modifiables(champs)
    _exiger_actif(champs.get("employe"), "employe")
    if "chantier" in champs:
        champs["chantier"] = _chantier_ouvert(champs["chantier"])
    return modifier(intervention, champs, "intervention.modifiee", par=par)


@transaction.atomic
def demarrer_intervention(intervention: Intervention, *, par: Auteur) -> Intervention:
    """Start now. Raise PermissionDenied to another employee; Conflit when one already runs, or
    when the site is cancelled.
    """
    actuelle = _verrouiller_avec_chantier(intervention)
    _exiger_la_sienne(actuelle, par=par)
    _chantier_ouvert(actuelle.chantier)
    avant = photo(actuelle, DEROULEMENT)
    actuelle.demarrer(a=timezone.now())
    return _conclure(actuelle, "intervention.demarree", par=par, avant=avant)


@transaction.atomic
def arreter_intervention(intervention: Intervention, *, par: Auteur) -> Intervention:
    """Stop now. Raise PermissionDenied to another employee, Conflit when it does not run."""
    actuelle = verrouiller(intervention)
    _exiger_la_sienne(actuelle, par=par)
    avant = photo(actuelle, DEROULEMENT)
    actuelle.arreter(a=timezone.now())
    return _conclure(actuelle, "intervention.arretee", par=par, avant=avant)


@transaction.atomic
def valider_intervention(intervention: Intervention, *, par: Auteur) -> Intervention:
    """Accept the hours: nothing changes after. Raise Conflit unless it is finished."""
    actuelle = verrouiller(intervention)
    avant = photo(actuelle, DEROULEMENT)
    actuelle.valider(par=par.user)
    return _conclure(actuelle, "intervention.validee", par=par, avant=avant)


@transaction.atomic
def annuler_intervention(intervention: Intervention, *, par: Auteur) -> Intervention:
    """Free the employee. Raise Conflit once it has started."""
    actuelle = verrouiller(intervention)
    avant = photo(actuelle, DEROULEMENT)
    actuelle.annuler()
    return _conclure(actuelle, "intervention.annulee", par=par, avant=avant)


@transaction.atomic
def enregistrer_type_de_service(type_de_service: TypeService, *, par: Auteur) -> TypeService:
    """Add or rename a kind of work. Raise Invalide or Conflit."""
    ancien = TypeService.objects.filter(pk=type_de_service.pk).first()
    enregistrer(type_de_service)
    action = "typeservice.modifie" if ancien else "typeservice.cree"
    avant = photo(ancien, ["nom"]) if ancien else {}
    consigner(type_de_service, action, par=par, avant=avant, apres=photo(type_de_service, ["nom"]))
    return type_de_service


def _conclure(
    intervention: Intervention, action: str, *, par: Auteur, avant: dict[str, Any]
) -> Intervention:
    enregistrer(intervention)
    apres = photo(intervention, DEROULEMENT)
    consigner(intervention, action, par=par, avant=avant, apres=apres)
    return intervention


def _verrouiller_avec_chantier(
    intervention: Intervention, *, vers: Chantier | None = None
) -> Intervention:
    """Lock its site, and the one it goes to, by id, then itself: the order of who cancels a site.

    Raise Conflit when it is in the trash, or was moved to a third site meanwhile.
    """
    sien = Q(pk__in=Intervention.tous.filter(pk=intervention.pk).values("chantier"))
    voulus = sien | Q(pk=vers.pk) if vers else sien
    chantiers = Chantier.objects.select_for_update(no_key=True).filter(voulus).order_by("id")
    tenus = {chantier.pk for chantier in chantiers}
    actuelle = verrouiller(intervention)
    if actuelle.chantier_id not in tenus:
        raise Conflit("Cette intervention vient de changer de chantier.", code="deplacee")
    return actuelle


def _exiger_la_sienne(intervention: Intervention, *, par: Auteur) -> None:
    """Employees clock themselves only; who validates may clock anyone, so may a job (no user)."""
    autre = par.user is not None and par.user.pk != intervention.employe_id
    if autre and not par.user.has_perm("chantiers.valider_intervention"):  # type: ignore[union-attr]
        raise PermissionDenied("Seul l'employé de cette intervention peut la pointer.")


def _chantier_ouvert(chantier: Chantier) -> Chantier:
    actuel = verrouiller(chantier)
    if actuel.statut == Chantier.Statut.ANNULE:
        raise Conflit("Ce chantier est annulé.", code="chantier_annule")
    return actuel


def _exiger_actif(user: User | None, champ: str) -> None:
    if user is not None and not user.is_active:
        raise Invalide(f"{user} n'a plus de compte actif.", champs={champ: ["Compte désactivé."]})


def _annuler_le_prevu(chantier: Chantier, *, par: Auteur) -> None:
    statut = Intervention.Statut
    vivantes = Intervention.objects.select_for_update(no_key=True).filter(chantier=chantier)
    if vivantes.filter(statut=statut.EN_COURS).exists():
        raise Conflit("Une intervention est en cours : arrêtez-la.", code="intervention_en_cours")
    for intervention in vivantes.filter(statut=statut.PLANIFIEE).order_by("id"):
        annuler_intervention(intervention, par=par)


def _remplacer_services(
    chantier: Chantier, services: Iterable[TypeService], *, par: Auteur
) -> None:
    avant = _noms(chantier)
    chantier.services.set(services)
    if avant != (apres := _noms(chantier)):
        dits = {"avant": {"services": avant}, "apres": {"services": apres}}
        consigner(chantier, "chantier.modifie", par=par, avant=dits["avant"], apres=dits["apres"])


def _noms(chantier: Chantier) -> list[str]:
    return list(chantier.services.order_by("nom").values_list("nom", flat=True))
