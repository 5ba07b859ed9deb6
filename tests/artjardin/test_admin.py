"""The office's admin: every page and every decision, for every role."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.cles import creer_cle
from artjardin.accounts.models import CleApi, Role, User
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel, Rebond
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.models import Document, Orphelin
from chantiers.models import Chantier, Intervention, TypeService
from clients.models import Client
from facturation import services
from facturation.models import (
    Devis,
    Entreprise,
    Evenement,
    Facture,
    MandatPrelevement,
    Paiement,
    Prestation,
)
from ops.exports.services import exporter_les_ventes
from ops.models import CompteComptable, Export
from relances.models import Niveau, Passage, PlanDeRelance, Relance, TauxLegal
from relances.services import relancer, suspendre
from tests.artjardin.navigateur import ouvrir, page
from tests.chantiers.factories import creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_devis, creer_facture, mandater, payer
from tests.ops.factories import creer_incident

PAR = systeme("test")
FIN = date(2026, 12, 31)
AJOUTABLES = {
    Client, Chantier, Intervention, TypeService, Devis, Facture, MandatPrelevement, Paiement,
    Prestation, User, CleApi, Niveau, PlanDeRelance, TauxLegal,
}  # fmt: skip
EFFACABLES = {Niveau}  # one that never served
# What each role may look at, of all that the admin shows
VUES = {
    Role.COMPTABLE: {
        Client, Devis, Facture, Paiement, Prestation, Entreprise, Evenement, MandatPrelevement,
        Courriel, Rebond, Relance, Passage, Document, Export, CompteComptable,
    },
    Role.EMPLOYE: {Client, Chantier, Intervention, TypeService},
}  # fmt: skip
MODELES = sorted(admin.site._registry, key=lambda modele: modele._meta.label)
PAGES = [pytest.param(modele, id=modele._meta.label) for modele in MODELES]
DECISIONS = [
    pytest.param(modele, nom, id=f"{modele._meta.label}-{nom}")
    for modele in MODELES
    for page_ in [admin.site._registry[modele]]
    for nom in page_._extract_action_names(page_.actions_detail)  # those in a menu too
]
LECTURES = {"pdf", "acquittee", "telecharger", "releve", "fichier", "courriels"}
AILLEURS = {"recevoir"}  # leads to the page of another model
D_ARGENT = {"releve", "courriels"}  # of a client, for those who see invoices


@pytest.fixture(scope="module")
def monde(django_db_setup, django_db_blocker):
    """At least one row of everything, and one person of each role, made once for the module."""
    un_mardi = time_machine.travel("2026-11-24T10:00:00+01:00", tick=True)
    with un_mardi, django_db_blocker.unblock(), transaction.atomic():
        gens = {role: _personne(role) for role in Role}
        _une_rangee_de_tout()
        _une_cle(gens[Role.PATRON])
        creer_intervention(employe=gens[Role.EMPLOYE])  # the last of its kind, client included
        yield {role: ouvrir(user) for role, user in gens.items()}
        transaction.set_rollback(True)


@pytest.fixture
def navigateurs(monde):
    """The browsers of the three roles; what a test does is undone."""
    with transaction.atomic():
        yield monde
        transaction.set_rollback(True)


@pytest.fixture
def navigateur(navigateurs):
    return navigateurs[Role.PATRON]


def _personne(role):
    return creer_utilisateur(
        email=f"{role}@art-jardin.example", mot_de_passe="jardin-a-la-francaise", role=role
    )


def _une_rangee_de_tout():
    creer_devis()
    le = timezone.localdate() - timezone.timedelta(days=100)
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


def _une_cle(patron):
    fin = timezone.now() + timedelta(days=30)
    creer_cle(nom="Supervision", portee="surveillance", expire_le=fin, par=patron)


def une_rangee(modele):
    return modele._base_manager.order_by("-pk").first()


@pytest.mark.parametrize("modele", PAGES)
def test_every_page_opens_for_a_patron(modele, navigateur):
    objet = une_rangee(modele)

    assert navigateur.get(page(modele, "changelist"), follow=True).status_code == 200
    assert navigateur.get(page(objet)).status_code == 200
    assert navigateur.get(page(objet, "history")).status_code == 200
    ajout = navigateur.get(page(modele, "add"))
    assert ajout.status_code == (200 if modele in AJOUTABLES else 403)


@pytest.mark.parametrize("modele", PAGES)
def test_every_list_can_be_searched_and_filtered(modele, navigateur):
    page_de_liste = admin.site._registry[modele]
    demandes = [{"q": "tonte 2026"}] if page_de_liste.search_fields else []
    for filtre in page_de_liste.list_filter:
        if isinstance(filtre, type):
            choix = filtre(None, {}, modele, page_de_liste).lookup_choices
            demandes += [{filtre.parameter_name: valeur} for valeur, _ in choix]

    for demande in demandes:
        reponse = navigateur.get(page(modele, "changelist"), demande)
        assert reponse.status_code == 200, demande


@pytest.mark.parametrize("role", [Role.EMPLOYE, Role.COMPTABLE])
@pytest.mark.parametrize("modele", PAGES)
def test_other_roles_look_at_what_is_theirs_and_change_nothing(modele, role, navigateurs):
    http, objet = navigateurs[role], une_rangee(modele)
    attendu = 200 if modele in VUES[role] else 403

    assert http.get(page(modele, "changelist"), follow=True).status_code == attendu
    assert http.get(page(objet)).status_code == attendu
    assert http.get(page(modele, "add")).status_code == 403
    assert http.post(page(objet), {}).status_code == 403
    assert http.post(page(objet, "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("modele", PAGES)
def test_nothing_is_deleted_for_good(modele, navigateur):
    avant = modele._base_manager.count()
    navigateur.post(page(une_rangee(modele), "delete"), {"post": "yes"})

    assert modele._base_manager.count() == avant - (modele in EFFACABLES)


@pytest.mark.parametrize(("modele", "decision"), DECISIONS)
def test_opening_a_decision_changes_nothing(modele, decision, navigateur):
    avant = Entree.objects.count()
    reponse = navigateur.get(page(une_rangee(modele), decision))

    assert reponse.status_code == (302 if decision in LECTURES | AILLEURS else 200)
    assert Entree.objects.count() == avant


@pytest.mark.parametrize("role", [Role.EMPLOYE, Role.COMPTABLE])
@pytest.mark.parametrize(("modele", "decision"), DECISIONS)
def test_decisions_are_for_patrons(modele, decision, role, navigateurs):
    vu = Facture if decision in D_ARGENT else modele
    lit = decision in LECTURES and vu in VUES[role]
    reponse = navigateurs[role].post(page(une_rangee(modele), decision), {})

    assert reponse.status_code == (302 if lit else 403)


@pytest.mark.parametrize(
    ("role", "vus", "caches"),
    [(Role.COMPTABLE, Facture, Chantier), (Role.EMPLOYE, Chantier, Facture)],
    ids=str,
)
def test_the_menu_shows_each_role_its_own(role, vus, caches, navigateurs):
    accueil = navigateurs[role].get(reverse("admin:index")).content.decode()

    assert page(vus, "changelist") in accueil
    assert page(caches, "changelist") not in accueil


def test_levels_are_seen_by_patrons_only(navigateurs):
    assert navigateurs[Role.PATRON].get(page(Niveau, "changelist")).status_code == 200
    assert navigateurs[Role.COMPTABLE].get(page(Niveau, "changelist")).status_code == 403


def test_the_admin_speaks_french(navigateur):
    contenu = navigateur.get(page(Facture, "changelist")).content.decode()

    assert "Type to search" not in contenu
    assert "Search apps" not in contenu
    assert "Rechercher" in contenu
