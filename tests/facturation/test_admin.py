"""Documents in the office's admin: saves go by the services, refusals are messages."""

import pytest
from django.forms import model_to_dict
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from facturation import services
from facturation.models import Entreprise, Facture, Litige, Paiement, Prestation
from tests.artjardin.navigateur import formulaire, messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis,
    creer_devis_finalise,
    creer_facture,
    ligne,
    payer,
    solde,
)


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


def test_a_draft_is_issued_and_sent(navigateur):
    facture = creer_brouillon()
    donnees = {"le": timezone.localdate().isoformat()}
    reponse = navigateur.post(page(facture, "emettre_et_envoyer"), donnees, follow=True)

    facture.refresh_from_db()
    assert facture.statut == "emise"
    assert f"{facture} est émise." in messages_de(reponse)
    assert Courriel.objects.get().client_ref == facture.client_id


def test_a_refusal_is_written_on_the_page(emise, navigateur):
    """The service's sentence, whatever the field, and no 500."""
    jour = timezone.localdate().isoformat()
    vide = navigateur.post(page(creer_brouillon(lignes=[]), "emettre"), {"le": jour})
    encore = navigateur.post(page(emise, "emettre"), {"le": jour})
    trop = {"montant": "9999", "mode": "cheque", "le": jour}
    demain = timezone.localdate() + timezone.timedelta(days=1)
    tard = {"montant": "1", "mode": "cheque", "le": demain.isoformat()}

    assert "aucune ligne" in vide.content.decode()
    assert "figé" in encore.content.decode()
    assert "dépasse le solde" in navigateur.post(page(emise, "encaisser"), trop).content.decode()
    reponse = navigateur.post(page(emise, "encaisser"), tard)
    assert reponse.context["form"].errors["le"] == ["Un paiement ne se saisit pas à l'avance."]
    assert not Paiement.objects.exists()


def test_a_payment_is_entered_then_cancelled(emise, navigateur):
    donnees = {"montant": "12.50", "mode": "cheque", "le": timezone.localdate().isoformat()}
    navigateur.post(page(emise, "encaisser"), donnees)
    paiement = Paiement.objects.get()
    restait = solde(emise)
    navigateur.post(page(paiement, "annuler"), {"motif": "Chèque sans provision"})

    assert str(restait) == "107.50"
    assert solde(emise) == emise.total_ttc
    assert Entree.objects.filter(action="paiement.annule").exists()


def test_a_dispute_is_opened_and_closed(emise, navigateur):
    navigateur.post(page(emise, "ouvrir_litige"), {"motif": "Métrage"})
    ouvert = Litige.objects.get()
    navigateur.post(page(emise, "clore_litige"), {})

    ouvert.refresh_from_db()
    assert ouvert.clos_par == "Claire Moreau"


def test_a_devis_goes_from_draft_to_facture(navigateur):
    devis = creer_devis()
    accord = {"le": timezone.localdate().isoformat(), "conclusion": "distance"}
    etapes = {"finaliser": {}, "envoyer": {}, "accepter": accord, "facturer": {}}
    for decision, donnees in etapes.items():
        assert navigateur.post(page(devis, decision), donnees).status_code == 302

    devis.refresh_from_db()
    assert devis.statut == "accepte"
    assert devis.factures.get().total_ttc == devis.total_ttc
    assert Courriel.objects.get().type == "devis"


def test_a_devis_is_refused_with_its_reason(navigateur):
    devis = creer_devis_finalise()
    sans_motif = navigateur.post(page(devis, "refuser"), {})
    navigateur.post(page(devis, "refuser"), {"motif": "Trop cher"})

    devis.refresh_from_db()
    assert sans_motif.status_code == 200
    assert (devis.statut, devis.motif_refus) == ("refuse", "Trop cher")


@pytest.mark.parametrize(("filtre", "trouvees"), [("retard", 1), ("du", 2), ("regle", 1)], ids=str)
def test_factures_are_filtered_by_what_is_due(filtre, trouvees, navigateur):
    hier = timezone.localdate() - timezone.timedelta(days=1)
    creer_facture(le=hier, echeance=hier)
    reglee, _due = (creer_facture() for _ in range(2))
    payer(reglee, reglee.total_ttc)
    liste = navigateur.get(page(Facture, "changelist"), {"reglement": filtre})

    assert liste.context["cl"].result_count == trouvees


def test_the_list_of_factures_asks_few_questions(navigateur, django_assert_max_num_queries):
    for _ in range(12):
        creer_facture()

    with django_assert_max_num_queries(16):
        assert navigateur.get(page(Facture, "changelist")).status_code == 200


def test_the_firm_and_the_catalogue_are_journaled(navigateur):
    firme = model_to_dict(Entreprise.la_notre(), exclude=["logo"])
    vrais = {champ: valeur for champ, valeur in firme.items() if valeur is not False}
    navigateur.post(page(Entreprise.la_notre()), vrais | {"telephone": "02 61 91 00 00"})
    tonte = Prestation.objects.get(code="TONTE")
    donnees = {"code": "TONTE", "designation": "Tonte", "unite": "m2", "taux_tva": "20"}
    navigateur.post(page(tonte), donnees | {"prix_unitaire": "0.40", "active": "on"})

    assert Entreprise.la_notre().telephone == "02 61 91 00 00"
    assert Entree.objects.get(action="entreprise.modifiee").avant["telephone"] == ""
    assert Entree.objects.get(action="prestation.modifiee").apres["designation"] == "Tonte"
