"""The trash against what happens at the same time: real threads, real commits."""

import pytest
from django.db import connection
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import restaurer, supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Facture, Paiement
from facturation.services import emettre_facture
from ops.corbeille.effacement import effacer
from ops.corbeille.purge import purger
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.clients.fils import en_parallele, pendant
from tests.facturation.factories import (
    creer_brouillon,
    creer_devis_accepte,
    creer_facture,
    facturer,
    payer,
)
from tests.ops.corbeille import MUR, jeter, laisser_passer, vieillir
from tests.relances.factories import PAR

pytestmark = pytest.mark.usefixtures("base_partagee")


def un_gagnant(resultats):
    """Exactly one refusal; return it. No deadlock, no other error."""
    refus = [r for r in resultats if isinstance(r, Exception)]
    assert [type(r) for r in refus] == [Conflit], resultats
    return refus[0]


@pytest.mark.parametrize("avec_devis", [False, True])
@pytest.mark.parametrize("premier", ["supprimer", "emettre"])
def test_a_deletion_and_an_issue(premier, avec_devis):
    if avec_devis:
        brouillon = facturer(creer_devis_accepte())
    else:
        brouillon = creer_brouillon(chantier=(c := creer_chantier()), client=c.client)

    def jeter_le_client():
        client = Client.objects.get(pk=brouillon.client_id)
        return supprimer(client, par=PAR, renoncer=True, motif="Annulé")

    def emettre():
        return emettre_facture(Facture.objects.get(pk=brouillon.pk), par=PAR)

    travaux = (jeter_le_client, emettre) if premier == "supprimer" else (emettre, jeter_le_client)
    _, refus = pendant(*travaux)

    assert isinstance(refus, Conflit), refus
    actuel = Facture.tous.get()
    if premier == "supprimer":
        assert (actuel.statut, actuel.supprime_le is None) == ("brouillon", False)
    else:
        assert "reste due" in refus.message
        assert (actuel.statut, Client.objects.count()) == ("emise", 1)


def test_a_deletion_and_a_payment_that_leaves_credit():
    facture = creer_facture()
    payer(facture, "120.00")

    def jeter_le_client():
        return supprimer(Client.objects.get(pk=facture.client_id), par=PAR)

    def encaisser():
        from facturation.services import recevoir_paiement  # noqa: PLC0415

        return recevoir_paiement(
            Client.tous.get(pk=facture.client_id),
            montant=facture.total_ttc,
            mode="virement",
            le=timezone.localdate(),
            par=PAR,
        )

    _, refus = pendant(encaisser, jeter_le_client)

    assert isinstance(refus, Conflit)
    assert "à imputer ou à rendre" in refus.message
    assert (Paiement.objects.count(), Client.objects.count()) == (2, 1)


def test_a_payment_of_the_last_invoice_lets_the_deletion_pass():
    facture = creer_facture()
    _, lot = pendant(
        lambda: payer(facture, "120.00"),
        lambda: supprimer(Client.objects.get(pk=facture.client_id), par=PAR),
    )

    assert not isinstance(lot, Exception), lot
    assert not Client.objects.exists()


def test_two_deletions_one_of_the_client_one_of_its_site():
    une = creer_intervention()
    client = une.chantier.client
    resultats = en_parallele(
        lambda: supprimer(Client.objects.get(pk=client.pk), par=PAR),
        lambda: supprimer(Chantier.objects.get(pk=une.chantier_id), par=PAR),
        lambda: supprimer(Intervention.objects.get(pk=une.pk), par=PAR),
    )

    lots = [r for r in resultats if not isinstance(r, Exception)]
    assert all(isinstance(r, Conflit) for r in resultats if r not in lots), resultats
    assert not Client.objects.exists()
    assert not Chantier.objects.exists()
    assert not Intervention.objects.exists()
    assert Lot.objects.count() == len(lots)
    assert {lot.uuid for lot in Lot.objects.all()} == set(lots)


@pytest.mark.parametrize("premier", ["restaurer", "purger"])
def test_a_restore_and_a_purge(premier):
    client = creer_chantier().client
    lot = jeter(client)
    laisser_passer()

    def ramener():
        return restaurer(Client.tous.get(pk=client.pk), par=PAR)

    def detruire():
        return purger(lot, par=PAR, a=lot.le + MUR)

    travaux = (ramener, detruire) if premier == "restaurer" else (detruire, ramener)
    _, refus = pendant(*travaux)

    vivants = (Client.objects.count(), Chantier.objects.count())
    if premier == "restaurer":
        assert isinstance(refus, Conflit)
        assert vivants == (1, 1)
    else:
        assert isinstance(refus, Conflit | Client.DoesNotExist)
        assert vivants == (0, 0)


def test_two_restores_of_two_rows_of_one_batch_do_not_block_each_other():
    chantiers = [creer_chantier()]
    chantiers.append(creer_chantier(client=chantiers[0].client))
    client = chantiers[0].client
    supprimer(client, par=PAR)

    resultats = en_parallele(
        lambda: restaurer(Client.tous.get(pk=client.pk), par=PAR),
        lambda: restaurer(Chantier.tous.get(pk=chantiers[0].pk), par=PAR),
        lambda: restaurer(Chantier.tous.get(pk=chantiers[1].pk), par=PAR),
    )

    faits = [r for r in resultats if not isinstance(r, Exception)]
    assert faits == [{"clients.client": 1, "chantiers.chantier": 2}], resultats
    assert all(isinstance(r, Conflit) for r in resultats if r not in faits)


def test_a_code_taken_while_a_restore_waits_is_said():
    client = creer_client(code="C0042")
    supprimer(client, par=PAR)

    nouveau, refus = pendant(
        lambda: creer_client(code="C0042"),
        lambda: restaurer(Client.tous.get(pk=client.pk), par=PAR),
    )

    assert isinstance(refus, Conflit), refus
    assert (refus.code, refus.message) == (
        "place_prise",
        "La place est prise : Ce code client est déjà pris.",
    )
    assert [c.pk for c in Client.objects.all()] == [nouveau.pk]


def test_a_code_given_while_a_restore_is_under_way_is_refused():
    client = creer_client(code="C0042")
    supprimer(client, par=PAR)

    _, refus = pendant(
        lambda: restaurer(Client.tous.get(pk=client.pk), par=PAR),
        lambda: creer_client(code="C0042"),
    )

    assert isinstance(refus, Conflit)
    assert [c.pk for c in Client.objects.all()] == [client.pk]


def test_two_purges_of_one_batch():
    lot = jeter(creer_client())
    vieillir(lot)
    travail = lambda: purger(lot, par=PAR, a=timezone.now())  # noqa: E731

    refus = un_gagnant(en_parallele(travail, travail))

    assert refus.code == "purge"
    assert not Client.tous.exists()


def test_an_erasure_and_an_invoice_under_way():
    client = creer_client()
    brouillon = creer_brouillon(client=client)

    _, refus = pendant(
        lambda: emettre_facture(brouillon, par=PAR),
        lambda: effacer(Client.objects.get(pk=client.pk), confirmation=client.code, par=PAR),
    )

    assert isinstance(refus, Conflit)
    assert Client.objects.get().anonymise_le is None


def test_an_error_in_the_middle_leaves_nothing_half_done():
    chantier = creer_chantier()
    with connection.cursor() as curseur:
        curseur.execute(
            "CREATE FUNCTION panne() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'disque plein'; END $$;"
            "CREATE TRIGGER panne BEFORE UPDATE ON chantiers_chantier "
            "FOR EACH ROW EXECUTE FUNCTION panne()"
        )

    [panne] = en_parallele(lambda: supprimer(chantier.client, par=PAR))

    assert "disque plein" in str(panne)
    assert (Client.objects.count(), Lot.objects.count()) == (1, 0)


@pytest.mark.parametrize("premier", ["effacer", "restaurer"])
def test_an_erasure_and_a_restore_do_not_wait_in_a_circle(premier):
    client = creer_chantier().client
    jeter(client)

    def oublier():
        return effacer(Client.tous.get(pk=client.pk), confirmation=client.code, par=PAR)

    def ramener():
        return restaurer(Client.tous.get(pk=client.pk), par=PAR)

    travaux = (oublier, ramener) if premier == "effacer" else (ramener, oublier)
    _, second = pendant(*travaux)

    if premier == "effacer":
        assert isinstance(second, Conflit), second
        assert not Client.objects.exists()
    else:  # restored, then erased: one batch after the other
        assert not isinstance(second, Exception), second
    assert Client.tous.get().anonymise_le is not None
