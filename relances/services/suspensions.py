"""Holding reminders back and letting them go: pause, promise, exclusion, dispute, release."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.argent import ZERO, en_euros
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from clients.models import Client
from clients.services import exclure_des_relances, reprendre_les_relances
from facturation.models import Facture, Imputation, Paiement
from facturation.services import clore_litige, ouvrir_litige
from facturation.services.verrous import verrouiller_le_compte
from relances.calendrier import prochain_jour_ouvrable
from relances.models import Liberation, Suspension

Genre = Suspension.Genre
SANS_FIN = {Genre.EXCLUSION, Genre.LITIGE}
CHAMPS = ["genre", "client_id", "facture_id", "motif", "debut", "fin", "montant"]


@transaction.atomic
def suspendre(
    cible: Client | Facture,
    *,
    genre: str,
    motif: str,
    par: Auteur,
    jusqu_au: date | None = None,
    montant: Decimal | None = None,
) -> Any:
    """Hold back the reminders of an invoice or of a whole client, last day included.

    A new decision of one kind replaces the one before. The exclusion of a client and the dispute of
    an invoice, without an end, are kept on the client and on the invoice. Raise Invalide without
    a reason, or for an end that is missing or past; Conflit for a draft or a paid invoice.
    """
    client, facture = _verrouiller(cible)
    _verifier(motif=motif, jusqu_au=jusqu_au, sans_fin=genre in SANS_FIN)
    if genre == Genre.EXCLUSION and facture is None:
        return exclure_des_relances(client, motif=motif, par=par, jusqu_au=jusqu_au)
    if genre == Genre.LITIGE and facture is not None and jusqu_au is None:
        return ouvrir_litige(facture, motif=motif, par=par)
    levees = _lever(_ouvertes(client, facture).filter(genre=genre), par=par)
    suspension = Suspension.objects.create(
        genre=genre,
        client=client,
        facture=facture,
        motif=motif.strip(),
        debut=timezone.localdate(),
        fin=jusqu_au,
        montant=montant,
        par=par.nom,
    )
    consigner(
        cible,
        f"relances.{genre}",
        par=par,
        apres=photo(suspension, CHAMPS),
        etats=[*levees, suspension],
    )
    return suspension


def promettre_de_payer(
    cible: Client | Facture, *, montant: Decimal | None, le: date, par: Auteur, motif: str = ""
) -> Suspension:
    """Note that the client promised to pay: no reminder until that day, included.

    `montant` in euros, the whole balance by default. Raise Invalide for an amount that is not
    positive, or beyond the balance, and for a day in the past.
    """
    du = _reste_du(cible)
    promis = du if montant is None else montant
    if not ZERO < promis <= du:
        message = f"Le montant promis va de 0,01 € au reste dû, {en_euros(du)}."
        raise Invalide(message, champs={"montant": [message]})
    return suspendre(
        cible,
        genre=Genre.PROMESSE,
        motif=motif or f"Promesse de {en_euros(promis)}",
        jusqu_au=le,
        montant=promis,
        par=par,
    )


@transaction.atomic
def retenir(facture: Facture, *, par: Auteur, motif: str = "") -> Suspension:
    """Hold one line of the preview: that invoice is not reminded today (the next working day)."""
    return suspendre(
        facture,
        genre=Genre.RETENUE,
        motif=motif or "Retenue depuis l'aperçu",
        jusqu_au=prochain_jour_ouvrable(timezone.localdate()),
        par=par,
    )


@transaction.atomic
def reprendre(cible: Client | Facture, *, par: Auteur) -> None:
    """Remind again: lift every decision on this invoice, or on this client. Raise Conflit if none.

    What is on the client is not lifted by one of its invoices, nor the reverse.
    """
    client, facture = _verrouiller(cible)
    levees = _lever(_ouvertes(client, facture), par=par)
    decisions = len(levees)
    if facture is None and client.exclusion_le is not None:
        reprendre_les_relances(client, par=par)
        decisions += 1
    if facture is not None and facture.litiges.filter(clos_le=None).exists():
        clore_litige(facture, par=par)
        decisions += 1
    if not decisions:
        raise Conflit("Rien ne suspend ces relances.", code="pas_suspendu")
    consigner(cible, "relances.reprises", par=par, etats=levees, decisions=decisions)


@transaction.atomic
def liberer(client: Client | None, *, par: Auteur) -> Liberation:
    """Let reminders go in spite of a doubt: the bank is up to date, or that client's credit is not
    for its invoices. It holds until something newer raises the doubt again."""
    liberation = Liberation.objects.create(client=client, par=par.nom)
    consigner(client or liberation, "relances.liberees", par=par, etats=[liberation])
    return liberation


def suivre_les_promesses(*, au: date, dire: bool = True) -> list[Suspension]:
    """Close the promises whose day is past: the kept ones are lifted, the broken ones returned.

    A broken one is returned once: the caller reports it in the same transaction. `dire`: whether
    there is someone to tell; if not, it waits to be told.
    """
    echues = Suspension.objects.promesses_echues(au=au).filter(signalee_le=None)
    rompues = []
    for promesse in echues.select_for_update(no_key=True).order_by("pk"):
        if est_tenue(promesse):
            promesse.levee_le, promesse.levee_par = timezone.now(), Suspension.TENUE
            _suivre(promesse, "relances.promesse_tenue")
        elif dire:
            promesse.signalee_le = timezone.now()
            rompues.append(promesse)
            _suivre(promesse, "relances.promesse_non_tenue")
    return rompues


def _suivre(promesse: Suspension, action: str) -> None:
    promesse.save(update_fields=["levee_le", "levee_par", "signalee_le"])
    par = systeme("suivi des promesses")
    consigner(promesse, action, par=par, etats=[promesse], promis=f"{promesse.montant}")


def est_tenue(promesse: Suspension) -> bool:
    """Whether what was promised came in since, or nothing is due any more."""
    if promesse.facture is not None:
        recus: Any = Imputation.objects.filter(facture=promesse.facture)
        recus = recus.filter(paiement__saisi_le__gte=promesse.cree_le)
    else:
        recus = Paiement.objects.filter(client=promesse.client, saisi_le__gte=promesse.cree_le)
    recu = recus.aggregate(total=Sum("montant"))["total"] or ZERO
    return recu >= (promesse.montant or ZERO) or _reste_du(promesse.facture or promesse.client) <= 0


def _reste_du(cible: Client | Facture) -> Decimal:
    """What an invoice, or a whole client, still owes (euros)."""
    emises = Facture.objects.emises()
    siennes = (
        emises.filter(pk=cible.pk) if isinstance(cible, Facture) else emises.filter(client=cible)
    )
    soldes: Any = siennes.avec_solde().filter(solde__gt=0).values_list("solde", flat=True)
    return sum(soldes, ZERO)


def _verrouiller(cible: Client | Facture) -> tuple[Client, Facture | None]:
    if isinstance(cible, Client):
        return verrouiller_le_compte(cible.pk, [])[0], None
    client, factures = verrouiller_le_compte(cible.client_id, [cible.pk])
    facture = next(iter(factures), None)
    if facture is None or facture.statut != "emise" or facture.type == "avoir":
        raise Conflit("Seule une facture émise se relance.", code="transition_refusee")
    return client, facture


def _verifier(*, motif: str, jusqu_au: date | None, sans_fin: bool) -> None:
    if not motif.strip():
        raise Invalide("Une suspension demande un motif.", champs={"motif": ["Donnez un motif."]})
    if jusqu_au is None and not sans_fin:
        raise Invalide("Donnez le dernier jour.", champs={"jusqu_au": ["Donnez le dernier jour."]})
    if jusqu_au is not None and jusqu_au < timezone.localdate():
        message = "Donnez une date à partir d'aujourd'hui."
        raise Invalide("Le dernier jour est déjà passé.", champs={"jusqu_au": [message]})


def _ouvertes(client: Client, facture: Facture | None) -> Any:
    return Suspension.objects.filter(client=client, facture=facture, levee_le=None)


def _lever(suspensions: Any, *, par: Auteur) -> list[Suspension]:
    """Those that were lifted; the caller holds the client."""
    levees = list(suspensions.order_by("pk"))
    Suspension.objects.filter(pk__in=[une.pk for une in levees]).update(
        levee_le=timezone.now(), levee_par=par.nom
    )
    return levees
