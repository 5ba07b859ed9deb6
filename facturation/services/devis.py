"""Quotes: prepared, finalised under the lock of their series, sent, decided, invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import promettre
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from chantiers.models import Chantier
from clients.models import Client
from clients.services import verrouiller
from facturation.models import Devis, Facture, LigneDevis
from facturation.models.numerotation import prochain_numero
from facturation.services.ecriture import (
    Ligne,
    ecrire_les_lignes,
    exiger_brouillon,
    figer,
    tenir_les_parties,
    verifier_les_parties,
)
from facturation.services.factures import preparer_facture

SERIE = "DEV"
CHAMPS = ["client_id", "chantier_id", "objet", "duree_validite", "total_ttc"]
COPIES = [
    "prestation_id", "designation", "quantite", "unite", "prix_unitaire", "remise", "taux_tva",
]  # fmt: skip
Statut = Devis.Statut


@transaction.atomic
def preparer_devis(
    *,
    par: Auteur,
    client: Client,
    objet: str,
    lignes: Sequence[Ligne] = (),
    chantier: Chantier | None = None,
    duree_validite: int = 30,
) -> Devis:
    """Write a draft; `duree_validite` in days. Raise Invalide or Conflit."""
    verifier_les_parties(client=client, chantier=chantier, tenir=True)
    devis = Devis(client=client, chantier=chantier, objet=objet, duree_validite=duree_validite)
    devis.save()
    ecrire_les_lignes(devis, lignes)
    devis.save()
    consigner(devis, "devis.prepare", par=par, apres=photo(devis, CHAMPS))
    return devis


@transaction.atomic
def modifier_devis(
    devis: Devis, *, par: Auteur, lignes: Sequence[Ligne] | None = None, **champs: Any
) -> Devis:
    """Change a draft; `lignes`, when given, replace the old ones. Raise Conflit once finalised."""
    tenir_les_parties(champs)
    devis = _verrouiller(devis)
    exiger_brouillon(devis)
    avant = photo(devis, CHAMPS)
    for champ, valeur in champs.items():
        setattr(devis, champ, valeur)
    verifier_les_parties(client=devis.client, chantier=devis.chantier)
    if lignes is not None:
        ecrire_les_lignes(devis, lignes)
    devis.save()
    consigner(devis, "devis.modifie", par=par, avant=avant, apres=photo(devis, CHAMPS))
    return devis


@transaction.atomic
def finaliser_devis(devis: Devis, *, par: Auteur, le: date | None = None) -> Devis:
    """Number and freeze, and promise the PDF. Valid to the end of its last day, Paris time."""
    devis = _verrouiller(devis)
    exiger_brouillon(devis)
    verifier_les_parties(client=devis.client, chantier=devis.chantier)
    figer(devis)
    devis.passer(Statut.FINALISE)
    devis.date = le or timezone.localdate()
    devis.valide_jusqu_au = devis.date + timedelta(days=devis.duree_validite)
    devis.numero = prochain_numero(SERIE, le=devis.date)
    devis.save()
    promettre_document(
        devis, genre="devis", nom=devis.numero, le=devis.date, client=devis.client_id
    )
    consigner(devis, "devis.finalise", par=par, apres=photo(devis, [*CHAMPS, "numero"]))
    return devis


@transaction.atomic
def envoyer_devis(devis: Devis, *, par: Auteur) -> Courriel:
    """Promise the mail of a finalised devis with its PDF. Raise Conflit when it cannot be."""
    devis = _verrouiller(devis)
    if devis.statut != Statut.ENVOYE:
        devis.passer(Statut.ENVOYE)
    if not devis.client.email:
        raise Conflit("Ce client n'a pas d'adresse e-mail.", code="sans_email")
    devis.envoye_le = timezone.now()
    devis.save()
    courriel = promettre(
        genre="devis",
        a=[devis.client.email],
        objet=f"{devis} – {devis.emetteur['nom']}",
        gabarit="devis",
        contexte={"devis": devis, "entreprise": devis.emetteur, "client": devis.destinataire},
        client=devis.client_id,
        pieces=[Document.objects.de(devis).get(type="devis")],
    )
    consigner(devis, "devis.envoye", par=par, courriel=courriel.pk, a=devis.client.email)
    return courriel


def accepter_devis(devis: Devis, *, par: Auteur) -> Devis:
    """Note the client's agreement. Raise Conflit past the last day of validity."""
    return _decider(devis, Statut.ACCEPTE, par=par)


def refuser_devis(devis: Devis, *, motif: str, par: Auteur) -> Devis:
    """Note the client's refusal and its reason."""
    return _decider(devis, Statut.REFUSE, par=par, motif=motif)


def expirer_devis(*, au: date) -> int:
    """Expire the unanswered devis whose last day is past; return how many.

    One that is decided, or goes to the trash, meanwhile is left alone.
    """
    return sum(_expirer(devis) for devis in Devis.objects.perimes(au=au))


@transaction.atomic
def facturer_devis(devis: Devis, *, par: Auteur) -> Facture:
    """Prepare the draft invoice of an accepted devis, line for line. Raise Conflit when done."""
    devis = _verrouiller(devis)
    if devis.statut != Statut.ACCEPTE:
        raise Conflit("Seul un devis accepté se facture.", code="devis_non_accepte")
    if devis.factures.exists():
        raise Conflit("Ce devis est déjà facturé.", code="devis_deja_facture")
    return preparer_facture(
        par=par,
        client=devis.client,
        chantier=devis.chantier,
        devis=devis,
        objet=devis.objet,
        lignes=[_copie(ligne) for ligne in devis.lignes.all()],
    )


@transaction.atomic
def _decider(devis: Devis, vers: str, *, par: Auteur, motif: str = "") -> Devis:
    devis = _verrouiller(devis)
    if vers == Statut.ACCEPTE and _est_perime(devis):
        raise Conflit("Ce devis n'est plus valable.", code="devis_perime")
    devis.passer(vers)
    devis.decide_le = timezone.now()
    devis.motif_refus = motif
    devis.save()
    consigner(devis, f"devis.{vers}", par=par, motif=motif)
    return devis


def _expirer(devis: Devis) -> bool:
    try:
        _decider(devis, Statut.EXPIRE, par=systeme("expiration des devis"))
    except Conflit:
        return False
    return True


def _est_perime(devis: Devis) -> bool:
    return devis.valide_jusqu_au is not None and timezone.localdate() > devis.valide_jusqu_au


def _copie(ligne: LigneDevis) -> dict[str, Any]:
    return {champ: getattr(ligne, champ) for champ in COPIES}


def _verrouiller(devis: Devis) -> Devis:
    return verrouiller(devis)
