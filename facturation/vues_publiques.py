"""The page « Régler » of the mails' links: what invoices still ask for, to whoever has the link."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from artjardin.argent import ZERO
from artjardin.qr import qr_png
from facturation.epc import epc
from facturation.liens import lire_le_jeton
from facturation.models import Entreprise, Facture, Litige

ENTETES = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@require_safe
def reglement(request: HttpRequest, jeton: str) -> HttpResponse:
    """Number, date, due date and balance of each invoice of the link, and how to pay the whole."""
    nommees = lire_le_jeton(jeton)
    lignes = _lignes(*nommees) if nommees else []
    if not lignes:
        contexte = {"entreprise": Entreprise.la_notre()}
        return _servir(request, "reglement_introuvable.html", contexte, statut=404)
    return _servir(request, "reglement.html", _contexte(lignes))


def _lignes(client_id: int, factures: Sequence[int]) -> list[dict[str, Any]]:
    """What each invoice asks for today, in the order of the due dates."""
    nommees: Any = Facture.objects.emises().filter(client=client_id, pk__in=factures)
    jour = timezone.localdate()
    lues = nommees.avec_solde().avec_exigible(au=jour).avec_prelevement(au=jour)
    litiges = set(
        Litige.objects.filter(facture__in=factures, clos_le=None).values_list("facture", flat=True)
    )
    return [
        {
            "facture": facture,
            "etat": (etat := _etat(facture, en_litige=facture.pk in litiges)),
            "du": facture.exigible if etat == "due" else ZERO,
        }
        for facture in lues.order_by("echeance", "pk")
    ]


def _etat(facture: Any, *, en_litige: bool) -> str:
    if facture.solde <= 0:
        return "reglee"
    if en_litige:
        return "litige"
    if facture.preleve_en_cours or facture.prelevement_sans_nouvelle:
        return "prelevee"  # until the bank refuses: nobody pays twice
    return "due" if facture.exigible > 0 else "retenue"


def _contexte(lignes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the page shows: nothing of the client but its invoices."""
    entreprise = Entreprise.la_notre()
    dues = [ligne for ligne in lignes if ligne["du"]]
    total = sum((ligne["du"] for ligne in dues), ZERO)
    reference = " ".join(str(ligne["facture"].numero) for ligne in dues)
    return {
        "lignes": lignes,
        "plusieurs": len(lignes) > 1,
        "total": total,
        "reference": reference,
        "entreprise": entreprise,
        "qr": _qr(entreprise, total, reference=reference),
    }


def _qr(entreprise: Entreprise, montant: Decimal, *, reference: str) -> str:
    """The code of the transfer as a data: address, "" where none is possible."""
    texte = epc(
        nom=entreprise.nom,
        iban=entreprise.iban,
        bic=entreprise.bic,
        montant=montant,
        reference=reference,
    )
    return f"data:image/png;base64,{b64encode(qr_png(texte)).decode()}" if texte else ""


def _servir(
    request: HttpRequest, gabarit: str, contexte: dict[str, Any], *, statut: int = 200
) -> HttpResponse:
    """Kept by nobody, indexed by nobody, framed by nobody."""
    reponse = render(request, gabarit, contexte, status=statut)
    for nom, valeur in ENTETES.items():
        reponse.headers[nom] = valeur
    return reponse
