"""What the office sets: levels, plans, the plan of a client, the general settings."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit
from clients.models import Client
from clients.services import verrouiller
from relances.models import Niveau, PlanDeRelance, PlanDuClient, Reglages

NIVEAU = ["plan_id", "jours", "nom", "ton", "canal", "delai_minimum", "actif"]
PLAN = ["nom", "type_client"]


def enregistrer_niveau(niveau: Niveau, *, par: Auteur, **champs: Any) -> Niveau:
    """Write a new level, or change one. Raise ValidationError (days already taken…)."""
    return _enregistrer(niveau, champs, NIVEAU, par=par)


def enregistrer_plan(plan: PlanDeRelance, *, par: Auteur, **champs: Any) -> PlanDeRelance:
    """Write a new plan, or change one. Raise ValidationError."""
    return _enregistrer(plan, champs, PLAN, par=par)


def modifier_reglages(*, par: Auteur, **champs: Any) -> Reglages:
    """Change the general settings of the reminders. Raise ValidationError."""
    return _enregistrer(Reglages.les_notres(), champs, Reglages.CHAMPS, par=par)


@transaction.atomic
def supprimer_niveau(niveau: Niveau, *, par: Auteur) -> None:
    """Remove a level that never served. Raise Conflit when reminders name it: switch it off."""
    if niveau.relances.exists():
        raise Conflit(
            "Des relances ont été faites à ce niveau : désactivez-le.", code="niveau_utilise"
        )
    avant = photo(niveau, NIVEAU)
    Niveau.objects.filter(pk=niveau.pk).delete()
    consigner(niveau, "niveau.supprime", par=par, avant=avant, etats=[niveau])


@transaction.atomic
def donner_un_plan(client: Client, plan: PlanDeRelance | None, *, par: Auteur) -> Client:
    """Give a client a plan of its own; None: that of its type again."""
    client = verrouiller(client)
    avant = PlanDuClient.objects.filter(client=client).first()
    if plan is None:
        PlanDuClient.objects.filter(client=client).delete()
    else:
        PlanDuClient.objects.update_or_create(client=client, defaults={"plan": plan})
    consigner(
        client,
        "client.plan_de_relance",
        par=par,
        avant={"plan": avant and str(avant.plan)},
        apres={"plan": plan and str(plan)},
        etats=[PlanDuClient(pk=client.pk)],
    )
    return client


@transaction.atomic
def _enregistrer(objet: Any, champs: dict[str, Any], noms: list[str], *, par: Auteur) -> Any:
    modele: Any = type(objet)
    nouveau = objet.pk is None
    actuel = None if nouveau else modele.objects.select_for_update(no_key=True).get(pk=objet.pk)
    avant = {} if actuel is None else photo(actuel, noms)
    for champ, valeur in champs.items():
        setattr(objet, champ, valeur)
    objet.full_clean()
    objet.save()
    nom, verbe = modele._meta.model_name, "cree" if nouveau else "modifie"
    apres = photo(objet, noms)
    consigner(objet, f"{nom}.{verbe}", par=par, avant=avant, apres=apres, etats=[objet])
    return objet
