"""Letters to post: printed together, marked as posted as a whole, received."""

from datetime import date
from io import BytesIO

import pikepdf
import pytest

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.storage.services import produire
from relances.decompte import decompter
from relances.impression import mettre_bout_a_bout
from relances.interets import TauxManquant
from relances.models import Relance, TauxLegal
from relances.services import (
    lettres_du_jour,
    marquer_postee,
    marquer_postees,
    noter_la_reception,
    relancer_la_facture,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_professionnel, payer
from tests.relances.factories import PAR, deja_faite, facture_due, facture_pro_due, niveau

pytestmark = pytest.mark.django_db
AUJOURDHUI = date(2026, 11, 24)
URL = "/api/v1/relances"


def lettre(nom="Petit", **champs):
    """A letter to post about one invoice of a client without an address."""
    client = creer_client(email="", nom=nom, **champs)
    return relancer_la_facture(facture_due(client, retard=40), par=PAR)


def demeure(nom="Petit"):
    client = creer_client(email="", nom=nom)
    facture = facture_due(client, retard=90)
    deja_faite(facture, 30, le=date(2026, 10, 1))
    deja_faite(facture, 45, le=date(2026, 11, 2))
    return relancer_la_facture(facture, par=PAR)


def postees():
    return Relance.objects.exclude(postee_le=None).count()


def test_the_letters_of_the_day_are_in_the_order_of_the_clients():
    for nom in ("Zola", "Éluard", "Aragon"):
        lettre(nom)
    assert [une.client.nom for une in lettres_du_jour()] == ["Aragon", "Éluard", "Zola"]


def test_a_formal_notice_is_a_registered_letter():
    demeure("Aragon")
    lettre("Zola")
    assert [une.recommandee for une in lettres_du_jour()] == [True, False]


def test_all_the_letters_are_one_pdf(http):
    for nom in ("Zola", "Aragon"):
        produire(lettre(nom).lettre)
    reponse = http.get(f"{URL}/a-poster/pdf/")
    assert reponse.status_code == 200
    assert reponse["Content-Type"] == "application/pdf"
    with pikepdf.open(BytesIO(reponse.content)) as pdf:
        assert len(pdf.pages) == 2


def test_each_letter_begins_on_the_front_of_a_sheet_when_asked():
    documents = [produire(lettre(nom).lettre) for nom in ("Aragon", "Zola")]
    with pikepdf.open(BytesIO(mettre_bout_a_bout(documents, recto=True))) as pdf:
        assert len(pdf.pages) == 3  # the back of the first one stays white


def test_there_is_nothing_to_print_without_a_letter(http):
    reponse = http.get(f"{URL}/a-poster/pdf/")
    assert (reponse.status_code, reponse.json()["code"]) == (409, "aucune_lettre")


def test_a_letter_being_made_is_not_printed_without_it():
    une, autre = lettre("Aragon"), lettre("Zola")
    produire(une.lettre)
    with pytest.raises(Exception, match="en préparation"):
        mettre_bout_a_bout([une.lettre, autre.lettre])


def test_letters_are_marked_together_with_their_numbers(http):
    une, autre = demeure("Aragon"), lettre("Zola")
    corps = {"lettres": [une.lettre_id, autre.lettre_id], "suivi": {une.lettre_id: "1A23"}}
    reponse = http.post(f"{URL}/a-poster/postees/", corps, format="json")
    assert reponse.status_code == 200, reponse.json()
    une.refresh_from_db()
    autre.refresh_from_db()
    assert une.postee_le is not None
    assert autre.postee_le is not None
    assert (une.suivi, autre.suivi) == ("1A23", "")
    assert Entree.objects.filter(action="relance.postee").count() == 2
    assert lettres_du_jour() == []


def test_a_letter_that_became_untrue_after_printing_refuses_the_whole_lot(http):
    une, autre = lettre("Aragon"), lettre("Zola")
    produire(une.lettre)
    payer(une.facture, "120.00")
    avant = postees()
    corps = {"lettres": [une.lettre_id, autre.lettre_id]}
    reponse = http.post(f"{URL}/a-poster/postees/", corps, format="json")
    assert reponse.status_code == 409
    assert reponse.json()["code"] == "lettre_caduque"
    assert "La facture est réglée" in reponse.json()["message"]
    assert une.lettre.nom in reponse.json()["message"]
    assert postees() == avant


def test_a_letter_partly_paid_after_printing_is_refused():
    une = lettre()
    payer(une.facture, "20.00")
    with pytest.raises(Conflit, match="Le montant dû a changé"):
        marquer_postees([une.lettre_id], par=PAR)


def test_a_letter_is_posted_once():
    une = lettre()
    marquer_postee(une, par=PAR)
    with pytest.raises(Conflit, match="n'est plus à poster"):
        marquer_postees([une.lettre_id], par=PAR)
    assert Entree.objects.filter(action="relance.postee").count() == 1


def test_a_number_of_a_letter_outside_the_list_is_refused(http):
    une, autre = lettre("Aragon"), lettre("Zola")
    corps = {"lettres": [une.lettre_id], "suivi": {autre.lettre_id: "1A23"}}
    assert http.post(f"{URL}/a-poster/postees/", corps, format="json").status_code == 400
    assert postees() == 0


def test_the_receipt_of_a_posted_letter_is_noted_and_starts_the_interest(http):
    une = demeure()
    marquer_postee(une, par=PAR)
    Relance.objects.filter(pk=une.pk).update(postee_le="2026-11-20T12:00:00Z")
    demande = {"le": "2026-11-23", "suivi": "1A 23"}
    reponse = http.post(f"{URL}/{une.pk}/recue/", demande, format="json")
    assert reponse.status_code == 200, reponse.json()
    assert (reponse.json()["recue_le"], reponse.json()["suivi"]) == ("2026-11-23", "1A 23")
    [ligne] = decompter(une.facture.client, au=AUJOURDHUI).lignes
    assert ligne.periodes[0].du == AUJOURDHUI
    assert Entree.objects.filter(action="relance.recue").count() == 1


def test_a_letter_that_was_not_posted_was_not_received():
    une = lettre()
    with pytest.raises(Conflit, match="pas encore postée"):
        noter_la_reception(une, le=AUJOURDHUI, par=PAR)
    une.refresh_from_db()
    assert une.recue_le is None


@pytest.mark.parametrize("le", [date(2026, 11, 23), date(2026, 11, 25)])
def test_a_letter_is_received_between_its_posting_and_today(le):
    une = marquer_postee(lettre(), par=PAR)
    with pytest.raises(Invalide, match="entre le jour de l'envoi"):
        noter_la_reception(une, le=le, par=PAR)


def test_an_employee_without_the_right_marks_nothing(connecter, employe):
    une = lettre()
    http = connecter(employe)
    reponse = http.post(f"{URL}/a-poster/postees/", {"lettres": [une.lettre_id]}, format="json")
    assert reponse.status_code == 403
    assert postees() == 0


def test_a_letter_of_another_client_is_never_printed():
    # OCA/account-financial-tools#559, #565
    une, autre = lettre("Aragon"), lettre("Zola")
    Relance.objects.filter(pk=une.pk).update(lettre=autre.lettre)
    with pytest.raises(AssertionError):
        lettres_du_jour()


def demeure_de_pro():
    """A firm two reminders late, with an address: its notice leaves by mail and by letter."""
    facture = facture_pro_due(creer_professionnel(), retard=90)
    for jours, le in ((30, date(2026, 10, 1)), (45, date(2026, 11, 2))):
        Relance.objects.filter(pk=deja_faite(facture, jours, le=le).pk).update(
            niveau=niveau(jours, type_client="professionnel")
        )
    return facture


def test_the_notice_of_a_professional_has_its_statement_in_the_mail_and_in_the_letter():
    # invoiceninja#7790, #11118, #10263: interest by day, in a document apart
    facture = demeure_de_pro()
    relance = relancer_la_facture(facture, par=PAR)
    assert relance.niveau.ton == "mise_en_demeure"
    assert "Décompte arrêté au 24/11/2026" in relance.courriel.texte
    decompte = relance.lettre.contexte["decompte"]
    assert decompte["indemnites"] == "40.00"
    assert decompte["principal"] == "120.00"
    joints = {piece.document.client_ref for piece in relance.courriel.pieces.all()}
    assert joints == {facture.client_id}


def test_a_notice_without_its_rate_is_not_written():
    facture = demeure_de_pro()
    TauxLegal.objects.filter(debut="2026-07-01").delete()
    with pytest.raises(TauxManquant, match="2e semestre 2026"):
        relancer_la_facture(facture, par=PAR)
    assert not Relance.objects.filter(facture=facture, lettre__isnull=False).exists()
