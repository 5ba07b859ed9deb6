"""Purging: what is destroyed, what stays without a name, what is never touched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import Contenu, promettre
from artjardin.softdelete.services import restaurer, supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.controle import controler
from facturation.models import (
    Devis,
    Entreprise,
    Facture,
    LigneDevis,
    LigneFacture,
    MandatPrelevement,
    Paiement,
)
from facturation.services import annuler_paiement, envoyer_devis, envoyer_facture
from ops.corbeille.purge import purger
from relances.models import PlanDeRelance, PlanDuClient, Suspension
from relances.services import suspendre
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    creer_facture,
    mandater,
    payer,
)
from tests.ops.corbeille import (
    MUR,
    creer_ancien,
    creer_prospect,
    jeter,
    laisser_passer,
    purger_a_terme,
    valider,
)
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def prospect():
    return creer_prospect()


@pytest.fixture
def ancien():
    return creer_ancien()


def test_a_prospect_disappears_whole(prospect):
    lot = jeter(prospect, motif="Jamais rappelé")

    fait = purger_a_terme(lot)

    assert fait.anonymises == fait.traces == {}
    assert list(fait.detruits) == [
        "facturation.facture",
        "facturation.devis",
        "chantiers.intervention",
        "chantiers.chantier",
        "clients.client",
    ]
    for modele in (Client, Chantier, Intervention, Devis, Facture):
        assert not modele.tous.exists()
    assert not LigneDevis.objects.exists()
    assert not LigneFacture.objects.exists()


def test_nothing_is_destroyed_before_ninety_days(prospect, settings):
    settings.CORBEILLE_RETENTION_JOURS = 1
    lot = jeter(prospect)

    with pytest.raises(Conflit, match="90 jours") as refus:
        purger_a_terme(lot, apres=MUR - timedelta(seconds=1))

    assert refus.value.code == "trop_tot"
    assert Client.tous.exists()
    assert purger_a_terme(lot).detruits


def test_a_longer_retention_holds(prospect, settings):
    settings.CORBEILLE_RETENTION_JOURS = 200
    lot = jeter(prospect)

    with pytest.raises(Conflit):
        purger_a_terme(lot, apres=timedelta(days=199))
    purger_a_terme(lot, apres=timedelta(days=200))
    assert not Client.tous.exists()


def test_a_purge_leaves_a_line_without_a_name(prospect):
    lot = jeter(prospect, motif="Jamais rappelé")
    purger_a_terme(lot)

    entree = Entree.objects.get(action="corbeille.purge")
    lot.refresh_from_db()
    assert (lot.racine_nom, lot.motif) == ("", "")
    assert lot.purge_comptes["detruits"]["clients.client"] == 1
    assert entree.details["detruits"]["chantiers.chantier"] == 1
    assert "Durand" not in f"{entree.objet_nom} {entree.details} {entree.avant} {entree.apres}"


def test_a_client_with_documents_stays_without_a_name(ancien):
    destinataires = list(Facture.objects.values_list("destinataire", flat=True))
    lot = jeter(ancien)

    fait = purger_a_terme(lot)

    client = Client.tous.get()
    assert client.nom == f"Client anonymisé n° {client.pk}"
    assert client.anonymise_le is not None
    vides = ["email", "telephone", "adresse", "code_postal", "ville", "notes", "prenom"]
    assert [getattr(client, champ) for champ in vides] == [""] * len(vides)
    assert client.code == ancien.code
    chantier = Chantier.tous.get()
    assert (chantier.nom, chantier.adresse) == (f"Chantier anonymisé n° {chantier.pk}", "")
    assert Intervention.tous.get().notes == ""
    assert list(Facture.objects.values_list("destinataire", flat=True)) == destinataires
    assert destinataires[0]["email"] == "durand@example.org"
    assert fait.detruits == {"facturation.devis": 1}
    assert fait.anonymises["facturation.devis"] == 1
    assert Devis.tous.count() == 2
    assert Paiement.objects.count() == 1
    assert controler().anomalies == []


def test_what_was_purged_does_not_come_back(ancien):
    lot = jeter(ancien)
    purger_a_terme(lot)

    with pytest.raises(Conflit, match="purgé") as refus:
        restaurer(ancien, par=PAR)

    assert refus.value.code == "purge"
    assert not Client.objects.exists()


def test_twice_is_a_conflict(prospect):
    lot = jeter(prospect)
    purger_a_terme(lot)

    with pytest.raises(Conflit, match="déjà purgé"):
        purger_a_terme(lot)


def test_what_came_back_is_not_purged(prospect):
    lot = jeter(prospect)
    restaurer(prospect, par=PAR)

    with pytest.raises(Conflit, match="revenu"):
        purger_a_terme(lot)
    assert Client.objects.exists()


def test_hours_kept_for_three_years_go_at_a_later_review():
    chantier = creer_chantier()
    valider(creer_intervention(chantier=chantier))
    lot = jeter(chantier.client, renoncer=True, motif="Offert")
    purger_a_terme(lot)
    lot.refresh_from_db()
    assert Intervention.tous.count() == 1
    assert lot.revoir_le == lot.le + MUR + timedelta(days=365)

    with pytest.raises(Conflit, match="déjà purgé"):
        purger_a_terme(lot, apres=MUR + timedelta(days=364))
    fait = purger_a_terme(lot, apres=timedelta(days=4 * 366))

    lot.refresh_from_db()
    assert fait.detruits["chantiers.intervention"] == 1
    assert not Client.tous.exists()
    assert lot.revoir_le is None


def test_a_batch_below_is_purged_first():
    chantier = creer_chantier(nom="Verger")
    avant = jeter(chantier)
    lot = jeter(chantier.client)

    with pytest.raises(Conflit, match="Verger") as refus:
        purger_a_terme(lot)

    assert refus.value.code == "purge_a_faire_avant"
    assert Client.tous.get().anonymise_le is None
    purger_a_terme(avant)
    purger_a_terme(lot)
    assert not Client.tous.exists()


def test_a_kept_batch_below_keeps_its_client_without_a_name(ancien):
    chantier = Chantier.objects.get()
    avant = jeter(chantier)
    lot = jeter(ancien)
    purger_a_terme(avant)
    purger_a_terme(lot)

    assert Client.tous.get().anonymise_le
    assert Chantier.tous.get().nom.startswith("Chantier anonymisé")


def test_plans_and_suspensions_leave_with_their_client():
    client = creer_client()
    PlanDuClient.objects.create(client=client, plan=PlanDeRelance.objects.first())
    suspendre(client, genre="exclusion", motif="En deuil", jusqu_au=None, par=PAR)
    suspendre(client, genre="litige", motif="Haie", jusqu_au=None, par=PAR)
    purger_a_terme(jeter(client))

    assert not Client.tous.exists()
    assert not PlanDuClient.objects.exists()
    assert not Suspension.objects.exists()


def test_of_what_stays_the_reasons_that_people_wrote_are_cleared(ancien):
    suspendre(ancien, genre="litige", motif="En deuil", jusqu_au=None, par=PAR)
    fait = purger_a_terme(jeter(ancien))

    assert fait.traces["suspensions"] == 1
    assert Suspension.objects.get().motif == "Effacé"


@pytest.mark.parametrize(("mois", "reste"), [(2, True), (14, False)])
def test_a_mandate_stays_as_long_as_a_debit_may_be_disputed(mois, reste):
    Entreprise.objects.update(ics="FR72ZZZ123456")
    client = creer_client()
    mandater(client)
    facture = creer_facture(client=client, preleve=True)
    payer(facture, "120.00", mode="prelevement")
    lot = jeter(client)
    prevu = facture.prelevement.prevu_le

    with voyage(prevu + timedelta(days=31 * mois)):
        laisser_passer()
        purger(lot, par=PAR, a=timezone.now())

    assert MandatPrelevement.objects.exists() is reste
    assert Facture.objects.get().prelevement.iban


def test_mails_that_prove_nothing_are_cleared_and_the_others_stay(ancien):
    facture = envoyer_facture(Facture.objects.get(), par=PAR)
    devis = envoyer_devis(Devis.objects.get(statut="finalise"), par=PAR)
    Courriel.objects.update(statut="envoye", envoye_le=timezone.now())
    Rebond.objects.create(adresse="durand@example.org", definitif=True, source="smtp", clef="a")
    Rebond.objects.create(adresse="autre@example.org", definitif=True, source="smtp", clef="b")

    fait = purger_a_terme(jeter(ancien))

    facture.refresh_from_db()
    devis.refresh_from_db()
    assert facture.a == ["durand@example.org"]
    assert (devis.a, devis.texte) == (["efface@adresse.invalid"], "")
    assert fait.traces == {"courriels": 1, "rebonds": 1}
    assert "durand@example.org" not in str(list(Rebond.objects.values()))
    assert Rebond.objects.filter(adresse="autre@example.org").exists()


def test_a_bounce_of_an_address_that_another_client_has_stays(ancien):
    creer_client(email="durand@example.org")
    Rebond.objects.create(adresse="durand@example.org", definitif=True, source="smtp", clef="a")

    purger_a_terme(jeter(ancien))

    assert Rebond.objects.get().adresse == "durand@example.org"


def test_the_database_has_the_last_word_on_a_finalised_devis(ancien):
    from django.db import IntegrityError  # noqa: PLC0415

    with pytest.raises(IntegrityError, match="ne changent plus"):
        Devis.tous.filter(statut="finalise").detruire()


def test_a_cancelled_payment_does_not_keep_a_client_out_of_the_trash():
    facture = creer_facture()
    annuler_paiement(payer(facture, "120.00"), par=PAR, motif="Chèque rejeté")

    with pytest.raises(Conflit, match="reste due"):
        supprimer(facture.client, par=PAR)


def voyage(jour):
    import time_machine  # noqa: PLC0415

    return time_machine.travel(f"{jour}T10:00:00+01:00", tick=True)


def test_a_site_left_behind_by_a_client_who_came_back_keeps_its_address(ancien):
    lot = jeter(ancien)
    restaurer(ancien, seul=True, par=PAR)
    purger_a_terme(lot)

    assert (Client.objects.get().nom, Chantier.tous.get().adresse) == ("Durand", "3 rue des Lices")
    assert Chantier.tous.get().supprime_le is not None


def test_what_waits_for_the_client_is_cancelled(ancien):
    lot = jeter(ancien)
    attente = promettre(
        genre="message", a=["a@example.org"], contenu=Contenu("O", "T", ""), client=ancien.pk
    )
    purger_a_terme(lot)

    attente.refresh_from_db()
    assert attente.statut == Courriel.Statut.ANNULE
