"""Erasing a person on request (RGPD art. 17): now, as far as the law allows; the rest is named."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import annuler
from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import ce_qui_partirait, supprimer
from artjardin.storage.models import Document
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture, MandatPrelevement, Paiement
from facturation.services.verrous import verrouiller_le_compte
from ops.corbeille.purge import exiger_la_confirmation
from ops.corbeille.traces import courriels_effacables, effacer_les_traces, mandats_effacables

MOTIF = "Effacement demandé (RGPD)"


class Reste(NamedTuple):
    """What stays of a person, how many, and why."""

    quoi: str
    nombre: int
    pourquoi: str


def mots_du_client(client: Client) -> list[str]:
    return [client.designation, client.code]


def refus_d_effacer(client: Client) -> list[str]:
    """Every reason why this client cannot be erased yet."""
    if client.anonymise_le:
        return ["Ce client est déjà anonymisé."]
    return [] if client.supprime_le else ce_qui_partirait(client)[1]


def ce_qui_reste(client: Client) -> list[Reste]:
    """What the erasure of this client leaves, each with its reason."""
    un = [client.pk]
    courriels = Courriel.objects.filter(client_ref=client.pk)
    mandats = MandatPrelevement.objects.filter(client=client)
    validees = Intervention.tous.filter(chantier__client=client, statut="validee")
    devis = Devis.tous.filter(client=client).exclude(statut=Devis.Statut.BROUILLON)
    restes = [
        Reste(
            "factures et avoirs émis",
            Facture.tous.filter(client=client, statut=Facture.Statut.EMISE).count(),
            "obligation comptable : dix ans (C. com. L123-22), avec leur copie du nom et de "
            "l'adresse",
        ),
        Reste(
            "devis acceptés",
            devis.filter(statut=Devis.Statut.ACCEPTE).count(),
            "preuve du contrat : dix ans",
        ),
        Reste(
            "devis numérotés non acceptés",
            devis.exclude(statut=Devis.Statut.ACCEPTE).count(),
            "leur série est continue et chaînée : aucun ne s'efface",
        ),
        Reste("paiements", Paiement.objects.filter(client=client).count(), "obligation comptable"),
        Reste(
            "courriels",
            courriels.count() - courriels_effacables(un).count(),
            "preuve de l'envoi d'une pièce ou d'une relance (RGPD 17-3-e), ou sort pas encore "
            "connu",
        ),
        Reste(
            "documents PDF",
            Document.objects.filter(client_ref=client.pk).count(),
            "archives verrouillées pour dix ans",
        ),
        Reste("heures validées", validees.count(), "heures d'un salarié : trois ans, sans notes"),
        Reste(
            "mandats de prélèvement",
            mandats.count() - mandats_effacables(un).count(),
            "un prélèvement se conteste pendant treize mois (CMF L133-24)",
        ),
        Reste(
            "lignes du journal",
            Entree.objects.filter(objet_type="clients.client", objet_id=client.pk).count(),
            "le journal ne s'efface pas : il prouve qui a fait quoi",
        ),
    ]
    return [reste for reste in restes if reste.nombre]


@transaction.atomic
def effacer(client: Client, *, confirmation: str, par: Auteur) -> dict[str, int]:
    """Clear what names this client now, and send the card to the trash; return the counts.

    Raise Invalide without the exact name or code, Conflit when something is still going on (an
    invoice due, credit to give back, work under way) or when it was done already.
    """
    client, _ = verrouiller_le_compte(client.pk, [])
    if client.anonymise_le:
        raise Conflit("Ce client est déjà anonymisé.", code="deja_efface")
    exiger_la_confirmation(confirmation, mots_du_client(client))
    adresse = client.email
    for courriel in Courriel.objects.filter(client_ref=client.pk, statut="en_attente"):
        annuler(courriel, par=par)
    comptes = _anonymiser(client) | effacer_les_traces([client.pk], [adresse])
    client.refresh_from_db()
    if client.supprime_le is None:  # after the name is gone: its line of the journal has none
        supprimer(client, par=par, motif=MOTIF)
    _oublier_les_lots(client)
    consigner(client, "client.efface", par=par, effaces=comptes)
    return comptes


def _anonymiser(client: Client) -> dict[str, int]:
    chantiers: Any = Chantier.tous.filter(client=client)
    interventions: Any = Intervention.tous.filter(chantier__client=client)
    return {
        "clients": Client.tous.filter(pk=client.pk).anonymiser(),
        "chantiers": chantiers.anonymiser(),
        "interventions": interventions.anonymiser(),
    }


def _oublier_les_lots(client: Client) -> None:
    """The batches of the trash named this client, or its sites."""
    chantiers = Chantier.tous.filter(client=client).values("pk")
    siens = Q(racine_type="clients.client", racine_id=client.pk)
    siens |= Q(racine_type="chantiers.chantier", racine_id__in=chantiers)
    interventions = Intervention.tous.filter(chantier__client=client).values("pk")
    siens |= Q(racine_type="chantiers.intervention", racine_id__in=interventions)
    for lot in Lot.objects.filter(siens, purge_le=None):
        lot.racine_nom, lot.motif = str(lot), MOTIF
        lot.save(update_fields=["racine_nom", "motif"])
