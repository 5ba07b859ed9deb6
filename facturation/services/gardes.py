"""Asked by the outbox, in its transaction, just before a document leaves for its client.

A reason not to send, or "". The locks are taken in the order of the house: client, devis, factures.
"""

from __future__ import annotations

from typing import Any

from artjardin.outbox.models import Courriel
from clients.models import Client
from facturation.models import Devis, Facture
from facturation.services.adresses import DANS_LA_CORBEILLE, motif_si_l_adresse_a_change
from facturation.services.annonces import INTERNE, promettre_au_client
from facturation.services.annonces_factures import de_l_emission, document_de
from facturation.services.verrous import verrouiller_le_compte

CADUCS = {
    Devis.Statut.REFUSE: "Le devis est refusé.",
    Devis.Statut.EXPIRE: "Le devis est expiré.",
    Devis.Statut.REMPLACE: "Le devis est remplacé par une nouvelle version.",
}


def motif_du_client(courriel: Courriel) -> str:
    """Asked of every mail that its own guard lets go: none leaves for a client in the trash."""
    if courriel.client_ref is None or courriel.type == INTERNE:
        return ""
    clients = Client.tous.select_for_update(no_key=True).filter(pk=courriel.client_ref)
    jete = clients.values_list("supprime_le", flat=True).first()
    return DANS_LA_CORBEILLE if jete else ""


def motif_de_ne_pas_envoyer_le_devis(courriel: Courriel) -> str:
    """A devis refused, expired, superseded or in the trash meanwhile does not leave."""
    pk = courriel.sujet_id or 0
    client, _ = verrouiller_le_compte(courriel.client_ref or 0, [], devis=[pk])
    if client.supprime_le:
        return DANS_LA_CORBEILLE
    devis = Devis.objects.filter(pk=pk).first()
    if devis is None:
        return "Le devis est dans la corbeille."
    caduc = CADUCS.get(Devis.Statut(devis.statut), "")
    return caduc or motif_si_l_adresse_a_change(courriel, client, devis)


def motif_de_ne_pas_dire_la_decision(courriel: Courriel) -> str:
    """What the client decided of a devis stays true: only its address is asked again."""
    pk = courriel.sujet_id or 0
    client, _ = verrouiller_le_compte(courriel.client_ref or 0, [], devis=[pk])
    devis = Devis.objects.filter(pk=pk).first()
    if client.supprime_le or devis is None:
        return DANS_LA_CORBEILLE if client.supprime_le else "Le devis est dans la corbeille."
    return motif_si_l_adresse_a_change(courriel, client, devis)


def motif_de_ne_pas_envoyer_la_facture(courriel: Courriel) -> str:
    """An issued invoice is due to its client, credited or paid since: it leaves, but never asks for
    money that is no longer owed. What it says of the payment is then written anew.
    """
    client, factures = verrouiller_le_compte(courriel.client_ref or 0, [courriel.sujet_id or 0])
    if client.supprime_le:
        return DANS_LA_CORBEILLE
    if not factures:
        return ""
    if ailleurs := motif_si_l_adresse_a_change(courriel, client, factures[0]):
        return ailleurs
    if factures[0].type == Facture.Type.AVOIR:
        return ""
    return _refaire_si_le_reglement_a_change(courriel, factures[0])


def motif_de_ne_pas_remercier(courriel: Courriel) -> str:
    """Why this thank-you may not leave, or "".

    The invoice must still be paid, and the message the last one to say so.
    """
    _, factures = verrouiller_le_compte(courriel.client_ref or 0, [courriel.sujet_id or 0])
    payees: Any = Facture.objects.emises().avec_solde().filter(solde__lte=0)
    if not payees.filter(pk__in=[facture.pk for facture in factures]).exists():
        return "La facture n'est plus réglée : son règlement a été annulé."
    autres = Courriel.objects.filter(type=courriel.type, sujet_type=courriel.sujet_type)
    suivants = autres.filter(sujet_id=courriel.sujet_id, pk__gt=courriel.pk, renvoi_de=None)
    if courriel.renvoi_de_id is None and suivants.exclude(statut=Courriel.Statut.ANNULE).exists():
        return "Un message plus récent dit la même chose."
    return ""


def motif_d_adresse_du_recu(courriel: Courriel) -> str:
    """Why the receipt of a paid invoice does not leave to its address, or ""."""
    client, factures = verrouiller_le_compte(courriel.client_ref or 0, [courriel.sujet_id or 0])
    return motif_si_l_adresse_a_change(courriel, client, factures[0]) if factures else ""


def _refaire_si_le_reglement_a_change(courriel: Courriel, facture: Facture) -> str:
    document = document_de(facture)
    if document is None:
        return ""
    evenement, annonce = de_l_emission(facture, document=document)
    actuel = annonce.blocs["reglement"].texte.strip()
    if "{reglement}" not in evenement.texte or actuel in courriel.texte:
        return ""
    duplicata = courriel.objet.startswith("Duplicata")
    promettre_au_client(evenement, annonce, duplicata=duplicata)
    return "Le message est refait : le règlement de la facture a changé."
