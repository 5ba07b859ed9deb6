"""The rows of the incidents, made to say what the watch knows; late when the database was away."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.services import courriels_des_patrons
from artjardin.audit.services import consigner
from ops.veille.carnet import Fiche
from ops.veille.models import Incident, Ronde

PAR = systeme("veille")
OUBLIE = "La veille n'en sait plus rien : son carnet a été perdu ou la base restaurée."


class Tenue(NamedTuple):
    """What was written and read. `noms`: the row of each incident, by the name that the watch gave
    it; `acquittes`: the rows that somebody looks after."""

    patrons: list[str]
    noms: dict[str, str]
    acquittes: set[str]


@transaction.atomic
def tenir_les_incidents(
    fiches: Sequence[Fiche], *, heure: Callable[[float], float], machine: str
) -> Tenue:
    """Make the open rows those of `fiches`, and write those that opened and closed meanwhile.

    `heure`: from the clock of the watch to the wall's.
    """
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL statement_timeout = '3s'")
    ouverts = {
        un.cle: un
        for un in Incident.objects.ouverts().order_by("pk").select_for_update(no_key=True)
    }
    rangees = {une.numero: _tenir_la_rangee(une, ouverts, heure) for une in fiches}
    for reste in ouverts.values():
        _clore_l_incident(reste, timezone.now(), message=OUBLIE)
    Ronde.objects.update_or_create(pk=1, defaults={"le": timezone.now(), "machine": machine[:100]})
    return Tenue(
        patrons=courriels_des_patrons(),
        noms={numero: rangee.numero for numero, rangee in rangees.items()},
        acquittes={une.numero for une in rangees.values() if une.acquitte_le is not None},
    )


def _tenir_la_rangee(
    fiche: Fiche, ouverts: dict[str, Incident], heure: Callable[[float], float]
) -> Incident:
    """The row of an incident, open or closed. One open row of the same thing is taken over."""
    rangee = _sa_rangee(fiche, ouverts)
    if rangee is None:
        rangee = _ouvrir_l_incident(fiche, heure)
    elif not fiche.ecrite:
        _mettre_a_jour(rangee, fiche)
    if fiche.clos_le and rangee.est_ouvert:
        _clore_l_incident(rangee, _instant(fiche.clos_le, heure), message=rangee.dernier_message)
    return rangee


def _sa_rangee(fiche: Fiche, ouverts: dict[str, Incident]) -> Incident | None:
    ouvert = ouverts.get(fiche.cle)
    if ouvert is not None and (ouvert.numero == fiche.numero or not fiche.clos_le):
        return ouverts.pop(fiche.cle)
    return Incident.objects.filter(numero=fiche.numero, clos_le__isnull=not fiche.clos_le).first()


def _ouvrir_l_incident(fiche: Fiche, heure: Callable[[float], float]) -> Incident:
    pris = Incident.objects.filter(numero=fiche.numero).exists()  # closed by another machine
    numero = uuid.uuid4().hex if pris else fiche.numero
    rangee = Incident(numero=numero, cle=fiche.cle, ouvert_le=_instant(fiche.ouvert_le, heure))
    _recopier(rangee, fiche)
    rangee.save()
    consigner(rangee, "incident.ouvert", par=PAR, cle=fiche.cle, constat=fiche.message)
    return rangee


def _mettre_a_jour(rangee: Incident, fiche: Fiche) -> None:
    _recopier(rangee, fiche)
    rangee.save()


def _recopier(rangee: Incident, fiche: Fiche) -> None:
    rangee.titre, rangee.gravite = fiche.titre[:200], fiche.gravite
    rangee.dernier_message, rangee.remede = fiche.message, fiche.remede
    rangee.rappels, rangee.instable = fiche.rappels, fiche.instable


def _clore_l_incident(rangee: Incident, le: datetime, *, message: str) -> None:
    rangee.clos_le = max(le, rangee.ouvert_le)
    rangee.dernier_message = message
    rangee.save()
    duree = (rangee.clos_le - rangee.ouvert_le).total_seconds()
    consigner(rangee, "incident.clos", par=PAR, cle=rangee.cle, secondes=round(duree))


def _instant(moment: float, heure: Callable[[float], float]) -> datetime:
    return datetime.fromtimestamp(heure(moment), UTC)
