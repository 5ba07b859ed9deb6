"""What a person does of an incident."""

from __future__ import annotations

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from ops.veille.models import Incident


@transaction.atomic
def acquitter(incident: Incident, *, par: Auteur, commentaire: str = "") -> Incident:
    """Say that somebody looks after it: its reminders stop, its end is still told.

    Raise Conflit when it is over or already looked after.
    """
    actuel = Incident.objects.select_for_update(no_key=True, of=("self",)).get(pk=incident.pk)
    actuel.acquitter(par=par.user, nom=par.nom, commentaire=commentaire.strip())
    actuel.save()
    consigner(actuel, "incident.acquitte", par=par, cle=actuel.cle, commentaire=actuel.commentaire)
    return actuel
