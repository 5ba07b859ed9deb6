"""Money that is open again in the trash, and what was never invoiced: nothing goes silently."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree, Execution
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.services import supprimer
from chantiers.models import Intervention
from clients.models import Client
from facturation.models import Paiement
from facturation.services import annuler_paiement, recevoir_paiement
from ops import nuit
from ops.corbeille.effacement import effacer, pertes_d_effacer
from ops.sante.activite.nuit import corbeille_comptes
from ops.sante.constats import Etat
from tests.artjardin.navigateur import ouvrir
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    creer_devis_accepte,
    creer_facture,
    facturer_et_emettre,
    payer,
)
from tests.ops.corbeille import jeter, purger_a_terme, valider
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def jete():
    """A client who had paid 120 € when its card went to the trash."""
    facture = creer_facture(client=creer_client(nom="Durand"))
    payer(facture, "120.00")
    return jeter(facture.client)


def rejeter_le_cheque(lot):
    annuler_paiement(Paiement.objects.get(), par=PAR, motif="Chèque rejeté")


def recevoir_de_trop(lot):
    recevoir_paiement(
        Client.tous.get(pk=lot.racine_id),
        montant=Decimal(50),
        mode="virement",
        le=timezone.localdate(),
        garder_le_surplus=True,
        par=PAR,
    )


@pytest.mark.parametrize("ouvrir_le_compte", [rejeter_le_cheque, recevoir_de_trop])
def test_an_account_open_again_is_neither_purged_nor_erased(jete, ouvrir_le_compte):
    ouvrir_le_compte(jete)
    client = Client.tous.get()

    with pytest.raises(Conflit, match="compte est ouvert") as refus:
        purger_a_terme(jete)
    with pytest.raises(Conflit, match=r"reste due|à rendre"):
        effacer(client, confirmation=client.code, par=PAR)

    assert refus.value.code == "compte_ouvert"
    jete.refresh_from_db()
    assert (jete.purge_le, Client.tous.get().nom) == (None, "Durand")


def test_the_night_and_the_page_tell_it_until_it_is_settled(jete, patron):
    rejeter_le_cheque(jete)
    controle = next(un for un in nuit.CONTROLES if un.tache == "corbeille.comptes")
    nuit._controler(controle)

    assert Execution.objects.get(tache="corbeille.comptes").resultat == "echec"
    (faute,) = Entree.objects.get(action="alerte.donnee").details["fautes"]
    assert "Durand" in faute
    assert corbeille_comptes().etat is Etat.PANNE
    assert "Durand" not in corbeille_comptes().message
    page = ouvrir(patron).get("/admin/trash/", HTTP_ACCEPT="text/html").content.decode()
    assert "Compte ouvert en corbeille" in page
    assert "120,00" in page


class TestAFacturer:
    @pytest.fixture
    def client(self):
        """A devis of 120 € signed, of which 30 % are invoiced and paid."""
        devis = creer_devis_accepte(client=creer_client(nom="Durand"))
        acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
        payer(acompte, "36.00")
        return devis.client

    def test_a_deletion_says_what_would_be_lost(self, client):
        with pytest.raises(Conflit, match=r"DEV-\d+-0001 est accepté.*84,00") as refus:
            supprimer(client, par=PAR)
        assert refus.value.code == "reste_a_facturer"
        with pytest.raises(Invalide, match="motif"):
            supprimer(client, par=PAR, renoncer=True)
        assert Client.objects.exists()

    def test_a_person_may_give_it_up_and_the_purge_asks_no_more(self, client):
        lot = jeter(client, renoncer=True, motif="Chantier abandonné")
        purger_a_terme(lot)

        entree = Entree.objects.get(action="corbeille.suppression")
        assert "84,00" in entree.details["renonce"][0]
        assert Client.tous.get().anonymise_le is not None

    def test_a_batch_of_before_waits_for_a_person(self, client):
        lot = jeter(client, renoncer=True, motif="Chantier abandonné")
        type(lot).objects.update(renonce=[])

        with pytest.raises(Conflit) as refus:
            purger_a_terme(lot)
        assert refus.value.code == "reste_a_facturer"
        purger_a_terme(lot, renoncer=True, motif="Chantier abandonné")
        assert "84,00" in Entree.objects.get(action="corbeille.purge").details["renonce"][0]

    def test_an_erasure_asks_too(self, client):
        assert "84,00" in pertes_d_effacer(client)[0]
        with pytest.raises(Conflit, match="84,00"):
            effacer(client, confirmation=client.code, par=PAR)
        effacer(client, confirmation=client.code, par=PAR, renoncer=True, motif="Abandonné")

        assert Client.tous.get().anonymise_le is not None

    def test_over_http_and_on_the_page(self, client, http, patron):
        adresse = f"/api/v1/clients/{client.pk}/"
        refus = http.delete(adresse)
        page = ouvrir(patron).get(f"/admin/clients/client/{client.pk}/delete/").content.decode()

        assert (refus.status_code, refus.json()["code"]) == (409, "reste_a_facturer")
        assert 'name="renoncer"' in page
        assert http.delete(f"{adresse}?renoncer=1&motif=Abandon").status_code == 204

    def test_hours_on_no_invoice_are_said(self):
        chantier = creer_chantier()
        valider(creer_intervention(chantier=chantier))

        with pytest.raises(Conflit, match="1 h 00 de travail"):
            supprimer(chantier, par=PAR)
        payer(creer_facture(client=chantier.client, chantier=chantier), "120.00")
        supprimer(chantier, par=PAR)


def test_hours_not_validated_yet_are_kept_three_years():
    une = creer_intervention()
    debut = timezone.now() - timedelta(hours=2)
    Intervention.objects.filter(pk=une.pk).update(
        statut="terminee", debut=debut, fin=debut + timedelta(hours=1)
    )
    lot = jeter(une.chantier.client, renoncer=True, motif="Offert")
    purger_a_terme(lot)

    assert Intervention.tous.get().fin is not None
