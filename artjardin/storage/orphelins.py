"""What was issued since a backup that was restored: PDFs of the archive that no row names.

Their numbers were given to somebody: each is settled by the same document entered again, or by a
person who says why it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.preparees import inserer, lire
from artjardin.storage.coffres import Coffre, Objet, coffre_des_documents
from artjardin.storage.models import Archive, Document, Orphelin
from artjardin.storage.services.copies import CLE

RECHANGE = re.compile(r"~[0-9a-f]{8}\.pdf$")  # see copies.cle_de_rechange


def noter_les_orphelins(*, par: Auteur) -> list[Orphelin]:
    """Write down the PDFs of the archive that no row names; all those that wait. Raise OSError."""
    coffre = coffre_des_documents()
    trouves = [_lire(coffre, objet) for objet in _inconnus(coffre.lister(""))]
    with transaction.atomic():
        for orphelin in trouves:
            if inserer(orphelin, sauf_si="cle"):
                consigner(orphelin, "archive.perdu", par=par, client=orphelin.client_ref)
    return list(Orphelin.objects.a_regler())


def perdus(genre: str, numero: str) -> list[Orphelin]:
    """Those that bear this number and wait; nearly always none."""
    return lire(Orphelin, "WHERE type = %s AND numero = %s AND regle_le IS NULL", genre, numero)


@transaction.atomic
def regler(orphelin: Orphelin, *, motif: str, par: Auteur) -> Orphelin:
    """Its number may be given. Raise Conflit when it was settled already."""
    orphelin = Orphelin.objects.select_for_update(no_key=True).get(pk=orphelin.pk)
    if orphelin.est_regle:
        raise Conflit(f"{orphelin.numero} est déjà réglé.", code="deja_regle")
    orphelin.regle_le, orphelin.regle_par = timezone.now(), par.nom[:200]
    orphelin.motif = motif[:300]
    orphelin.save(update_fields=["regle_le", "regle_par", "motif"])
    consigner(orphelin, "archive.perdu_regle", par=par, motif=orphelin.motif)
    return orphelin


def regler_le_numero(numero: str, *, motif: str, par: Auteur) -> list[Orphelin]:
    """Settle all that bear this number. Raise Conflit when none waits."""
    attendus = Orphelin.objects.a_regler().filter(numero=numero)
    if not attendus:
        raise Conflit(f"Aucun document perdu n'attend sous {numero}.", code="numero_inconnu")
    return [regler(orphelin, motif=motif, par=par) for orphelin in attendus]


def _inconnus(objets: Iterable[Objet]) -> list[Objet]:
    """Of each key that no row knows, its oldest version: the locked one."""
    documents = set(Document.objects.values_list("cle", flat=True))
    connues = documents | set(Archive.objects.values_list("cle", flat=True))
    connues |= set(Orphelin.objects.values_list("cle", flat=True))
    inconnus = []
    for cle, versions in groupby(objets, key=lambda objet: objet.cle):
        vivantes = [objet for objet in versions if not objet.est_marqueur]
        connue = cle in connues or RECHANGE.sub(".pdf", cle) in documents
        if vivantes and CLE.fullmatch(cle) and not connue:
            inconnus.append(min(vivantes, key=lambda objet: objet.modifie_le))
    return inconnus


def _lire(coffre: Coffre, objet: Objet) -> Orphelin:
    """What the archive says of it; its key says the rest."""
    etat = coffre.etat(objet.cle, objet.version)
    notes = etat.metadonnees
    _, _, genre, fichier = objet.cle.split("/")
    client = notes.get("client", "")
    return Orphelin(
        cle=objet.cle,
        type=notes.get("type") or genre,
        numero=notes.get("numero") or RECHANGE.sub(".pdf", fichier).removesuffix(".pdf"),
        client_ref=int(client) if client.isdecimal() else None,
        le=_jour(notes.get("date", "")),
        sha256=etat.sha256,
        depose_le=objet.modifie_le,
    )


def _jour(texte: str) -> date | None:
    try:
        return date.fromisoformat(texte)
    except ValueError:
        return None
