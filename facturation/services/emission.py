"""Issuing an invoice or a credit note: checked, frozen, numbered and chained, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO, arrondir, en_euros
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Invalide
from artjardin.preparees import inserer, lire
from artjardin.storage.services import promettre_document
from clients.models import Client
from facturation import mentions
from facturation.contenu import contenu_facture
from facturation.facturx.conformite import manques
from facturation.models import (
    Entreprise,
    Facture,
    LigneFacture,
    Retenue,
    TvaFacture,
)
from facturation.models.numerotation import prochaine_place
from facturation.montants import Totaux, Tva
from facturation.services.annonces_factures import annoncer_l_emission
from facturation.services.ecriture import (
    chiffrer,
    est_consommateur,
    exiger_brouillon,
    exiger_complet,
    figer_les_parties,
    porter_les_mentions,
    verifier_les_parties,
)
from facturation.services.marche import pourcent
from facturation.services.numeros import reprendre_le_numero
from facturation.services.paiements import liberer_le_trop_percu
from facturation.services.prelevements import prelevement_de
from facturation.services.reste import (
    anterieures,
    reste_a_crediter,
    reste_a_facturer,
    verifier_la_part,
)
from facturation.services.verrous import verrouiller_le_compte

DELAI_MAX = timedelta(days=60)  # C. com. L441-10 I
FIN_DE_MOIS_MAX = timedelta(days=45)
DERNIER_JOUR = relativedelta(day=31)
DERIVE_MAX = Decimal("0.02")  # euros of VAT that credit notes may leave to the last of them
NUMERO_A_VENIR = "FAC-0000-0000"  # stands for the number while the rest is checked
Type = Facture.Type


@transaction.atomic
def emettre_facture(
    facture: Facture, *, par: Auteur, le: date | None = None, envoyer: bool | None = None
) -> Facture:
    """Number, freeze, chain and promise the PDF and the mails, all or nothing.

    `le` is the issue date (today in Paris by default). `envoyer`: whether the client gets it by
    mail; None: as the table of events says, when there is an address. Raise Conflit when already
    issued, empty, incomplete (with the list of what is missing), dated before the last of the
    series, beyond what is left of its devis or of the invoice it credits, its client in the trash,
    or without an address to send to; Invalide for a date in the future or a due date out of the
    law.
    """
    facture = _tenir(facture)
    exiger_brouillon(facture)
    if facture.origine is None:
        verifier_les_parties(client=facture.client, chantier=facture.chantier)
    [firme] = lire(Entreprise, "WHERE id = 1")
    le = le or timezone.localdate()
    facture.date = le
    facture.echeance = _echeance(facture, le=le, firme=firme)
    lignes = lire(LigneFacture, "WHERE facture_id = %s ORDER BY rang", facture.pk)
    totaux = _arreter(facture, lignes)
    _figer(facture, firme=firme)
    tva = [
        TvaFacture(facture=facture, taux=t.taux, base=t.base, montant=t.montant)
        for t in totaux.par_taux
    ]
    retenue = _retenir(facture)
    prelevement = prelevement_de(facture, firme=firme, retenue=retenue)
    _exiger_conforme(facture, firme, lignes=lignes, tva=tva, totaux=totaux)
    for une in [*tva, *filter(None, [retenue, prelevement])]:
        inserer(une)
    prefixe = firme.prefixe_avoir if facture.type == Type.AVOIR else firme.prefixe_facture
    place = prochaine_place(prefixe, le=le)
    reprendre_le_numero(place.numero, genre="facture", client=facture.client, par=par)
    facture.emettre(numero=place.numero, serie=place.serie, le=le)
    facture.sceller(place, contenu_facture(facture, lignes=lignes, tva=tva, totaux=totaux))
    _apres(facture, par=par, envoyer=envoyer)
    return facture


def _apres(facture: Facture, *, par: Auteur, envoyer: bool | None) -> None:
    """What an issue promises, in the same transaction."""
    document = promettre_document(
        facture,
        genre="facture",
        nom=str(facture.numero),
        le=facture.date,  # type: ignore[arg-type]
        client=facture.client_id,
    )
    consigner(
        facture,
        "facture.emise",
        par=par,
        apres={
            "numero": facture.numero,
            "date": f"{facture.date}",
            "echeance": f"{facture.echeance}" if facture.echeance else None,
            "total_ttc": f"{facture.total_ttc}",
            "empreinte": facture.empreinte,
        },
    )
    if facture.origine is not None:
        liberer_le_trop_percu(facture.origine, par=par)
    annoncer_l_emission(facture, document=document, par=par, envoyer=envoyer)


def _tenir(facture: Facture) -> Facture:
    """Lock what the document is measured against, then the document: client, devis, invoices."""
    if facture.origine_id:
        verrouiller_le_compte(facture.client_id, [facture.origine_id, facture.pk])
    elif facture.devis_id:
        verrouiller_le_compte(facture.client_id, [], devis=[facture.devis_id])
    tenues = lire(Facture, "WHERE id = %s AND supprime_le IS NULL FOR NO KEY UPDATE", facture.pk)
    if not tenues:
        raise Conflit(f"« {facture} » est dans la corbeille.", code="supprime")
    tenue = tenues[0]
    [tenue.client] = lire(Client, "WHERE id = %s", tenue.client_id)  # fresh: read after the lock
    return tenue


def _arreter(facture: Facture, lignes: list[LigneFacture]) -> Totaux:
    """The final totals, measured against what is left (unsaved). Raise Conflit when empty."""
    totaux = chiffrer(facture, lignes)
    if not totaux.par_taux:
        raise Conflit("Ce document n'a aucune ligne.", code="document_vide")
    verifier_la_part(facture, totaux)
    if facture.type in Facture.DU_DEVIS and facture.devis is not None:
        reste = reste_a_facturer(facture.devis)
        finales = [la if (la := reste[t.taux]).base == t.base else t for t in totaux.par_taux]
        totaux = replace(totaux, par_taux=tuple(finales))
    elif facture.origine is not None:
        totaux = replace(totaux, par_taux=tuple(_crediter(facture.origine, totaux)))
    if facture.origine is not None and not totaux.ttc:
        raise Conflit("Un avoir de zéro n'a pas d'objet.", code="avoir_nul")
    if totaux.ttc < 0 or any(tva.base < 0 for tva in totaux.par_taux):
        raise Conflit("Un montant est négatif : faites un avoir.", code="total_negatif")
    facture.porter(totaux)
    return totaux


def _figer(facture: Facture, *, firme: Entreprise) -> None:
    """Parties and references (unsaved); a credit note follows the VAT regime of its invoice."""
    figer_les_parties(facture, firme=firme)
    facture.references = _references(facture)
    regime = facture.origine.emetteur if facture.origine is not None else {}
    facture.emetteur |= {c: regime[c] for c in ("franchise", "tva_debits") if c in regime}


def _crediter(origine: Facture, totaux: Totaux) -> list[Tva]:
    """The VAT of a credit note: what is left when it takes the whole base of a rate."""
    reste = reste_a_crediter(origine)
    par_taux = []
    for tva in totaux.par_taux:
        la = reste.get(tva.taux, Tva(tva.taux, ZERO))
        if tva.base > la.base or tva.base < 0:
            raise Conflit(
                f"Il ne reste que {en_euros(la.base)} HT à créditer au taux de "
                f"{pourcent(tva.taux)} sur {origine.numero}.",
                champs={"lignes": ["L'avoir dépasse ce qui reste de la facture."]},
                code="avoir_trop_grand",
            )
        par_taux.append(Tva(tva.taux, tva.base, _tva_creditee(tva, la)))
    return par_taux


def _tva_creditee(tva: Tva, reste: Tva) -> Decimal:
    """The VAT of a credit note on one rate: all that is left when it takes the whole base.

    Otherwise base × rate, kept near enough for the last credit note to be valid in its turn.
    """
    if tva.base == reste.base:
        return reste.montant
    apres = Tva(tva.taux, reste.base - tva.base).montant
    derive = reste.montant - tva.montant - apres
    corrige = tva.montant + max(ZERO, derive - DERIVE_MAX) + min(ZERO, derive + DERIVE_MAX)
    return max(ZERO, min(corrige, reste.montant))


def _echeance(facture: Facture, *, le: date, firme: Entreprise) -> date | None:
    """The due date, within the law. Raise Invalide, by field."""
    if le > timezone.localdate():
        message = "La date d'émission ne peut pas être dans le futur."
        raise Invalide(message, champs={"date": [message]})
    if facture.origine is not None:
        _exiger_apres(facture.origine, le=le)
        return None
    if facture.echeance and facture.echeance < le:
        message = "L'échéance ne peut pas précéder la date d'émission."
        raise Invalide(message, champs={"echeance": [message]})
    echeance = facture.echeance or facture.client.echeance(du=le)
    if echeance > _plus_tard(le, facture.client) and not est_consommateur(
        facture.client, firme=firme
    ):
        message = (
            "Entre professionnels, l'échéance est à 60 jours de la facture au plus, "
            "ou à 45 jours fin de mois (article L441-10 du Code de commerce)."
        )
        raise Invalide(message, champs={"echeance": [message]})
    payable = facture.devis.delai_de_paiement() if facture.devis else None
    return max(echeance, payable) if payable else echeance


def _exiger_apres(origine: Facture, *, le: date) -> None:
    if origine.date and le < origine.date:
        message = f"Un avoir ne précède pas sa facture, du {origine.date:%d/%m/%Y}."
        raise Invalide(message, champs={"date": [message]})


def _plus_tard(le: date, client: Client) -> date:
    """60 days; for terms at the end of the month, 45 days counted either way when it is later."""
    if not client.fin_de_mois:
        return le + DELAI_MAX
    return max(
        le + DELAI_MAX,
        le + FIN_DE_MOIS_MAX + DERNIER_JOUR,
        le + DERNIER_JOUR + FIN_DE_MOIS_MAX,
    )


def _references(facture: Facture) -> list[dict[str, Any]]:
    """The earlier documents that this one names, frozen."""
    if facture.origine is not None:
        nommees = [facture.origine]
    elif facture.type in {Type.SITUATION, Type.SOLDE} and facture.devis is not None:
        nommees = anterieures(facture.devis)
    else:
        nommees = []
    return [
        {"type": une.type, "numero": une.numero, "date": f"{une.date:%Y-%m-%d}"} for une in nommees
    ]


def _retenir(facture: Facture) -> Retenue | None:
    """The retention of this invoice, unsaved, set on it. Raise Invalide where there is none."""
    if not facture.retenue_taux:
        return None
    if facture.type in {Type.ACOMPTE, Type.AVOIR}:
        message = "Ni un acompte ni un avoir ne porte de retenue de garantie."
        raise Invalide(message, champs={"retenue_taux": [message]})
    montant = arrondir(facture.total_ttc * facture.retenue_taux / 100)
    return Retenue(facture=facture, montant=montant) if montant > 0 else None


def _exiger_conforme(
    facture: Facture,
    firme: Entreprise,
    *,
    lignes: list[LigneFacture],
    tva: list[TvaFacture],
    totaux: Totaux,
) -> None:
    """Write the mentions on the invoice; raise Conflit when law or EN 16931 find it incomplete."""
    contenu = contenu_facture(facture, lignes=lignes, tva=tva, totaux=totaux)
    absences = porter_les_mentions(
        facture, contenu, lignes, codes=mentions.codes_de_facture, firme=firme
    )
    provisoire = contenu | {"numero": NUMERO_A_VENIR, "mentions": facture.mentions}
    exiger_complet([*absences, *manques(provisoire)])
