"""The data held about one client, for that client (RGPD, art. 15 and 20), as a ZIP."""

from __future__ import annotations

import hashlib
from typing import IO, Any

from django.template.loader import render_to_string
from django.utils import timezone

from artjardin.erreurs import Conflit, Indisponible
from artjardin.outbox.message import rediger
from artjardin.outbox.models import NULLE_PART, Courriel
from clients.models import Client
from facturation.comptes.soldes import meme_instant
from facturation.models import Entreprise
from facturation.services.annonces import INTERNE
from ops.exports import contenu, lisible
from ops.exports.archives import Archive
from ops.exports.contenu import Papiers, Suivi
from ops.exports.dossiers import Noeud, dossiers

NOTICE = "LISEZMOI.txt"


def ecrire_la_personne(flux: IO[bytes], client: int, suivi: Suivi) -> dict[str, Any]:
    """Write the ZIP of one client, in the trash or not; what it holds and lacks.

    Raise Conflit when there is no such client any more.
    """
    suivi(0, "Lecture des données")
    with meme_instant():
        dossier = next(dossiers(pk=client), None)
        if dossier is None:
            raise Conflit("Ce client n'existe plus.", code="client_absent")
        siens = [ligne for ligne in dossier["courriels"] if ligne["type"] != INTERNE]
        dossier["courriels"] = siens  # not what the firm writes to itself about the client
        contexte = {
            "le": timezone.localtime(),
            "client": str(Client.tous.get(pk=client)),
            "entreprise": Entreprise.la_notre(),
        }
    with Archive(flux) as archive:
        return _ecrire(archive, dossier, contexte, suivi)


def _ecrire(
    archive: Archive, dossier: Noeud, contexte: dict[str, Any], suivi: Suivi
) -> dict[str, Any]:
    papiers = Papiers(archive)
    archive.ajouter("donnees.json", contenu.en_json(dossier))
    archive.ajouter("donnees.html", lisible.page(dossier, **contexte).encode())
    papiers.ecrire(contenu.documents_a_lire(papiers, dossier["documents"]), suivi, de=10)
    bilan = {
        "courriels": _ecrire_les_courriels(archive, papiers, dossier),
        "documents": papiers.ecrits,
        "manquants": papiers.manquants,
    }
    notice = render_to_string("exports/personne.txt", {**contexte, "bilan": bilan})
    archive.ajouter(NOTICE, notice.encode())
    archive.clore(le=contexte["le"].isoformat(), contenu="Données d'un client", **bilan)
    return bilan


def _ecrire_les_courriels(archive: Archive, papiers: Papiers, dossier: Noeud) -> int:
    """Those handed over, byte for byte; the others are in the JSON."""
    ecrits = 0
    for ligne in dossier["courriels"]:
        if ligne["remis_le"] is None:
            continue
        nom = f"courriels/{ligne['id']}.eml"
        try:
            message = _tel_qu_envoye(Courriel.objects.get(pk=ligne["id"]))
        except Indisponible as erreur:
            papiers.manquants.append({"fichier": nom, "raison": erreur.message})
        else:
            archive.ajouter(nom, message)
            ecrits += 1
    return ecrits


def _tel_qu_envoye(courriel: Courriel) -> bytes:
    """The bytes that were handed over. Raise Indisponible when the row no longer gives them."""
    if courriel.a == [NULLE_PART]:
        raise Indisponible("Ce courriel a été effacé à la demande du client.", code="efface")
    message = rediger(courriel).message
    if courriel.empreinte and hashlib.sha256(message).hexdigest() != courriel.empreinte:
        raise Indisponible("Ce courriel n'est plus celui qui a été envoyé.", code="altere")
    return message
