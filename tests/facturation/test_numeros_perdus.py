"""After a restored backup: a number that was given goes back to the same client only (G2)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.storage.models import Document, Orphelin
from artjardin.storage.orphelins import regler
from clients.models import Client
from facturation.models import Compteur
from facturation.services import emettre_facture, finaliser_devis
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon, creer_devis

pytestmark = pytest.mark.django_db
PAR = systeme("test")


def perdre(numero, *, client, genre="facture"):
    """An archived document that the restored database does not know."""
    Client.objects.update(cree_le=timezone.now() - timedelta(days=9))
    return Orphelin.objects.create(
        cle=f"2026/11/{genre}/{numero}.pdf", type=genre, numero=numero,
        client_ref=client.pk if client else None, le=timezone.localdate(), sha256="a" * 64,
        depose_le=timezone.now() - timedelta(hours=1),
    )  # fmt: skip


def prochain(prefixe="FAC"):
    return f"{prefixe}-{timezone.localdate():%Y}-0001"


def test_another_client_does_not_get_it_and_nothing_changes():
    jeanne, brouillon = creer_client(nom="Jeanne"), creer_brouillon()
    perdu = perdre(prochain(), client=jeanne)

    with pytest.raises(Conflit) as refus:
        emettre_facture(brouillon, par=PAR)

    assert refus.value.code == "numero_deja_donne"
    for dit in (perdu.numero, str(jeanne), "dans l'ordre de leurs numéros", perdu.cle):
        assert dit in refus.value.message
    brouillon.refresh_from_db()
    assert (brouillon.statut, brouillon.numero) == ("brouillon", None)
    assert not Compteur.objects.filter(dernier__gt=0).exists()
    assert not Document.objects.exists()
    assert Orphelin.objects.a_regler().get() == perdu


def test_the_same_client_gets_it_again_which_settles_it():
    brouillon = creer_brouillon()
    perdu = perdre(prochain(), client=brouillon.client)

    facture = emettre_facture(brouillon, par=PAR)

    perdu.refresh_from_db()
    assert (facture.numero, perdu.est_regle, perdu.regle_par) == (perdu.numero, True, str(PAR.nom))
    assert Entree.objects.get(action="archive.perdu_regle").objet_id == perdu.pk


def test_a_client_entered_after_the_document_is_not_proven_the_same():
    brouillon = creer_brouillon()
    perdu = perdre(prochain(), client=brouillon.client)
    Client.objects.update(cree_le=timezone.now())
    brouillon.client.refresh_from_db()

    with pytest.raises(Conflit, match="peut-être un autre"):
        emettre_facture(brouillon, par=PAR)

    assert not Orphelin.objects.get(pk=perdu.pk).est_regle


def test_what_a_person_settled_holds_nobody():
    perdu = perdre(prochain(), client=None)
    brouillon = creer_brouillon()
    with pytest.raises(Conflit, match="un autre client"):
        emettre_facture(brouillon, par=PAR)
    regler(perdu, motif="émise par erreur", par=PAR)

    assert emettre_facture(brouillon, par=PAR).numero == perdu.numero
    with pytest.raises(Conflit, match="déjà réglé"):
        regler(perdu, motif="encore", par=PAR)


def test_a_devis_is_held_too_and_another_kind_with_the_same_number_is_not():
    devis = creer_devis()
    perdre(prochain("DEV"), client=None, genre="facture")
    autre = perdre(prochain("DEV"), client=creer_client(), genre="devis")

    with pytest.raises(Conflit, match=autre.numero):
        finaliser_devis(devis, par=PAR)

    regler(autre, motif="refait", par=PAR)
    assert finaliser_devis(devis, par=PAR).numero == autre.numero
