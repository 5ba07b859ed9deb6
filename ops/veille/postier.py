"""Who has what still to hear, in order: one queue for each address, and one for the webhook.

A full mailbox keeps back only what is its own; a dead relay, nothing from the second channel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from django.conf import settings

from ops.veille.canaux import Coupe, NonRemis, Refuse
from ops.veille.canaux.courriel import Courriel
from ops.veille.canaux.webhook import poster
from ops.veille.carnet import Carnet, Message
from ops.veille.horloge import Horloge
from ops.veille.redaction import condense

journal = logging.getLogger(__name__)
WEBHOOK = "webhook"
SANS_ADRESSE = "courriel:"
VIEUX = 24 * 3600.0  # seconds; older messages are told in one
REPIT = 600.0  # seconds before an address that refuses is tried again
MAX = 200  # messages kept for one channel; the oldest ones are then told in one


class Postier:
    """`sauver` writes the notebook: called after each message that left, and not before."""

    def __init__(self, *, horloge: Horloge, sauver: Callable[[], None]) -> None:
        self._horloge, self._sauver = horloge, sauver
        self._repos: dict[str, float] = {}

    def deposer(self, carnet: Carnet, messages: Iterable[Message]) -> None:
        """Queue them for everybody. Nothing leaves yet."""
        alertes = settings.ALERTES
        noms = [nom_de(adresse) for adresse in destinataires(carnet)] or [SANS_ADRESSE]
        if alertes.webhook_toujours and alertes.webhook_url:
            noms.append(WEBHOOK)
        for message in messages:
            for nom in noms:
                secouru = WEBHOOK in noms
                carnet.files.setdefault(nom, []).append(replace(message, secouru=secouru))

    def livrer(self, carnet: Carnet) -> None:
        """Hand over what can be: mail first, then what it could not take to the webhook."""
        self._ranger(carnet)
        self._par_courriel(carnet)
        self._secourir(carnet)
        self._vider(carnet, WEBHOOK, poster)

    def _par_courriel(self, carnet: Carnet) -> None:
        with closing(Courriel()) as canal:
            for adresse in destinataires(carnet):
                nom = nom_de(adresse)
                if self._repos.get(nom, 0.0) > self._horloge.maintenant():
                    continue
                try:
                    self._vider(carnet, nom, partial(canal.remettre, a=adresse))
                except Coupe:
                    return

    def _vider(self, carnet: Carnet, nom: str, remettre: Callable[[Message], None]) -> None:
        file = carnet.files.get(nom, [])
        while file:
            try:
                remettre(file[0])
            except NonRemis as refus:
                self._noter(nom, refus)
                return
            file.pop(0)
            self._sauver()
        if carnet.files.pop(nom, None) is not None:
            self._repos.pop(nom, None)

    def _noter(self, nom: str, refus: NonRemis) -> None:
        canal = nom.partition(":")[0]
        journal.error("alerte non remise (%s) : %s", canal, str(refus))
        if isinstance(refus, Refuse):
            self._repos[nom] = self._horloge.maintenant() + REPIT
        if isinstance(refus, Coupe):
            raise refus

    def _secourir(self, carnet: Carnet) -> None:
        """What no address took goes by the webhook as well, once."""
        if not settings.ALERTES.webhook_url:
            return
        noms = [nom_de(adresse) for adresse in destinataires(carnet)] or [SANS_ADRESSE]
        premiere, *autres = [carnet.files.get(nom, []) for nom in noms]
        ailleurs = [{un.message_id for un in file} for file in autres]
        a_dire = [
            un
            for un in premiere
            if not un.secouru and all(un.message_id in ids for ids in ailleurs)
        ]
        for message in a_dire:
            carnet.files.setdefault(WEBHOOK, []).append(replace(message, secouru=True))
            message.secouru = True
        if a_dire:
            self._sauver()

    def _ranger(self, carnet: Carnet) -> None:
        """Give to whom is known now what was for nobody; drop what was for who left; condense."""
        if not settings.ALERTES.webhook_url:
            carnet.files.pop(WEBHOOK, None)
        if noms := {nom_de(adresse) for adresse in destinataires(carnet)}:
            for message in carnet.files.pop(SANS_ADRESSE, []):
                for nom in sorted(noms):
                    carnet.files.setdefault(nom, []).append(replace(message))
            carnet.files = {
                nom: file for nom, file in carnet.files.items() if nom in noms | {WEBHOOK}
            }
        for nom, file in carnet.files.items():
            carnet.files[nom] = self._condenser(file)

    def _condenser(self, file: Sequence[Message]) -> list[Message]:
        a = self._horloge.maintenant()
        trop = max(0, len(file) - MAX)
        vieux = [un for rang, un in enumerate(file) if rang < trop or a - un.cree_le > VIEUX]
        if len(vieux) < 2:  # noqa: PLR2004 - one is told as it is
            return list(file)
        resume = condense(vieux, a=a, date=self._horloge.heure(a))
        resume.secouru = all(un.secouru for un in vieux)
        return [resume, *file[len(vieux) :]]


def destinataires(carnet: Carnet) -> list[str]:
    """ALERTE_COURRIELS, else the patrons, as they were when the database last answered."""
    return list(dict.fromkeys(settings.ALERTES.courriels or carnet.patrons))


def nom_de(adresse: str) -> str:
    return f"courriel:{adresse}"
