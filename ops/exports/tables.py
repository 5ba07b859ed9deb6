"""Which tables an export holds, and which it leaves out: a closed list, one line each.

A new table must be declared here (a test fails otherwise): nothing leaves the house by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

LOT = 2000  # rows fetched at a time


@dataclass(frozen=True)
class Table:
    """One table: the name of its file, its model, and the columns that go out.

    `sans`: columns left out, computed from the others or written elsewhere. `seules`: the only
    ones that go out, where a column added later might be a secret.
    """

    nom: str
    etiquette: str
    sans: frozenset[str] = frozenset()
    seules: Sequence[str] = ()

    @cached_property
    def modele(self) -> type[Model]:
        return apps.get_model(self.etiquette)

    @property
    def libelle(self) -> str:
        return str(self.modele._meta.verbose_name_plural)

    @cached_property
    def colonnes(self) -> list[str]:
        """The columns of the database, in its order."""
        toutes = [champ.attname for champ in self.modele._meta.concrete_fields]
        if self.seules:
            return list(self.seules)
        return [colonne for colonne in toutes if colonne not in self.sans]

    def rangees(self, **filtres: Any) -> Iterator[tuple[Any, ...]]:
        """All the rows, trash included, in the order of the key; memory does not grow."""
        lues: QuerySet[Any] = QuerySet(self.modele).filter(**filtres).order_by("pk")
        return lues.values_list(*self.colonnes).iterator(chunk_size=LOT)

    def lignes(self, **filtres: Any) -> Iterator[dict[str, Any]]:
        """The same, by the name of the columns."""
        for rangee in self.rangees(**filtres):
            yield dict(zip(self.colonnes, rangee, strict=True))


CLIENTS = Table("clients", "clients.Client", sans=frozenset({"recherche", "nom_tri"}))
CHANTIERS = Table("chantiers", "chantiers.Chantier")
CHANTIERS_SERVICES = Table("chantiers_services", "chantiers.Chantier_services")
INTERVENTIONS = Table("interventions", "chantiers.Intervention")
DEVIS = Table("devis", "facturation.Devis")
DEVIS_LIGNES = Table("devis_lignes", "facturation.LigneDevis")
FACTURES = Table("factures", "facturation.Facture")
FACTURES_LIGNES = Table("factures_lignes", "facturation.LigneFacture")
FACTURES_TVA = Table("factures_tva", "facturation.TvaFacture")
RETENUES = Table("retenues_de_garantie", "facturation.Retenue")
PRELEVEMENTS = Table("prelevements", "facturation.Prelevement")
LITIGES = Table("litiges", "facturation.Litige")
PAIEMENTS = Table("paiements", "facturation.Paiement")
IMPUTATIONS = Table("imputations", "facturation.Imputation")
MANDATS = Table("mandats", "facturation.MandatPrelevement")
RELANCES = Table("relances", "relances.Relance")
REMERCIEMENTS = Table("remerciements", "relances.Remerciement")
SUSPENSIONS = Table("suspensions", "relances.Suspension")
LIBERATIONS = Table("relances_liberations", "relances.Liberation")
PLANS_DES_CLIENTS = Table("relances_plans_des_clients", "relances.PlanDuClient")
COURRIELS = Table("courriels", "outbox.Courriel")
PIECES = Table("courriels_pieces", "outbox.PieceJointe")
TENTATIVES = Table("courriels_tentatives", "outbox.Tentative")
REBONDS = Table("courriels_rebonds", "outbox.Rebond")
DOCUMENTS = Table("documents", "storage.Document")
LOGOS = Table("logos", "facturation.Logo", sans=frozenset({"contenu"}))  # files of their own

TABLES = (
    CLIENTS,
    Table("clients_rejetes_a_l_import", "clients.RejetImport"),
    CHANTIERS,
    CHANTIERS_SERVICES,
    Table("types_de_service", "chantiers.TypeService"),
    INTERVENTIONS,
    Table("prestations", "facturation.Prestation"),
    DEVIS,
    DEVIS_LIGNES,
    FACTURES,
    FACTURES_LIGNES,
    FACTURES_TVA,
    RETENUES,
    PRELEVEMENTS,
    LITIGES,
    PAIEMENTS,
    IMPUTATIONS,
    MANDATS,
    Table("compteurs", "facturation.Compteur"),
    Table("entreprise", "facturation.Entreprise"),
    LOGOS,
    Table("mentions", "facturation.Mention"),
    Table("envois_automatiques", "facturation.Evenement"),
    RELANCES,
    REMERCIEMENTS,
    SUSPENSIONS,
    LIBERATIONS,
    PLANS_DES_CLIENTS,
    Table("relances_passages", "relances.Passage"),
    Table("relances_plans", "relances.PlanDeRelance"),
    Table("relances_niveaux", "relances.Niveau"),
    Table("relances_textes", "relances.Modele"),
    Table("relances_reglages", "relances.Reglages"),
    Table("taux_legaux", "relances.TauxLegal"),
    COURRIELS,
    PIECES,
    TENTATIVES,
    REBONDS,
    Table("courriels_restaurations", "outbox.Restauration"),
    DOCUMENTS,
    Table("documents_archives", "storage.Archive"),
    Table("documents_perdus", "storage.Orphelin"),
    Table("journal", "audit.Entree"),
    Table("journal_maillons", "audit.Maillon"),
    Table("corbeille_lots", "softdelete.Lot"),
    Table("executions", "audit.Execution"),
    Table("sauvegardes", "sauvegardes.Sauvegarde"),
    Table("exports", "ops.Export"),
    Table("comptes_comptables", "ops.CompteComptable"),
    Table("incidents", "ops.Incident"),
    Table(
        "utilisateurs",
        "accounts.User",
        seules=(
            "id", "email", "prenom", "nom", "is_active", "is_staff", "is_superuser", "last_login",
            "cree_le",
        ),
    ),
    Table("roles", "auth.Group"),
    Table("utilisateurs_roles", "accounts.User_groups"),
)  # fmt: skip
PAR_NOM = {table.nom: table for table in TABLES}

# What never leaves, and why (the reason is written in the manifest)
EXCLUES = {
    "accounts.jeton": "jetons des appareils : secrets",
    "accounts.session": "sessions : secrets",
    "accounts.cleapi": "clés des machines : secrets ; le journal dit qui les a faites",
    "accounts.facteur": "seconds facteurs : secrets",
    "accounts.codesecours": "codes de secours : secrets",
    "accounts.lien": "liens d'invitation : sans valeur hors de cette installation",
    "audit.sel": "sels du journal : avec eux, ses valeurs masquées se devineraient",
    "accounts.verrou": "essais récents de connexion",
    "accounts.appareil": "appareils connus : le journal dit chaque connexion",
    "ops.ronde": "dernier passage de la veille : les incidents disent ce qu'elle a vu",
    "api.compteur": "compteurs du moment",
    "api.clef": "réponses gardées un jour pour les demandes répétées",
    "sessions.session": "sessions : secrets",
    "admin.logentry": "historique de l'outil d'administration : le journal dit la même chose",
    "accounts.user_user_permissions": "droits techniques : les rôles sont dans utilisateurs_roles",
    "auth.permission": "droits techniques, définis par le logiciel",
    "auth.group_permissions": "droits techniques, définis par le logiciel",
    "contenttypes.contenttype": "numéros techniques des tables",
    "facturation.reglement": "vue calculée : paiements et avoirs la donnent",
    "relances.avancement": "vue calculée : les relances la donnent",
}


def non_declarees() -> list[str]:
    """The tables of the product that nobody has decided about."""
    declarees = {table.modele._meta.label_lower for table in TABLES} | set(EXCLUES)
    tous = apps.get_models(include_auto_created=True)
    return sorted({modele._meta.label_lower for modele in tous} - declarees)
