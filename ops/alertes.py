"""What a night found, written where it is looked for: an error in the log, a line in the journal;
once a day for the same fault. Its run says it too, and the watch, which looks there, tells people
(ops/sante/activite/nuit.py).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree, Execution
from artjardin.audit.services import consigner

journal = logging.getLogger(__name__)
ACTION = "alerte.donnee"
MONTREES = 50
NOM_DE_SAUVEGARDE = re.compile(r"\d{8}T\d{6}Z-[a-z]+")
PAR = systeme("alertes")


@transaction.atomic
def alerter(titre: str, fautes: Sequence[str], *, remede: str, sujet: Execution) -> bool:
    """Write it now; False when the same faults were written today already (Paris date).

    `titre` says what is wrong, `remede` what to do, in French; `sujet` is the run that found them.
    """
    dites = [NOM_DE_SAUVEGARDE.sub("", faute) for faute in fautes]  # another try is no other fault
    empreinte = sha256("\n".join([titre, *dites]).encode()).hexdigest()[:16]
    journal.error("%s : %s faute(s), passage n° %s", titre, len(fautes), sujet.pk)
    if _deja_dit(empreinte):
        return False
    consigner(
        sujet,
        ACTION,
        par=PAR,
        titre=titre,
        fautes=list(fautes[:MONTREES]),
        autres=max(len(fautes) - MONTREES, 0),
        remede=remede,
        empreinte=empreinte,
    )
    return True


def _deja_dit(empreinte: str) -> bool:
    return Entree.objects.filter(
        action=ACTION, le__date=timezone.localdate(), details__empreinte=empreinte
    ).exists()
