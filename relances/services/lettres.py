"""Letters to post: still true or not, marked as posted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from relances.faits import lire_les_faits
from relances.models import Reglages, Relance
from relances.regles import MOTIFS, empechement


def lettres_caduques() -> dict[int, str]:
    """Letters to post that no longer say the truth: their document id → why.

    A letter lists several invoices: one that was settled or disputed spoils it whole.
    """
    attente = list(Relance.objects.a_poster().values_list("lettre_id", "facture_id", "solde"))
    faits = lire_les_faits(au=timezone.localdate(), factures=[ligne[1] for ligne in attente])
    par_facture = {f.facture_id: f for f in faits}
    tolerance = Reglages.les_notres().tolerance
    caduques = {}
    for lettre, facture, solde in attente:
        actuels = par_facture[facture]
        motif = empechement(actuels, tolerance=tolerance)
        motif = motif or ("" if actuels.solde == solde else "montant-change")
        if motif:
            caduques[lettre] = motif
    return caduques


@transaction.atomic
def annuler_les_lettres_caduques() -> None:
    """Take back the letters not posted yet that no longer hold; what is due is judged anew.

    When the same reminder also left by mail, it stands: only its letter is not to be posted.
    """
    caduques = lettres_caduques()
    for relance in Relance.objects.a_poster().filter(lettre__in=caduques).select_for_update():
        if relance.canal == Relance.Canal.LES_DEUX:
            relance.canal = Relance.Canal.COURRIEL
            relance.save(update_fields=["canal"])
        else:
            relance.annuler(MOTIFS[caduques[relance.lettre_id or 0]])


def exiger_lettre_vraie(relance: Relance) -> None:
    """Raise Conflit, with the reason, when a letter to post must not be any more."""
    if relance.postee_le is None and (motif := lettres_caduques().get(relance.lettre_id or 0)):
        raise Conflit(f"Cette lettre n'est plus à poster : {MOTIFS[motif]}", code="lettre_caduque")


@transaction.atomic
def marquer_postee(relance: Relance, *, par: Auteur) -> Relance:
    """Note that a letter was posted. Raise Conflit when it is not to be posted (any more)."""
    exiger_lettre_vraie(relance)
    posees = Relance.objects.a_poster().select_for_update(no_key=True).filter(pk=relance.pk)
    actuelle = posees.first()
    if actuelle is None:
        raise Conflit("Cette lettre n'est plus à poster.", code="transition_refusee")
    actuelle.postee_le = timezone.now()
    actuelle.save(update_fields=["postee_le"])
    consigner(actuelle, "relance.postee", par=par)
    return actuelle
