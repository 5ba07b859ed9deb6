"""Direct debits: the client's mandate, what the bank is to debit, what it refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from clients.models import Client
from clients.services import valider, verrouiller
from facturation.models import Entreprise, Facture, MandatPrelevement, Prelevement, Retenue


def est_preleve(client: Client) -> bool:
    """Whether the client's invoices are prepared to be debited."""
    return MandatPrelevement.objects.filter(client=client, actif=True).exists()


@transaction.atomic
def enregistrer_mandat(client: Client, *, par: Auteur, **champs: Any) -> MandatPrelevement:
    """Write or change the client's mandate: `rum`, `signe_le`, `iban`, `actif`.

    Issued invoices keep what they froze. Raise Invalide by field, Conflit for a reference in use.
    """
    client = verrouiller(client)
    mandat = MandatPrelevement.objects.filter(client=client).first()
    mandat = mandat or MandatPrelevement(client=client)
    avant = photo(mandat, MandatPrelevement.CHAMPS) if mandat.pk else None
    for champ, valeur in champs.items():
        setattr(mandat, champ, valeur)
    valider(mandat)
    if mandat.signe_le > timezone.localdate():
        message = "Un mandat ne se signe pas à l'avance."
        raise Invalide(message, champs={"signe_le": [message]})
    try:
        with transaction.atomic():
            mandat.save()
    except IntegrityError as erreur:
        message = "Cette référence est celle du mandat d'un autre client."
        raise Conflit(message, champs={"rum": [message]}, code="rum_prise") from erreur
    apres = photo(mandat, MandatPrelevement.CHAMPS)
    consigner(client, "client.mandat", par=par, avant=avant, apres=apres, etats=[mandat])
    return mandat


def prelevement_de(
    facture: Facture, *, firme: Entreprise, retenue: Retenue | None
) -> Prelevement | None:
    """The debit of an invoice about to be issued, unsaved, set on it: on its due date.

    None when it is paid otherwise, or asks for nothing now. Raise Conflit without a mandate, or
    without the firm's creditor identifier.
    """
    du: Decimal = facture.total_ttc - (retenue.montant if retenue else ZERO)
    if not facture.preleve or du <= 0 or facture.echeance is None:
        return None
    mandat = MandatPrelevement.objects.filter(client=facture.client_id, actif=True).first()
    if mandat is None:
        message = "Ce client n'a pas de mandat de prélèvement actif."
        raise Conflit(message, champs={"preleve": [message]}, code="sans_mandat")
    if not firme.ics:
        message = "Il manque l'identifiant créancier SEPA (ICS) de l'entreprise."
        raise Conflit(message, champs={"entreprise.ics": [message]}, code="document_incomplet")
    return Prelevement(
        facture=facture,
        ics=firme.ics,
        rum=mandat.rum,
        iban=mandat.iban,
        prevu_le=facture.echeance,
    )


@transaction.atomic
def rejeter_le_prelevement(facture: Facture, *, motif: str, par: Auteur) -> Prelevement:
    """Note that the bank refused the debit of an invoice: it is asked for like another again.

    Raise Conflit without a debit, or when its refusal is noted already; Invalide without a reason.
    """
    if not motif.strip():
        raise Invalide("Un rejet demande un motif.", champs={"motif": ["Donnez un motif."]})
    facture = verrouiller(facture)
    prelevements = Prelevement.objects.select_for_update(no_key=True)
    prelevement = prelevements.filter(facture=facture).first()
    if prelevement is None:
        raise Conflit("Cette facture n'est pas prélevée.", code="sans_prelevement")
    if prelevement.rejete_le:
        raise Conflit("Le rejet de ce prélèvement est déjà noté.", code="deja_rejete")
    prelevement.rejete_le = timezone.now()
    prelevement.motif_rejet, prelevement.rejete_par = motif.strip(), par.nom[:200]
    prelevement.save(update_fields=["rejete_le", "motif_rejet", "rejete_par"])
    consigner(
        facture,
        "facture.prelevement_rejete",
        par=par,
        etats=[prelevement],
        motif=prelevement.motif_rejet,
    )
    return prelevement
