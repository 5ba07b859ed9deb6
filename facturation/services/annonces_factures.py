"""What is told of an invoice or credit note: the words of its mails, how to pay it, its PDF."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO
from artjardin.audit.services import consigner
from artjardin.storage.models import Document
from facturation.liens import lien_de_reglement
from facturation.models import Evenement, Facture
from facturation.services.acquittee import promettre_l_acquittee
from facturation.services.annonces import Annonce, Bloc, annoncer, pour_le_client, reglage
from facturation.services.annonces_devis import fiche, mots_communs
from facturation.services.envois import D_OFFICE, DEMANDE, exiger_une_adresse
from facturation.templatetags.presentation import date_fr, date_longue, euros

Code, Vers = Evenement.Code, Evenement.Vers


def annoncer_l_emission(
    facture: Facture, *, document: Document, par: Auteur, envoyer: bool | None
) -> None:
    """Tell that this invoice or credit note is issued, in the caller's transaction.

    `envoyer`: None as the table says, True to send it to the client, False not to. Raise Conflit
    when it is to be sent and the client has no address.
    """
    if envoyer:
        exiger_une_adresse(facture.client)
    evenement = reglage(_code(facture))
    if evenement.vers == Vers.AUCUN and not envoyer:
        return
    _, annonce = de_l_emission(facture, document=document, evenement=evenement)
    courriel = pour_le_client(annoncer(evenement, annonce, par=par, envoyer=envoyer))
    if courriel is not None:
        action = DEMANDE if envoyer else D_OFFICE
        consigner(facture, action, par=par, courriel=courriel.pk, a=facture.client.email)


def de_l_emission(
    facture: Facture, *, document: Document | None, evenement: Evenement | None = None
) -> tuple[Evenement, Annonce]:
    """The event of an issue, and what there is to say of it today."""
    evenement = evenement or reglage(_code(facture))
    avoir = facture.type == Facture.Type.AVOIR
    terme = None if avoir else facture.echeance
    blocs = {
        "fiche": fiche(
            objet=facture.objet, montant=facture.total_ttc, libelle="Échéance", terme=terme
        )
    }
    if not avoir:
        blocs["reglement"] = bloc_de_reglement(facture)
    annonce = Annonce(
        sujet=facture,
        client=facture.client,
        entreprise=facture.emetteur,
        valeurs=_mots(facture),
        blocs=blocs,
        pieces=[document] if document else [],
        genre="facture",
    )
    return evenement, annonce


def annoncer_le_paiement(factures: list[int], *, par: Auteur) -> None:
    """Tell which of these invoices are now paid to the cent, in the caller's transaction.

    Called for those that a payment has just settled, whole or in part: an invoice becomes paid
    once, until that payment is cancelled.
    """
    evenement = reglage(Code.FACTURE_PAYEE)
    if not factures or evenement.vers == Vers.AUCUN:
        return
    payees: Any = Facture.objects.emises().avec_solde().avec_client().filter(solde__lte=ZERO)
    for facture in payees.filter(pk__in=factures).order_by("pk"):
        copie = None if facture.est_reprise else promettre_l_acquittee(facture)
        annoncer(evenement, annonce_du_paiement(facture, copie=copie), par=par)


def annonce_du_paiement(facture: Facture, *, copie: Document | None = None) -> Annonce:
    """What there is to say of a paid invoice; an imported one has no stamped copy."""
    recus = facture.imputations.filter(montant__gt=0, paiement__annulation=None)
    paiements = [une.paiement for une in recus.select_related("paiement").order_by("paiement__le")]
    regle = sum((une.montant for une in facture.imputations.all()), ZERO)
    return Annonce(
        sujet=facture,
        client=facture.client,
        entreprise=facture.emetteur,
        valeurs={
            **_mots(facture),
            "recu": euros(regle),
            "regle_le": date_fr(paiements[-1].le) if paiements else "",
            "moyens": ", ".join(dict.fromkeys(p.get_mode_display().lower() for p in paiements)),
            "acquittee": "La facture acquittée est jointe à ce message."
            if not facture.est_reprise
            else "",
        },
        blocs={"fiche": fiche(objet=facture.objet, montant=facture.total_ttc)},
        pieces=[copie] if copie else [],
        genre=Code.FACTURE_PAYEE,
    )


def document_de(facture: Facture) -> Document | None:
    """The PDF of an issued invoice, made or still promised; None for an imported one."""
    return Document.objects.de(facture).filter(type="facture").first()


def bloc_de_reglement(facture: Facture) -> Bloc:
    """How to pay what is left: by transfer, or not at all when the bank debits it or it is paid."""
    prelevement = getattr(facture, "prelevement", None) if facture.preleve else None
    contexte = {
        "facture": facture,
        "entreprise": facture.emetteur,
        "reference": facture.numero,
        "prelevement": prelevement if prelevement and not prelevement.rejete_le else None,
        "rien": _solde(facture) <= 0,
        "lien": lien_de_reglement(facture.client_id, [facture.pk]),
    }
    return Bloc(
        render_to_string("courriels/reglement.txt", contexte),
        render_to_string("courriels/reglement.html", contexte),
    )


def _solde(facture: Any) -> Any:
    actuelle: Any = Facture.tous.avec_solde().get(pk=facture.pk)
    return actuelle.solde


def _code(facture: Facture) -> str:
    return Code.AVOIR_EMIS if facture.type == Facture.Type.AVOIR else Code.FACTURE_EMISE


def _mots(facture: Facture) -> dict[str, str]:
    return {
        **mots_communs(facture, client=facture.client, entreprise=facture.emetteur),
        "montant": f"{euros(facture.total_ttc)} TTC",
        "echeance": date_longue(facture.echeance) if facture.echeance else "",
        "origine": (facture.origine.numero or "") if facture.origine else "",
        "motif": facture.motif,
    }
