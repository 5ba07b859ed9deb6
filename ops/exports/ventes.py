"""The sales journal of a period for the accountant, in the layout of the FEC but not called so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import IO, Any

from facturation.comptes.soldes import meme_instant
from facturation.fec import Compte, Registre
from facturation.journal_des_ventes import Periode, ecritures_de, laisses_de_cote
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
        laisses = laisses_de_cote(periode)
    return {
        "ecritures": registre.ecritures,
        "ecritures_par_journal": registre.par_journal,
        "debit": f"{registre.debit:.2f}",
        "credit": f"{registre.credit:.2f}",
        "laisses_de_cote": laisses,
    }


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
