"""Everything: a CSV per table, a JSON per client, every PDF, a manifest, a notice."""

from __future__ import annotations

from typing import IO, Any

from django.template.loader import render_to_string
from django.utils import timezone

from facturation.comptes.soldes import meme_instant
from ops.exports import contenu, tables
from ops.exports.archives import Archive
from ops.exports.contenu import Papiers, Suivi

NOTICE = "LISEZMOI.txt"


def ecrire_tout(flux: IO[bytes], suivi: Suivi) -> dict[str, Any]:
    """Write the ZIP; what it holds and lacks.

    Every row is of one instant: one transaction, read only, ended before the first PDF is fetched,
    since a frozen document is the same later.
    """
    le = timezone.localtime()
    with Archive(flux) as archive:
        papiers = Papiers(archive)
        with meme_instant():
            comptes = contenu.ecrire_les_tables(archive, tables.TABLES, suivi)
            contenu.ecrire_les_logos(archive)
            clients = contenu.ecrire_les_dossiers(archive, suivi, total=comptes["clients"])
            a_lire = contenu.documents_a_lire(papiers, tables.DOCUMENTS.lignes())
        papiers.ecrire(a_lire, suivi)
        bilan = {
            "lignes": sum(comptes.values()),
            "tables": len(comptes),
            "clients": clients,
            "documents": papiers.ecrits,
            "manquants": papiers.manquants,
        }
        archive.ajouter(NOTICE, _notice(le, bilan))
        archive.clore(
            le=le.isoformat(),
            contenu="Toutes les données",
            **bilan,
            lignes_par_table=comptes,
            tables_exclues=tables.EXCLUES | dict.fromkeys(tables.non_declarees(), "non déclarée"),
        )
    return bilan


def _notice(le: Any, bilan: dict[str, Any]) -> bytes:
    contexte = {"le": le, "bilan": bilan, "exclues": tables.EXCLUES}
    return render_to_string("exports/complet.txt", contexte).encode()
