"""One round: look, remember, tell, write down, give a sign of life. In that order."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError

from ops.sante.constats import Constat
from ops.veille import battement, registre
from ops.veille.a_part import APart, Occupe
from ops.veille.canaux.ping import donner_signe_de_vie
from ops.veille.carnet import Carnet
from ops.veille.horloge import Horloge
from ops.veille.memoire import Memoire
from ops.veille.observation import observer
from ops.veille.postier import Postier
from ops.veille.quart import BAIL, Quart
from ops.veille.registre import Tenue

journal = logging.getLogger(__name__)
BORNE = 5.0  # seconds given to the rows


class Veilleur:
    """Needs nothing of what it watches: what does not answer is left for the next round."""

    def __init__(
        self,
        dossier: Path,
        *,
        examiner: Callable[[], Sequence[Constat]],
        valkey: Callable[[], redis.Redis],
        horloge: Horloge | None = None,
    ) -> None:
        self._examiner, self._valkey = examiner, valkey
        self._horloge = horloge or Horloge()
        self._memoire = Memoire(dossier, valkey)
        self._quart = Quart(dossier, valkey, partage=bool(settings.REDIS_URL))
        self._postier = Postier(horloge=self._horloge, sauver=self._sauver)
        self._base = APart()
        self._carnet: Carnet | None = None

    def ronde(self) -> bool:
        """Whether this machine is on watch. Whatever it raises, the next round begins anew."""
        self._memoire.reessayer()
        if not self._prendre_le_quart():
            return False
        carnet = self._le_carnet()
        constats = list(self._examiner())
        pris = time.monotonic()
        a = self._horloge.maintenant()
        messages = observer(carnet, constats, a=a, heure=self._horloge.heure)
        self._postier.deposer(carnet, messages)
        self._sauver()
        if time.monotonic() - pris > BAIL / 3 and not self._prendre_le_quart():
            return False  # frozen meanwhile: another machine has it
        self._postier.livrer(carnet)
        self._tenir_les_rangees(carnet, constats)
        battement.battre(self._valkey)
        if settings.ALERTES.ping_url:
            donner_signe_de_vie()
        return True

    def finir(self) -> None:
        self._quart.rendre()

    def _prendre_le_quart(self) -> bool:
        """Who was relieved forgets its notebook: another one goes on from the saved one."""
        if self._quart.prendre():
            return True
        self._carnet = None
        return False

    def _le_carnet(self) -> Carnet:
        if self._carnet is None:
            self._carnet = self._memoire.lire()
            self._horloge.reprendre(au_moins=self._carnet.instant)
        return self._carnet

    def _sauver(self) -> None:
        if self._carnet is not None:
            self._memoire.ecrire(self._carnet)

    def _tenir_les_rangees(self, carnet: Carnet, constats: Sequence[Constat]) -> None:
        if any(un.en_panne and un.sonde.nom == "postgresql" for un in constats):
            return
        fiches = [replace(une) for une in carnet.fiches.values()]
        travail = partial(
            registre.tenir_les_incidents, fiches, heure=self._horloge.heure, machine=platform.node()
        )
        try:
            tenue = self._base.faire(travail, borne=BORNE)
        except (DatabaseError, Occupe) as erreur:
            journal.warning("incidents non écrits dans la base : %s", erreur)
            return
        _reprendre(carnet, tenue)
        self._sauver()


def _reprendre(carnet: Carnet, tenue: Tenue) -> None:
    """What the rows taught: they are written, somebody looks after some, patrons came and went."""
    carnet.patrons = tenue.patrons
    for numero, nom in tenue.noms.items():
        fiche = carnet.fiches.pop(numero)
        if not fiche.clos_le:
            carnet.fiches[nom] = replace(fiche, numero=nom, ecrite=True)
    for cle, suivi in carnet.suivis.items():
        numero = tenue.noms.get(suivi.numero, suivi.numero)
        pris = suivi.acquitte or numero in tenue.acquittes
        carnet.suivis[cle] = replace(suivi, numero=numero, acquitte=pris)
