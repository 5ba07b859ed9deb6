"""Drafts in the office's admin: saves go by the services, what is refused stays typed."""

from decimal import Decimal

import pytest

from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from facturation import services
from facturation.models import Devis, Facture, Prestation
from tests.artjardin.navigateur import formulaire, messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_facture,
    ligne,
)

TAILLE = {"designation": "Taille", "quantite": "2", "prix_unitaire": "50", "taux_tva": "20.00"}


@pytest.fixture
def emise(db):
    return creer_facture()


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


def test_a_draft_is_written_with_its_lines_and_journaled(navigateur, patron):
    client = creer_client()
    tonte = Prestation.objects.get(code="TONTE")
    donnees = formulaire(
        "lignes", {"prestation": tonte.pk, "quantite": "250"}, client=client.pk, objet="Tonte"
    )
    reponse = navigateur.post(page(Facture, "add"), donnees, follow=True)

    facture = Facture.objects.get()
    assert reponse.status_code == 200
    assert (facture.total_ht, facture.lignes.get().designation) == (87.5, tonte.designation)
    entree = Entree.objects.get(action="facture.preparee")
    assert (entree.acteur, entree.adresse) == (patron, "127.0.0.1")
    assert entree.apres["total_ttc"] == "105.00"


def test_lines_are_changed_added_and_removed_together(navigateur):
    devis = creer_devis()
    services.modifier_devis(devis, lignes=[ligne(), ligne()], par=ROBOT)
    premiere, seconde = devis.lignes.all()
    base = {"quantite": "10", "prix_unitaire": "2", "taux_tva": "10.00", "unite": "h"}
    base["justification_tva"] = "Logement achevé depuis plus de deux ans"
    donnees = formulaire(
        "lignes",
        {"id": premiere.pk, **base, "designation": "Bêchage"},
        {"id": seconde.pk, **base, "designation": "Tonte", "DELETE": "on"},
        {**base, "designation": "Semis", "remise": "50"},
        initiales=2,
        client=devis.client_id,
        objet="Potager",
        duree_validite="15",
        conclusion="distance",
    )
    navigateur.post(page(devis), donnees)

    devis.refresh_from_db()
    assert [ligne.designation for ligne in devis.lignes.all()] == ["Bêchage", "Semis"]
    assert (devis.objet, devis.duree_validite, devis.total_ttc) == ("Potager", 15, 33)
    assert Entree.objects.filter(action="devis.modifie").count() == 2


def test_saving_an_unchanged_draft_journals_nothing(navigateur):
    facture = creer_brouillon(lignes=[])
    donnees = formulaire("lignes", client=facture.client_id, objet=facture.objet)
    navigateur.post(page(facture), donnees)

    assert not Entree.objects.filter(action="facture.modifiee").exists()


def test_a_line_needs_a_wording_and_a_price(navigateur):
    donnees = formulaire("lignes", {"quantite": "1"}, client=creer_client().pk, objet="Tonte")
    reponse = navigateur.post(page(Facture, "add"), donnees)

    assert reponse.status_code == 200
    assert "choisissez une prestation" in reponse.content.decode()
    assert not Facture.objects.exists()


def test_an_issued_facture_is_not_edited(emise, navigateur):
    donnees = formulaire("lignes", client=emise.client_id, objet="Autre chose")

    assert navigateur.post(page(emise), donnees).status_code == 403
    assert navigateur.post(page(emise, "delete"), {"post": "yes"}).status_code == 403
    emise.refresh_from_db()
    assert emise.objet == "Entretien du jardin"


def test_a_draft_goes_to_the_trash(navigateur):
    facture = creer_brouillon()
    navigateur.post(page(facture, "delete"), {"post": "yes"})

    assert Facture.tous.get().supprime_le
    assert Entree.objects.filter(action="corbeille.suppression").exists()


def test_an_issued_facture_in_a_selection_refuses_it_whole(emise, navigateur):
    choix = {"action": "delete_selected", "post": "yes", "_selected_action": [emise.pk]}
    choix["_selected_action"].append(creer_brouillon().pk)
    reponse = navigateur.post(page(Facture, "changelist"), choix, follow=True)

    assert any("est émise" in message for message in messages_de(reponse))
    assert Facture.objects.count() == 2


def test_a_refused_draft_keeps_what_was_typed(navigateur):
    """A discount beyond the lines is the service's refusal: by its field, nothing written."""
    donnees = formulaire(
        "lignes", TAILLE, client=creer_client().pk, objet="Haie du fond", remise_montant="500"
    )
    reponse = navigateur.post(page(Facture, "add"), donnees)

    contenu = reponse.content.decode()
    assert reponse.status_code == 200
    assert 'value="Haie du fond"' in contenu
    assert reponse.context["adminform"].form.errors == {
        "remise_montant": ["La remise dépasse le total des lignes."]
    }
    assert not Facture.tous.exists()


def test_a_refused_line_is_shown_by_its_field(navigateur):
    """Beyond what the form checks: a rate that the service alone refuses on that line."""
    mauvaise = TAILLE | {"taux_tva": "10.00", "justification_tva": ""}
    donnees = formulaire("lignes", TAILLE, mauvaise, client=creer_client().pk, objet="Haie")
    reponse = navigateur.post(page(Facture, "add"), donnees)

    formset = reponse.context["inline_admin_formsets"][0].formset
    assert formset.forms[1].errors == {
        "justification_tva": ["Un taux réduit demande sa justification."]
    }
    assert not Facture.tous.exists()


def test_what_the_services_refuse_of_a_line_stands_on_that_line(navigateur, monkeypatch):
    def refuser(*_args, **_champs):
        raise Invalide("Des lignes sont à corriger.", champs={"lignes.1.quantite": ["Trop."]})

    monkeypatch.setattr("facturation.admin.factures.services.preparer_facture", refuser)
    donnees = formulaire("lignes", TAILLE, TAILLE, client=creer_client().pk, objet="Haie")
    reponse = navigateur.post(page(Facture, "add"), donnees)

    formset = reponse.context["inline_admin_formsets"][0].formset
    assert [form.errors for form in formset.forms] == [{}, {"quantite": ["Trop."]}]
    assert messages_de(reponse) == ["Des lignes sont à corriger. Trop."]


def test_a_line_takes_from_the_catalogue_its_flags_and_its_reason(navigateur):
    haie = Prestation.objects.create(
        code="PORTAIL", designation="Clôture", prix_unitaire=30, taux_tva=10, decennale=True,
        justification_tva="Logement de plus de deux ans",
    )  # fmt: skip
    donnees = formulaire(
        "lignes",
        {"prestation": haie.pk, "quantite": "1", "section": "Clôtures", "remise_montant": "5"},
        client=creer_client().pk,
        objet="Clôture",
    )
    navigateur.post(page(Facture, "add"), donnees)

    ligne = Facture.objects.get().lignes.get()
    assert (ligne.decennale, ligne.sap) == (True, False)
    assert ligne.justification_tva == "Logement de plus de deux ans"
    assert (ligne.section, ligne.remise_montant, ligne.total_ht) == ("Clôtures", 5, 25)


def test_a_flag_of_the_catalogue_can_be_taken_off(navigateur):
    cloture = Prestation.objects.create(
        code="PORTAIL", designation="Clôture", prix_unitaire=30, decennale=True
    )
    devis = creer_devis(lignes=[ligne(prestation=cloture, decennale=True)])
    ecrite = {"id": devis.lignes.get().pk, "prestation": cloture.pk, **TAILLE}
    donnees = formulaire(
        "lignes", ecrite, initiales=1, client=devis.client_id, objet=devis.objet,
        conclusion="distance", duree_validite="30",
    )  # fmt: skip
    navigateur.post(page(devis), donnees)

    assert not devis.lignes.get().decennale


def test_a_devis_has_its_options_its_waste_and_its_discount(navigateur):
    donnees = formulaire(
        "lignes",
        TAILLE,
        TAILLE | {"designation": "Arrosage", "option": "on"},
        client=creer_client().pk,
        objet="Haie",
        conclusion="domicile",
        duree_validite="30",
        remise_taux="10",
        dechets_tri="Broyés sur place",
        conditions="Acompte à la commande",
    )
    navigateur.post(page(Devis, "add"), donnees)

    devis = Devis.objects.get()
    assert [ligne.option for ligne in devis.lignes.all()] == [False, True]
    assert (devis.total_ht, devis.conclusion) == (90, "domicile")
    assert (devis.dechets_tri, devis.conditions) == ("Broyés sur place", "Acompte à la commande")


def test_the_lines_of_a_part_of_a_devis_are_only_looked_at(navigateur):
    devis = creer_devis_accepte()
    demande = services.Demande(type="acompte", pourcentage=Decimal(30))
    acompte = services.facturer_devis(devis, demande=demande, par=ROBOT)
    ecrite = {"id": acompte.lignes.get().pk, **TAILLE}
    donnees = formulaire("lignes", ecrite, initiales=1, objet="Haie du fond", remise_montant="5")
    reponse = navigateur.get(page(acompte))
    navigateur.post(page(acompte), donnees)

    acompte.refresh_from_db()
    assert "supprimez ce brouillon et refaites-le" in reponse.content.decode()
    assert 'name="lignes-0-quantite"' not in reponse.content.decode()
    assert (acompte.objet, acompte.total_ht, acompte.remise_montant) == ("Haie du fond", 30, 0)


def test_the_lines_of_a_credit_note_keep_where_they_come_from(navigateur):
    devis = creer_devis_accepte()
    demande = services.Demande(type="situation", pourcentage=Decimal(50))
    facture = services.facturer_devis(devis, demande=demande, par=ROBOT)
    facture = services.emettre_facture(facture, par=ROBOT)
    avoir = services.faire_un_avoir(facture, motif="Erreur", par=ROBOT)
    ecrite = {"id": avoir.lignes.get().pk, **TAILLE, "quantite": "1", "prix_unitaire": "20"}
    donnees = formulaire("lignes", ecrite, initiales=1, objet=avoir.objet)
    navigateur.post(page(avoir), donnees)

    assert (avoir.lignes.get().total_ht, avoir.lignes.get().ligne_devis.devis) == (20, devis)
