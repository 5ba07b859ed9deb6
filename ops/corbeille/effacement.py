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
from artjardin.softdelete.models import Lot
from artjardin.softdelete.parcours import Lignes, Modele, retenues
from artjardin.softdelete.services import ce_qui_partirait, ce_qui_serait_perdu, supprimer
from artjardin.storage.models import Document
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture, MandatPrelevement, Paiement, Prelevement
from ops.corbeille.purge import exiger_de_renoncer, exiger_la_confirmation
from ops.corbeille.reponses import mots_des_reponses, oublier_les_reponses
from ops.corbeille.traces import (
    annuler_ce_qui_attend,
    courriels_effacables,
    effacer_les_traces,
    mandats_effacables,
    temoignees,
)

MOTIF = "Effacement demandé (RGPD)"
EN_CHEMIN = [Courriel.Statut.EN_ATTENTE, Courriel.Statut.EN_COURS]
CHEMINS: dict[Modele, str] = {  # from each model of the trash to its client
    Client: "pk",
    Chantier: "client",
    Intervention: "chantier__client",
    Devis: "client",
    Facture: "client",
}


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
    depart = [] if client.supprime_le else ce_qui_partirait(client)[1]
    return list(dict.fromkeys([*retenues({Client: [client.pk]}), *depart, *_en_partance(client)]))


def pertes_d_effacer(client: Client) -> list[str]:
    """What is left to invoice to this client, and was not given up with one of its batches."""
    deja = {une for lot in lots_du_client(client) for une in lot.renonce}
    return [une for une in ce_qui_serait_perdu(lignes_du_client(client)) if une not in deja]


def ce_qui_reste(client: Client) -> list[Reste]:
    """What the erasure of this client leaves, each with its reason."""
    un = [client.pk]
    courriels = Courriel.objects.filter(client_ref=client.pk)
    mandats = MandatPrelevement.objects.filter(client=client)
    faites = Intervention.tous.filter(chantier__client=client, fin__isnull=False)
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
            courriels.count() - courriels.filter(pk__in=courriels_effacables(un)).count(),
            "preuve de l'envoi d'une pièce ou d'une relance (RGPD 17-3-e), ou sort pas encore "
            "connu",
        ),
        Reste(
            "documents PDF",
            Document.objects.filter(client_ref=client.pk).count(),
            "archives verrouillées pour dix ans",
        ),
        Reste("heures faites", faites.count(), "heures d'un salarié : trois ans, sans notes"),
        Reste(
            "mandats de prélèvement",
            mandats.count() - mandats_effacables(un).count(),
            "un prélèvement se conteste pendant treize mois (CMF L133-24)",
        ),
        Reste(
            "prélèvements annoncés",
            Prelevement.objects.filter(facture__client=client).count(),
            "pièces comptables, avec l'IBAN débité : dix ans (C. com. L123-22)",
        ),
        Reste(
            "lignes du journal",
            Entree.objects.filter(_du_journal(client)).count(),
            "le journal ne s'efface pas : il prouve qui a fait quoi",
        ),
    ]
    return [reste for reste in restes if reste.nombre]


@transaction.atomic
def effacer(
    client: Client, *, confirmation: str, par: Auteur, renoncer: bool = False, motif: str = ""
) -> dict[str, int]:
    """Clear what names this client now, and send the card to the trash; return the counts.

    Raise Invalide without the exact name or code, Conflit when something is still going on (an
    invoice due or not sent yet, credit to give back, work under way), when something is left to
    invoice (unless `renoncer`, with a reason), or when it was done already.
    """
    client = _tenir(client)
    exiger_la_confirmation(confirmation, mots_du_client(client))
    _exiger_la_fin(client)
    pertes = pertes_d_effacer(client)
    exiger_de_renoncer(pertes, renoncer=renoncer, motif=motif)
    lignes, adresse = lignes_du_client(client), client.email
    mots, touches = mots_des_reponses(client, lignes), temoignees([client.pk])
    annuler_ce_qui_attend([client.pk], par=par)
    comptes = _anonymiser(client) | effacer_les_traces([client.pk], [adresse])
    comptes |= oublier_les_reponses(mots)
    client.refresh_from_db()
    if client.supprime_le is None:  # after the name is gone: its line of the journal has none
        supprimer(client, par=par, motif=MOTIF, renoncer=True)
    _oublier_les_lots(client, pertes)
    donne: dict[str, Any] = {"renonce": pertes, "motif": motif} if pertes else {}
    touches.append(client)
    consigner(client, "client.efface", par=par, etats=touches, effaces=comptes, **donne)
    return comptes


def _tenir(client: Client) -> Client:
    """Its batches first, then itself: the order of a purge and of a restoration."""
    lots = [*lots_du_client(client).select_for_update().values_list("pk", flat=True)]
    client = Client.tous.select_for_update().get(pk=client.pk)
    if client.anonymise_le:
        raise Conflit("Ce client est déjà anonymisé.", code="deja_efface")
    if lots != [*lots_du_client(client).values_list("pk", flat=True)]:
        raise Conflit("La corbeille vient de changer : recommencez.", code="corbeille_changee")
    return client


def _exiger_la_fin(client: Client) -> None:
    if refus := refus_d_effacer(client):
        message = f"Effacement refusé : {' '.join(refus)}"
        raise Conflit(message, champs={"obstacles": refus}, code="effacement_refuse")


def _en_partance(client: Client) -> list[str]:
    """An issued document that has not reached a living client yet leaves first."""
    if client.supprime_le:
        return []
    siens = Courriel.objects.filter(client_ref=client.pk, type="facture", statut__in=EN_CHEMIN)
    return [f"Le courriel « {un.objet} » doit partir d'abord." for un in siens.order_by("pk")[:20]]


def _anonymiser(client: Client) -> dict[str, int]:
    chantiers: Any = Chantier.tous.filter(client=client)
    interventions: Any = Intervention.tous.filter(chantier__client=client)
    return {
        "clients": Client.tous.filter(pk=client.pk).anonymiser(),
        "chantiers": chantiers.anonymiser(),
        "interventions": interventions.anonymiser(),
    }


def lignes_du_client(client: Client) -> Lignes:
    """All that hangs below a client, in the trash or not."""
    return {
        modele: [*modele.tous.filter(**{chemin: client.pk}).values_list("pk", flat=True)]
        for modele, chemin in CHEMINS.items()
    }


def lots_du_client(client: Client) -> Any:
    """The batches that a row of this client is in, or was the root of, by id."""
    siens = Q()
    for modele, chemin in CHEMINS.items():
        rangees = modele.tous.filter(**{chemin: client.pk})
        siens |= Q(racine_type=modele._meta.label_lower, racine_id__in=rangees.values("pk"))
        jetees = rangees.filter(supprime_lot__isnull=False)
        siens |= Q(uuid__in=jetees.order_by().values("supprime_lot"))
    return Lot.objects.filter(siens).order_by("pk")


def _du_journal(client: Client) -> Q:
    """The lines about this client or what hangs below it."""
    critere = Q(pk=None)
    for modele, ids in lignes_du_client(client).items():
        critere |= Q(objet_type=modele._meta.label_lower, objet_id__in=ids)
    return critere


def _oublier_les_lots(client: Client, pertes: list[str]) -> None:
    """The batches of the trash named this client, its sites, or its documents."""
    for lot in lots_du_client(client).filter(purge_le=None):
        lot.racine_nom, lot.motif = str(lot), MOTIF
        if lot.uuid == client.supprime_lot:
            lot.renonce = list(dict.fromkeys([*lot.renonce, *pertes]))
        lot.save(update_fields=["racine_nom", "motif", "renonce"])
