"""Use cases of quotes: prepared, finalised, sent, decided, expired, invoiced."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from artjardin.audit.models import Entree, Execution
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.softdelete.services import restaurer, supprimer
from artjardin.storage.models import Document
from clients.models import Client
from clients.services import modifier_client
from facturation.models import Compteur, Devis, Facture, Prestation
from facturation.services import (
    accepter_devis,
    envoyer_devis,
    expirer_devis,
    facturer_devis,
    finaliser_devis,
    modifier_devis,
    modifier_entreprise,
    preparer_devis,
    refuser_devis,
)
from facturation.tasks import expirer_les_devis
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    ligne,
    ligne_reduite,
)

pytestmark = pytest.mark.django_db
Statut = Devis.Statut


def etat():
    """What a refusal must leave alone."""
    return (
        list(Devis.tous.order_by("pk").values()),
        list(Facture.tous.order_by("pk").values()),
        list(Compteur.objects.values()),
        Entree.objects.count(),
        Document.objects.count(),
        Courriel.objects.count(),
    )


def refuse(code, travail, genre=Conflit):
    avant = etat()
    with pytest.raises(genre) as refus:
        travail()
    assert refus.value.code == code
    assert etat() == avant
    return refus.value


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_finalising_numbers_freezes_and_promises_the_pdf():
    client = creer_client(nom="Lemaire", prenom="Anne")

    devis = creer_devis_finalise(client=client, duree_validite=15)

    assert (devis.statut, devis.numero) == (Statut.FINALISE, "DEV-2026-0001")
    assert (devis.date, devis.valide_jusqu_au) == (date(2026, 6, 10), date(2026, 6, 25))
    assert (devis.total_ht, devis.total_tva, devis.total_ttc) == (100, 20, 120)
    assert devis.destinataire["nom"] == "Mme Anne Lemaire"
    assert devis.emetteur["nom"] == "Art & Jardin"
    document = Document.objects.get()
    assert (document.type, document.cle) == ("devis", "2026/06/devis/DEV-2026-0001.pdf")
    assert (document.client_ref, document.est_produit) == (client.pk, False)


def test_a_snapshot_survives_changes_of_client_and_firm():
    client = creer_client(ville="Angers")
    devis = creer_devis_finalise(client=client)

    modifier_client(client, par=ROBOT, ville="Trélazé")
    modifier_entreprise(par=ROBOT, nom="Autre nom")

    devis.refresh_from_db()
    assert devis.destinataire["ville"] == "Angers"
    assert devis.emetteur["nom"] == "Art & Jardin"


def test_lines_take_their_order_and_their_net():
    prestation = Prestation.objects.get(code="TONTE")
    lignes = [
        ligne(quantite=Decimal("3.5"), prix_unitaire=Decimal("12.345"), prestation=prestation),
        ligne_reduite(remise=Decimal(50)),
    ]

    devis = creer_devis(lignes=lignes)

    nets = list(devis.lignes.values_list("rang", "total_ht"))
    assert nets == [(1, Decimal("43.21")), (2, Decimal("50.00"))]
    assert (devis.total_ht, devis.total_tva) == (Decimal("93.21"), Decimal("13.64"))


def test_a_change_replaces_the_lines_and_is_journaled_before_and_after(auteur):
    devis = creer_devis()

    modifier_devis(devis, par=auteur, objet="Élagage", lignes=[ligne(quantite=Decimal(3))])

    devis.refresh_from_db()
    assert (devis.objet, devis.total_ttc, devis.lignes.count()) == ("Élagage", 360, 1)
    entree = Entree.objects.get(action="devis.modifie")
    assert (entree.avant["objet"], entree.apres["objet"]) == ("Taille de la haie", "Élagage")
    assert (entree.avant["total_ttc"], entree.apres["total_ttc"]) == ("120.00", "360.00")
    assert (entree.acteur_nom, entree.adresse) == ("Claire Moreau", "192.0.2.7")


def test_a_change_without_lines_keeps_them():
    devis = creer_devis()

    modifier_devis(devis, par=ROBOT, objet="Autre")

    assert devis.lignes.count() == 1


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"quantite": Decimal(-1)}, "quantite"),
        ({"quantite": Decimal(0)}, "quantite"),
        ({"quantite": Decimal("NaN")}, "quantite"),
        ({"quantite": Decimal("Infinity")}, "quantite"),
        ({"prix_unitaire": Decimal("-0.01")}, "prix_unitaire"),
        ({"remise": Decimal("100.01")}, "remise"),
        ({"remise": Decimal(-1)}, "remise"),
        ({"taux_tva": Decimal("21.00")}, "taux_tva"),
        ({"designation": ""}, "designation"),
        ({"unite": "brouette"}, "unite"),
    ],
)
def test_a_faulty_line_is_refused_by_rank_and_field(champs, champ):
    client = creer_client()

    erreur = refuse(
        "invalide", lambda: creer_devis(client=client, lignes=[ligne(), ligne(**champs)]), Invalide
    )

    assert list(erreur.champs) == [f"lignes.1.{champ}"]


def test_lines_whose_sum_is_beyond_what_a_document_holds_are_refused():
    client, grosse = creer_client(), ligne(quantite=Decimal(60), prix_unitaire=Decimal(99_999_999))

    erreur = refuse("invalide", lambda: creer_devis(client=client, lignes=[grosse] * 2), Invalide)

    assert list(erreur.champs) == ["lignes"]


def test_a_line_beyond_what_a_document_holds_is_refused():
    client, enorme = creer_client(), ligne(quantite=Decimal(99_999_999), prix_unitaire=Decimal(999))

    erreur = refuse("invalide", lambda: creer_devis(client=client, lignes=[enorme]), Invalide)

    assert list(erreur.champs) == ["lignes.0.prix_unitaire"]


def test_the_site_of_another_client_is_refused():
    client, chantier = creer_client(), creer_chantier()

    erreur = refuse(
        "invalide", lambda: creer_devis(client=client, chantier=chantier), genre=Invalide
    )

    assert list(erreur.champs) == ["chantier"]


def test_a_client_or_site_in_the_trash_is_refused():
    chantier = creer_chantier()
    supprimer(chantier, par=ROBOT)
    chantier.refresh_from_db()
    perdu = creer_client()
    supprimer(perdu, par=ROBOT)

    refuse("chantier_supprime", lambda: creer_devis(client=chantier.client, chantier=chantier))
    refuse("client_supprime", lambda: creer_devis(client=Client.tous.get(pk=perdu.pk)))


def test_a_copy_read_before_the_client_went_to_the_trash_does_not_pass():
    client = creer_client()
    supprimer(Client.objects.get(pk=client.pk), par=ROBOT)

    refuse("client_supprime", lambda: creer_devis(client=client))


def test_an_empty_devis_is_not_finalised():
    devis = creer_devis(lignes=[])

    refuse("document_vide", lambda: finaliser_devis(devis, par=ROBOT))


def test_a_finalised_devis_is_neither_changed_nor_finalised_again():
    devis = creer_devis()
    finaliser_devis(devis, par=ROBOT)  # `devis` itself stays a stale draft

    refuse("document_fige", lambda: modifier_devis(devis, par=ROBOT, objet="Autre"))
    refuse("document_fige", lambda: modifier_devis(devis, par=ROBOT, lignes=[]))
    refuse("document_fige", lambda: finaliser_devis(devis, par=ROBOT))


def test_sending_promises_the_mail_with_the_pdf(auteur):
    client = creer_client(email="anne@example.org")
    devis = creer_devis_finalise(client=client)

    courriel = envoyer_devis(devis, par=auteur)

    devis.refresh_from_db()
    assert (devis.statut, courriel.statut) == (Statut.ENVOYE, "en_attente")
    assert (courriel.a, courriel.type) == (["anne@example.org"], "devis")
    assert courriel.bcc == ["archives@art-jardin.example"]
    assert devis.numero in courriel.objet
    assert [piece.document.nom for piece in courriel.pieces.all()] == [f"{devis.numero}.pdf"]


def test_a_draft_or_a_client_without_email_is_not_sent():
    sans_email = creer_devis_finalise(client=creer_client(email=""))
    brouillon = creer_devis()

    refuse("sans_email", lambda: envoyer_devis(sans_email, par=ROBOT))
    refuse("transition_refusee", lambda: envoyer_devis(brouillon, par=ROBOT))


@pytest.mark.parametrize(
    ("decider", "statut"),
    [
        (lambda devis: accepter_devis(devis, par=ROBOT), Statut.ACCEPTE),
        (lambda devis: refuser_devis(devis, motif="trop cher", par=ROBOT), Statut.REFUSE),
    ],
)
@pytest.mark.parametrize("envoye", [True, False])
def test_a_decision_is_taken_once_even_with_a_stale_copy(decider, statut, envoye):
    devis = creer_devis_finalise()
    if envoye:
        envoyer_devis(devis, par=ROBOT)

    decide = decider(devis)

    assert (decide.statut, decide.decide_le is not None) == (statut, True)
    refuse("transition_refusee", lambda: accepter_devis(devis, par=ROBOT))
    refuse("transition_refusee", lambda: refuser_devis(devis, motif="non", par=ROBOT))
    refuse("transition_refusee", lambda: envoyer_devis(devis, par=ROBOT))


def test_the_reason_of_a_refusal_is_kept():
    devis = refuser_devis(creer_devis_finalise(), motif="trop cher", par=ROBOT)

    assert devis.motif_refus == "trop cher"
    assert Entree.objects.get(action="devis.refuse").details == {"motif": "trop cher"}


@pytest.mark.parametrize("decider", [accepter_devis, finaliser_devis])
def test_a_draft_is_not_decided(decider):
    devis = creer_devis(lignes=[])

    code = "transition_refusee" if decider is accepter_devis else "document_vide"
    refuse(code, lambda: decider(devis, par=ROBOT))


def test_a_devis_can_be_accepted_until_midnight_in_paris_of_its_last_day():
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False):
        a_temps, trop_tard = creer_devis_finalise(), creer_devis_finalise()

    with time_machine.travel("2026-07-01T21:59:59+00:00", tick=False):
        assert accepter_devis(a_temps, par=ROBOT).statut == Statut.ACCEPTE
    with time_machine.travel("2026-07-01T22:00:00+00:00", tick=False):
        refuse("devis_perime", lambda: accepter_devis(trop_tard, par=ROBOT))


def test_expiry_takes_the_unanswered_ones_past_their_last_day():
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False):
        finalise, envoye, accepte = (creer_devis_finalise() for _ in range(3))
        envoyer_devis(envoye, par=ROBOT)
        accepter_devis(accepte, par=ROBOT)
        brouillon = creer_devis()

    assert expirer_devis(au=date(2026, 7, 1)) == 0
    assert expirer_devis(au=date(2026, 7, 2)) == 2
    assert expirer_devis(au=date(2026, 7, 2)) == 0

    for devis, statut in (
        (finalise, Statut.EXPIRE),
        (envoye, Statut.EXPIRE),
        (accepte, Statut.ACCEPTE),
        (brouillon, Statut.BROUILLON),
    ):
        devis.refresh_from_db()
        assert devis.statut == statut
    assert set(Entree.objects.filter(action="devis.expire").values_list("acteur_nom")) == {
        ("système (expiration des devis)",)
    }


def test_the_nightly_expiry_leaves_a_trace_with_its_count():
    creer_devis_finalise(le=date(2026, 1, 1))

    with time_machine.travel("2026-07-02T04:00:00+02:00", tick=False):
        expirer_les_devis()

    execution = Execution.objects.get(tache="devis.expiration")
    assert (execution.resultat, execution.compteurs) == ("reussi", {"expires": 1})


def test_billing_copies_the_accepted_devis_line_for_line():
    chantier = creer_chantier()
    devis = creer_devis_accepte(
        client=chantier.client,
        chantier=chantier,
        lignes=[ligne(remise=Decimal(10)), ligne_reduite(taux_tva=Decimal("5.50"))],
    )

    facture = facturer_devis(devis, par=ROBOT)

    assert (facture.statut, facture.numero, facture.devis) == ("brouillon", None, devis)
    assert (facture.client, facture.chantier, facture.objet) == (
        devis.client, chantier, devis.objet,
    )  # fmt: skip
    assert facture.total_ttc == devis.total_ttc
    champs = [
        "rang", "designation", "quantite", "prix_unitaire", "remise", "taux_tva",
        "justification_tva", "total_ht",
    ]  # fmt: skip
    assert list(facture.lignes.values(*champs)) == list(devis.lignes.values(*champs))


def test_a_devis_is_billed_once():
    devis = creer_devis_accepte()
    facturer_devis(devis, par=ROBOT)

    refuse("devis_deja_facture", lambda: facturer_devis(devis, par=ROBOT))


def test_a_devis_is_billed_again_once_its_draft_is_in_the_trash_for_good():
    devis = creer_devis_accepte()
    premiere = facturer_devis(devis, par=ROBOT)
    supprimer(premiere, par=ROBOT)
    seconde = facturer_devis(devis, par=ROBOT)

    refuse("place_prise", lambda: restaurer(premiere, par=ROBOT))

    assert devis.factures.get() == seconde


@pytest.mark.parametrize("creer", [creer_devis, creer_devis_finalise])
def test_only_an_accepted_devis_is_billed(creer):
    devis = creer()

    refuse("devis_non_accepte", lambda: facturer_devis(devis, par=ROBOT))


def test_an_accepted_devis_does_not_go_to_the_trash():
    devis = creer_devis_accepte()

    refuse("suppression_refusee", lambda: supprimer(devis, par=ROBOT))


def test_a_devis_in_the_trash_is_worked_on_no_more():
    devis = creer_devis_finalise()
    supprimer(Devis.objects.get(pk=devis.pk), par=ROBOT)

    refuse("supprime", lambda: accepter_devis(devis, par=ROBOT))
    refuse("supprime", lambda: envoyer_devis(devis, par=ROBOT))


def test_the_journal_follows_the_fate_of_the_work():
    client = creer_client()
    avant = Entree.objects.count()

    with pytest.raises(Invalide):
        preparer_devis(par=ROBOT, client=client, objet="x", lignes=[ligne(quantite=Decimal(-1))])

    assert Entree.objects.count() == avant
    assert not Devis.objects.exists()


def test_validity_counts_calendar_days_across_the_change_of_hour():
    devis = creer_devis_finalise(le=date(2026, 3, 20))

    assert devis.valide_jusqu_au == date(2026, 4, 19)
