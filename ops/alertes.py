"""Telling the patrons what a night found: a mail to each, a line in the journal, an error in the
log; once a day for the same fault."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.services import courriels_des_patrons
from artjardin.audit.models import Entree, Execution
from artjardin.audit.services import consigner
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre_a_chacun

journal = logging.getLogger(__name__)
GENRE = "alerte_controle"
ACTION = "alerte.donnee"
MONTREES = 50
NOM_DE_SAUVEGARDE = re.compile(r"\d{8}T\d{6}Z-[a-z]+")
PAR = systeme("alertes")


@transaction.atomic
def alerter(titre: str, fautes: Sequence[str], *, remede: str, sujet: Execution) -> bool:
    """Say it now; False when the same faults were told today already (Paris date).

    `titre` is the subject of the mail, `remede` what to do, in French; `sujet` the run that found
    them.
    """
    dites = [NOM_DE_SAUVEGARDE.sub("", faute) for faute in fautes]  # another try is no other fault
    empreinte = sha256("\n".join([titre, *dites]).encode()).hexdigest()[:16]
    journal.error("%s : %s faute(s), passage n° %s", titre, len(fautes), sujet.pk)
    if _deja_dit(empreinte):
        return False
    montrees, autres = list(fautes[:MONTREES]), max(len(fautes) - MONTREES, 0)
    consigner(sujet, ACTION, par=PAR, titre=titre, fautes=montrees, empreinte=empreinte)
    contexte = {"titre": titre, "fautes": montrees, "autres": autres, "remede": remede}
    contenu = contenu_du_gabarit(GENRE, objet=titre, contexte=contexte)
    promettre_a_chacun(courriels_des_patrons(), genre=GENRE, contenu=contenu, bcc=[])
    return True


def _deja_dit(empreinte: str) -> bool:
    return Entree.objects.filter(
        action=ACTION, le__date=timezone.localdate(), details__empreinte=empreinte
    ).exists()
