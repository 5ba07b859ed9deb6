"""The sales journal of a period for the accountant, in the layout of the FEC but not called so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import IO, Any

from django.db.models import Sum

from artjardin.argent import en_euros
from facturation.comptes.soldes import meme_instant
from facturation.fec import Compte, Registre
from facturation.journal_des_ventes import Periode, ecritures_de, laisses_de_cote
from facturation.models import Entreprise, Retenue
from ops.exports.contenu import TAMPON, Suivi
from ops.models import CompteComptable


def ecrire_les_ventes(flux: IO[bytes], periode: Periode, suivi: Suivi) -> dict[str, Any]:
    """Write the journal; what it holds, in entries and euros, and what it leaves aside."""
    suivi(0, "Écritures")
    registre = Registre()
    with meme_instant():
        lignes = registre.lignes(ecritures_de(periode, plan_comptable()))
        while lot := list(islice(lignes, TAMPON)):
            flux.write("".join(lot).encode())
            suivi(50, f"Écritures : {registre.ecritures}")
        laisses, a_reclasser = laisses_de_cote(periode), list(_a_reclasser(periode))
    return {
        "ecritures": registre.ecritures,
        "ecritures_par_journal": registre.par_journal,
        "debit": f"{registre.debit:.2f}",
        "credit": f"{registre.credit:.2f}",
        "laisses_de_cote": laisses,
        "a_reclasser": a_reclasser,
    }


def _a_reclasser(periode: Periode) -> Iterator[str]:
    """What the accountant has to move, the journal knowing sales and no more; in French."""
    firme = Entreprise.la_notre()
    if not (firme.tva_debits or firme.franchise):  # CGI 269-2-c: due when a service is paid
        yield (
            "TVA sur les encaissements : la TVA facturée est toute en 4457. Celle qui n'est pas "
            "encore encaissée se reclasse en compte d'attente (44574)."
        )
    retenues = Retenue.objects.filter(facture__date__range=(periode.du, periode.au))
    if montant := retenues.aggregate(montant=Sum("montant"))["montant"]:
        yield f"Retenues de garantie laissées en 411 : {en_euros(montant)} (4117)."


def plan_comptable() -> dict[str, Compte]:
    """The accounts of the sales journal, by use."""
    lus = CompteComptable.objects.values_list("code", "numero", "libelle")
    return {code: Compte(numero, libelle) for code, numero, libelle in lus}


def nom_du_journal(periode: Periode) -> str:
    """Named as what it is: a FEC holds every journal of a year.

    >>> nom_du_journal(Periode(date(2026, 1, 1), date(2026, 3, 31)))
    'journal-des-ventes-20260101-20260331.txt'
    """
    return f"journal-des-ventes-{periode.du:%Y%m%d}-{periode.au:%Y%m%d}.txt"


def periode_de(parametres: Mapping[str, Any]) -> Periode:
    """The period, from what was kept of the request."""
    return Periode(
        du=date.fromisoformat(parametres["du"]),
        au=date.fromisoformat(parametres["au"]),
        paiements=bool(parametres.get("paiements")),
        reprises=bool(parametres.get("reprises")),
    )
