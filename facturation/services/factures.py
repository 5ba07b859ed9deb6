"""Invoices: drafts, sending, disputes, warranty retentions. Issuing is in emission.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import contenu_du_gabarit, promettre
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from chantiers.models import Chantier
from clients.models import Client
from clients.services import verrouiller
from facturation.documents import promettre_releve
from facturation.models import Devis, Facture, Litige, Paiement, Retenue
from facturation.services.ecriture import Ligne, exiger_parti, rediger, reprendre

FIGES_PAR_L_ORIGINE = {"client", "lignes", "remise_taux", "remise_montant", "exoneration"}
GARANTIE = relativedelta(years=1)  # loi 71-584, art. 2


def preparer_facture(
    *,
    par: Auteur,
    client: Client,
    objet: str,
    lignes: Sequence[Ligne] = (),
    chantier: Chantier | None = None,
    devis: Devis | None = None,
    **champs: Any,
) -> Facture:
    """Write a draft: no number, freely editable. Raise Invalide or Conflit."""
    facture = Facture(client=client, chantier=chantier, devis=devis, objet=objet, **champs)
    with transaction.atomic():
        return rediger(facture, lignes, par=par, action="facture.preparee")


@transaction.atomic
def modifier_facture(
    facture: Facture, *, par: Auteur, lignes: Sequence[Ligne] | None = None, **champs: Any
) -> Facture:
    """Change a draft; `lignes`, when given, replace the old ones.

    Raise Conflit once issued, or for what a part of a devis or a credit note takes from its origin.
    """
    touches = champs.keys() | ({"lignes"} if lignes is not None else set())
    derives = figes(facture) & touches
    if derives and not all(_identique(facture, champ, champs.get(champ)) for champ in derives):
        raise Conflit(
            "Ces données viennent du devis ou de la facture d'origine : supprimez ce brouillon "
            "et refaites-le.",
            champs={champ: ["Ne change pas ici."] for champ in sorted(derives)},
            code="facture_derivee",
        )
    return reprendre(facture, lignes, champs, par=par, action="facture.modifiee")


def figes(facture: Facture | None) -> set[str]:
    """What a draft takes from its devis, or from the invoice it credits; none for a new one."""
    if facture is None:
        return set()
    if facture.type in Facture.DU_DEVIS:
        return FIGES_PAR_L_ORIGINE
    if facture.origine is not None:
        libres = {"lignes", "exoneration"} if facture.origine.est_reprise else {"lignes"}
        return FIGES_PAR_L_ORIGINE - libres
    return {"client"} if facture.devis_id else set()


def _identique(facture: Facture, champ: str, valeur: Any) -> bool:
    return champ != "lignes" and getattr(facture, champ) == valeur


@transaction.atomic
def envoyer_facture(facture: Facture, *, par: Auteur) -> Courriel:
    """Promise the mail of an issued invoice with its PDF. Raise Conflit when it cannot be."""
    return promettre_le_courriel(verrouiller(facture), par=par)


@transaction.atomic
def receptionner_les_travaux(facture: Facture, *, le: date, par: Auteur) -> Retenue:
    """Note the day the works were accepted: what was retained is due a year later.

    Raise Conflit without a retention, Invalide for a date in the future or before the invoice's
    works could exist (a year before its issue).
    """
    facture = verrouiller(facture)
    retenue = Retenue.objects.select_for_update(no_key=True).filter(facture=facture).first()
    if retenue is None:
        raise Conflit("Cette facture n'a pas de retenue de garantie.", code="sans_retenue")
    if le > timezone.localdate() or (facture.date and le < facture.date - GARANTIE):
        message = "La réception est passée, et de moins d'un an avant la facture."
        raise Invalide(message, champs={"le": [message]})
    champs = ["reception_le", "echeance"]
    avant = photo(retenue, champs)
    retenue.reception_le, retenue.echeance = le, le + GARANTIE
    retenue.save(update_fields=champs)
    consigner(facture, "facture.reception", par=par, avant=avant, apres=photo(retenue, champs))
    return retenue


@transaction.atomic
def ouvrir_litige(facture: Facture, *, motif: str, par: Auteur) -> Litige:
    """Note that the client disputes an issued invoice: it is no longer reminded."""
    facture = verrouiller(facture)
    if facture.statut != Facture.Statut.EMISE or facture.type == Facture.Type.AVOIR:
        raise Conflit("Seule une facture émise est en litige.", code="transition_refusee")
    try:
        with transaction.atomic():
            litige = facture.litiges.create(motif=motif, ouvert_par=par.nom)
    except IntegrityError as erreur:
        raise Conflit(
            "Un litige est déjà ouvert sur cette facture.", code="litige_ouvert"
        ) from erreur
    consigner(facture, "facture.litige_ouvert", par=par, motif=motif)
    return litige


@transaction.atomic
def clore_litige(facture: Facture, *, par: Auteur) -> Litige:
    """Close the open dispute of an invoice; it is reminded again. Raise Conflit without one."""
    litige = (
        verrouiller(facture).litiges.select_for_update(no_key=True).filter(clos_le=None).first()
    )
    if litige is None:
        raise Conflit("Aucun litige n'est ouvert sur cette facture.", code="sans_litige")
    litige.clos_le, litige.clos_par = timezone.now(), par.nom
    litige.save(update_fields=["clos_le", "clos_par"])
    consigner(facture, "facture.litige_clos", par=par)
    return litige


@transaction.atomic
def promettre_recapitulatif(facture: Facture, *, le: date) -> Document:
    """The summary that stands for the PDF of an imported invoice; one per day and balance."""
    actuelle: Any = Facture.tous.avec_solde().select_related("client").get(pk=facture.pk)
    nom = f"{facture.numero}-{facture.pk}-{le:%Y%m%d}-{actuelle.solde}"
    return promettre_releve(actuelle.client, le=le, factures=[actuelle], nom=nom)


@transaction.atomic
def promettre_l_acquittee(facture: Facture) -> Document:
    """The copy of a paid invoice, stamped with the day and the means. Raise Conflit if it is not.

    The original stays as it was sent; the copy is made from the same frozen data.
    """
    actuelle: Any = Facture.objects.emises().avec_solde().filter(pk=facture.pk).first()
    regle = facture.imputations.aggregate(total=Sum("montant"))["total"] or ZERO
    recus = facture.imputations.filter(montant__gt=0, paiement__annulation=None)
    dernier = recus.select_related("paiement").order_by("paiement__le", "pk").last()
    if actuelle is None or actuelle.solde > 0 or dernier is None or regle <= 0:
        raise Conflit("Cette facture n'est pas réglée.", code="facture_non_reglee")
    avoirs = facture.avoirs.filter(statut=Facture.Statut.EMISE).order_by("pk")
    moyens = recus.order_by("paiement__mode").values_list("paiement__mode", flat=True).distinct()
    return promettre_document(
        facture,
        genre="acquittee",
        nom=f"{facture.numero}-acquittee-{dernier.pk}-{regle}",
        affiche=f"{facture.numero}-acquittee",
        le=dernier.paiement.le,
        client=facture.client_id,
        contexte={
            "le": dernier.paiement.le.isoformat(),
            "moyens": ", ".join(Paiement.Mode(mode).label.lower() for mode in moyens),
            "montant": f"{regle:.2f}",
            "avoirs": [
                {"numero": numero, "montant": f"{montant:.2f}"}
                for numero, montant in avoirs.values_list("numero", "total_ttc")
            ],
        },
    )


def document_de(facture: Facture) -> Document | None:
    """The PDF of an issued invoice, made or still promised; None for an imported one."""
    return Document.objects.de(facture).filter(type="facture").first()


def promettre_le_courriel(facture: Facture, *, par: Auteur) -> Courriel:
    """Promise the mail of this issued invoice, in the caller's transaction.

    A second sending is marked « Duplicata » in its subject.
    """
    document = document_de(facture)
    if document is None:
        raise Conflit(
            "Seule une facture émise ici peut être envoyée avec son PDF.", code="pas_de_document"
        )
    if not facture.client.email:
        raise Conflit("Ce client n'a pas d'adresse e-mail.", code="sans_email")
    deja = exiger_parti(document, genre="facture")
    courriel = promettre(
        genre="facture",
        a=[facture.client.email],
        contenu=contenu_du_gabarit(
            "facture",
            objet=f"{'Duplicata – ' if deja else ''}{facture} – {facture.emetteur['nom']}",
            contexte={
                "facture": facture,
                "entreprise": facture.emetteur,
                "client": facture.destinataire,
            },
        ),
        sujet=facture,
        client=facture.client_id,
        pieces=[document],
    )
    consigner(facture, "facture.envoyee", par=par, courriel=courriel.pk, a=facture.client.email)
    return courriel
