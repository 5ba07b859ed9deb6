"""Asking for an export, giving its file, forgetting it: each time in the journal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, exclusif, photo
from artjardin.erreurs import Conflit, Indisponible, Invalide
from clients.models import Client
from clients.services import valider
from facturation.comptes.soldes import meme_instant
from ops.exports.contenu import ecrire_une_table
from ops.exports.fichiers import fichier, fichier_sans_nom, restes
from ops.exports.production import ROBOT, verrou
from ops.exports.tables import Table
from ops.models import CompteComptable, Export

Etat, Genre = Export.Etat, Export.Genre
ATTENTE = timedelta(minutes=2)  # past it, whoever was to begin never heard of it


def exporter_tout(*, par: Auteur) -> Export:
    """Ask for everything. Raise Conflit when the same person's is not finished."""
    return _demander(Export(genre=Genre.COMPLET), par=par)


def exporter_les_ventes(
    *, du: date, au: date, par: Auteur, paiements: bool = False, reprises: bool = False
) -> Export:
    """Ask for the sales journal from `du` to `au`, both included. Raise Invalide, or Conflit.

    `paiements` adds the money received, `reprises` the invoices of the previous software.
    """
    if au < du:
        raise Invalide("La période est à l'envers.", champs={"au": ["La fin précède le début."]})
    choix = {"du": f"{du}", "au": f"{au}", "paiements": paiements, "reprises": reprises}
    return _demander(Export(genre=Genre.VENTES, parametres=choix), par=par)


@transaction.atomic
def exporter_la_personne(client: Client, *, par: Auteur) -> Export:
    """Ask for the data of one client, in the trash or not. Raise Conflit."""
    export = _demander(Export(genre=Genre.PERSONNE, client_ref=client.pk), par=par)
    consigner(client, "client.donnees_personnelles", par=par, export=export.pk)
    return export


@transaction.atomic
def _demander(export: Export, *, par: Auteur) -> Export:
    export.demandeur, export.demandeur_nom = par.user, par.nom[:200]
    try:
        with transaction.atomic():
            export.save()
    except IntegrityError as erreur:
        message = "Votre dernier export de ce genre n'est pas fini : attendez-le."
        raise Conflit(message, code="export_en_cours") from erreur
    consigner(export, "export.demande", par=par, genre=export.genre, **export.parametres)
    return export


def ouvrir(export: Export, *, par: Auteur) -> IO[bytes]:
    """The file of an export, for the caller to close; the download is in the journal.

    Raise Conflit when there is none, Indisponible when it lies on another machine.
    """
    if export.sans_fichier:
        raise Conflit(export.sans_fichier, code="export_sans_fichier")
    try:
        flux = fichier(export.pk).open("rb")
    except OSError as erreur:
        message = "Le fichier n'est pas sur cette machine : le dossier DONNEES/exports doit être "
        raise Indisponible(f"{message}commun à toutes.", code="export_ailleurs") from erreur
    if flux.seek(0, 2) != export.taille:
        flux.close()
        message = "Le fichier a été altéré : demandez un nouvel export."
        raise Indisponible(message, code="export_altere")
    flux.seek(0)
    with transaction.atomic():
        consigner(export, "export.telecharge", par=par, sha256=export.sha256)
    return flux


def ouvrir_une_table(table: Table, *, par: Auteur) -> IO[bytes]:
    """The CSV of a table, for the caller to close; the download is in the journal.

    Written whole before it is sent: a slow reader holds no transaction, and no half file leaves.
    """
    with fichier_sans_nom() as flux:
        with meme_instant():
            lignes = ecrire_une_table(flux, table)
        objet: Any = par.user
        with transaction.atomic():
            consigner(objet, "table.exportee", par=par, table=table.nom, lignes=lignes)
    return flux


def oublier_les_perimes() -> int:
    """Remove the files kept long enough, and what killed processes left. The rows stay."""
    oublies = [_oublier(export) for export in Export.objects.perimes(a=timezone.now())]
    for numero, reste in restes():
        with exclusif(verrou(numero)) as libre:
            garde = Export.objects.filter(pk=numero, etat__in=Export.FAITS).exists()
            if libre and not (garde and reste == fichier(numero)):
                reste.unlink(missing_ok=True)
    return sum(oublies)


@transaction.atomic
def _oublier(export: Export) -> bool:
    actuel = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if not actuel.est_fait:
        return False
    actuel.oublier()
    actuel.save()
    consigner(actuel, "export.efface", par=ROBOT)
    transaction.on_commit(lambda: fichier(actuel.pk).unlink(missing_ok=True))
    return True


def a_reprendre() -> list[int]:
    """Exports that nobody is making: interrupted, or asked for and not begun."""
    for export in Export.objects.filter(etat=Etat.EN_COURS):
        with exclusif(verrou(export.pk)) as libre:
            if libre:
                _interrompre(export)
    vieux = timezone.now() - ATTENTE
    demandes = Export.objects.filter(etat=Etat.DEMANDE, demande_le__lte=vieux)
    interrompus = Export.objects.filter(etat=Etat.INTERROMPU)
    return sorted((demandes | interrompus).values_list("pk", flat=True))


@transaction.atomic
def _interrompre(export: Export) -> None:
    actuel = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if actuel.etat == Etat.EN_COURS:
        actuel.interrompre()
        actuel.save()
        consigner(actuel, "export.interrompu", par=ROBOT, erreur=actuel.erreur)


@transaction.atomic
def modifier_un_compte(compte: CompteComptable, *, par: Auteur) -> CompteComptable:
    """Change the number or the label of an account. Raise Invalide by field."""
    actuel = CompteComptable.objects.select_for_update(no_key=True).get(pk=compte.pk)
    avant = photo(actuel, CompteComptable.CHAMPS)
    for champ in CompteComptable.CHAMPS:
        setattr(actuel, champ, getattr(compte, champ).strip())
    valider(actuel)
    actuel.save()
    apres = photo(actuel, CompteComptable.CHAMPS)
    if apres != avant:
        action = "compte_comptable.modifie"
        consigner(actuel, action, par=par, avant=avant, apres=apres, etats=[actuel])
    return actuel
