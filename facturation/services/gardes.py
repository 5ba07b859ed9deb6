"""Asked by the outbox, in its transaction, just before a document leaves for its client.

A reason not to send, or "". The locks are taken in the order of the house: client, devis, factures.
"""

from __future__ import annotations

from artjardin.outbox.models import Courriel
from clients.models import Client
from facturation.models import Devis, Facture
from facturation.services.annonces import promettre_au_client
from facturation.services.annonces_factures import de_l_emission, document_de
from facturation.services.verrous import verrouiller_le_compte

DANS_LA_CORBEILLE = "Le client est dans la corbeille."
CADUCS = {
    Devis.Statut.REFUSE: "Le devis est refusé.",
    Devis.Statut.EXPIRE: "Le devis est expiré.",
    Devis.Statut.REMPLACE: "Le devis est remplacé par une nouvelle version.",
}


def motif_de_ne_pas_envoyer_le_devis(courriel: Courriel) -> str:
    """A devis refused, expired, superseded or in the trash meanwhile does not leave."""
    pk = courriel.sujet_id or 0
    client, _ = verrouiller_le_compte(courriel.client_ref or 0, [], devis=[pk])
    if client.supprime_le:
        return DANS_LA_CORBEILLE
    devis = Devis.objects.filter(pk=pk).first()
    if devis is None:
        return "Le devis est dans la corbeille."
    return CADUCS.get(Devis.Statut(devis.statut), "")


def motif_de_ne_pas_envoyer_la_facture(courriel: Courriel) -> str:
    """An issued invoice is due to its client, credited or paid since: it leaves, but never asks for
    money that is no longer owed. What it says of the payment is then written anew.
    """
    client, factures = verrouiller_le_compte(courriel.client_ref or 0, [courriel.sujet_id or 0])
    if client.supprime_le:
        return DANS_LA_CORBEILLE
    if not factures or factures[0].type == Facture.Type.AVOIR:
        return ""
    return _refaire_si_le_reglement_a_change(courriel, client, factures[0])


def _refaire_si_le_reglement_a_change(courriel: Courriel, client: Client, facture: Facture) -> str:
    document = document_de(facture)
    if document is None:
        return ""
    evenement, annonce = de_l_emission(facture, document=document)
    actuel = annonce.blocs["reglement"].texte.strip()
    if "{reglement}" not in evenement.texte or actuel in courriel.texte or not client.email:
        return ""
    duplicata = courriel.objet.startswith("Duplicata")
    promettre_au_client(evenement, annonce, duplicata=duplicata)
    return "Le message est refait : le règlement de la facture a changé."
