"""One row of everything, people of each role, and what stands for the parameters of an address."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from artjardin.accounts import cles, jetons, liens
from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import CleApi, Lien, Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.models import Execution
from artjardin.outbox.models import Rebond
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Orphelin
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation import services
from facturation.liens import lien_de_reglement
from facturation.models import Devis, Evenement, Facture
from ops.exports.services import exporter_les_ventes, exporter_tout
from ops.models import Export
from relances.models import Modele, Relance
from relances.services import relancer, suspendre
from tests.chantiers.factories import creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_devis, creer_facture, mandater, payer
from tests.ops.factories import creer_incident

PAR = systeme("test")
FIN = date(2026, 12, 31)
# The rows that an address names, by what comes before, where its view does not say it
LIGNES: dict[str, type[models.Model]] = {
    "/admin/r/{content_type_id}/": Client,
    "/admin/relances/relance/a-poster/": Relance,
    "/admin/relances/relance/apercu/{quoi}/": Facture,
    "/admin/relances/relance/dossier/": Client,
    "/admin/trash/effacement/": Client,
    "/api/v1/clients/": Client,
    "/api/v1/devis/": Devis,
    "/api/v1/factures/": Facture,
    "/api/v1/relances/": Relance,
    "/api/v1/relances/clients/": Client,
    "/api/v1/relances/factures/": Facture,
}
NUMEROS = {"pk", "id", "client"}
NUMERO = re.compile("{(?:" + "|".join(NUMEROS) + ")}")
REGISTRE = {(m._meta.app_label, m._meta.model_name): m for m in admin.site._registry}


def une_rangee_de_tout() -> None:
    """At least one row of each model that the office sees."""
    creer_devis()
    le = timezone.localdate() - timedelta(days=100)
    for email in ("martin@example.org", ""):
        facture = creer_facture(client=creer_client(email=email), le=le)
        payer(facture, "10.00")
    litigieuse = creer_facture()
    services.ouvrir_litige(litigieuse, motif="Métrage", par=PAR)
    mandater(litigieuse.client)
    relancer(jour=timezone.localdate(), par=PAR)
    suspendre(litigieuse.client, genre="pause", motif="Congés", jusqu_au=FIN, par=PAR)
    exporter_les_ventes(du=le, au=FIN, par=PAR)
    Rebond.objects.create(adresse="parti@example.org", definitif=True, source="smtp")
    Orphelin.objects.create(
        cle="2026/11/facture/FAC-2026-0999.pdf", type="facture", numero="FAC-2026-0999",
        depose_le=timezone.now(),
    )  # fmt: skip
    Sauvegarde.objects.create(
        nom="20261124T001500Z-quotidienne", motif="quotidienne", faite_le=timezone.now(),
        duree=timedelta(seconds=2), taille=1_000, sha256="a" * 64, manifeste={},
    )  # fmt: skip
    creer_incident()


def une_personne(role: Role):
    """The person of this role."""
    return creer_utilisateur(
        email=f"{role}@art-jardin.example", mot_de_passe="jardin-a-la-francaise", role=role
    )


class Lieux:
    """The product with one row of everything, and one of each kind out of somebody's reach."""

    def __init__(self) -> None:
        self.gens = {role: une_personne(role) for role in Role}
        dehors = creer_intervention()
        une_rangee_de_tout()
        tout = exporter_tout(par=PAR)
        ventes = exporter_les_ventes(du=FIN, au=FIN, par=PAR)
        Execution.objects.create(tache="essai", resultat="ok", fin=timezone.now())
        cles.creer_cle(
            nom="Essai",
            portee=CleApi.Portee.SURVEILLANCE,
            expire_le=timezone.now() + timedelta(days=30),
            par=self.gens[Role.PATRON],
        )
        dedans = creer_intervention(employe=self.gens[Role.EMPLOYE])
        jete = creer_client(nom="Parti")
        supprimer(jete, par=PAR)
        mandater(dedans.chantier.client)
        self.dedans = _branche(dedans) | {
            Export: ventes.pk,
            Evenement: "facture_emise",  # one whose mail can be shown
            Modele: Modele.objects.exclude(lettre="").order_by("pk").first().pk,
        }
        self.dehors = {"Employé": _branche(dehors), "Comptable": {Export: tout.pk}}
        self.jetes = jete.pk
        self.jetons = {r: jetons.creer_jeton(u, verifie=True) for r, u in self.gens.items()}
        lien = liens.creer_lien(self.gens[Role.EMPLOYE], Lien.Genre.OUBLI)
        facture = Facture.objects.emises().order_by("pk").first()
        self.noms = {
            "app_label": "clients",
            "content_type_id": ContentType.objects.get_for_model(Client).pk,
            "entite": "clients",
            "fournisseur": "brevo",
            "jeton": lien_de_reglement(facture.client_id, [facture.pk]).rstrip("/").split("/")[-1],
            "nom": "clients",
            "quoi": "retenir",
            "secret": liens.secret_du_lien(lien),
            "url": "nulle-part",
        }

    def adresse(self, route, colonne: str, *, dehors: bool = False) -> str:
        """This route on a row within the reach of that column, or out of it."""
        noms = re.findall(r"{(\w+)}", route.adresse)
        return route.adresse.format(**{n: self._valeur(route, n, colonne, dehors) for n in noms})

    def _valeur(self, route, nom: str, colonne: str, dehors: bool) -> object:
        if nom == "numero":
            siens = [jeton for role, (_, jeton) in self.jetons.items() if role.label == colonne]
            return f"jeton-{siens[0].pk if siens else 0}"
        if nom not in NUMEROS:
            return self.noms[nom]
        if route.adresse.startswith("/admin/trash/{entite}/"):
            return self.jetes
        modele = modele_de(route)
        return self.dehors[colonne][modele] if dehors else self._dedans(modele)

    def _dedans(self, modele: type[models.Model]) -> object:
        if modele not in self.dedans:
            vivants = getattr(modele, "objects", modele._base_manager)
            self.dedans[modele] = vivants.order_by("-pk").values_list("pk", flat=True).first()
        assert self.dedans[modele] is not None, f"{modele._meta.label} : aucune rangée (lieux.py)"
        return self.dedans[modele]

    def est_hors_de_portee(self, route, colonne: str) -> bool:
        """Whether this route names a row, of a kind that has some out of reach of that column."""
        en_corbeille = route.adresse.startswith("/admin/trash/{entite}/")
        caches = self.dehors.get(colonne, {})
        nomme = NUMERO.search(route.adresse) and not en_corbeille
        return bool(nomme) and modele_de(route) in caches


def _branche(intervention: Intervention) -> dict[type[models.Model], int]:
    chantier = intervention.chantier
    return {Intervention: intervention.pk, Chantier: chantier.pk, Client: chantier.client_id}


def modele_de(route) -> type[models.Model]:
    """Of which rows the number in this address is."""
    debut = NUMERO.split(route.adresse)[0]
    _, premier, *suite = debut.split("/")
    requete = getattr(getattr(route.vue, "cls", None), "queryset", None)
    if debut in LIGNES:
        return LIGNES[debut]
    if premier == "admin" and tuple(suite[:2]) in REGISTRE:
        return REGISTRE[tuple(suite[:2])]
    assert requete is not None, f"{route.adresse} : dites dans LIGNES (lieux.py) de quoi il s'agit."
    return requete.model
