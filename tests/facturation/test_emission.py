"""Issue: what must be there, the due date within the law, the mentions, the retention."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from clients.services import modifier_client
from facturation.models import Entreprise, Mention, Retenue
from facturation.services import (
    emettre_facture,
    enregistrer_mention,
    faire_un_avoir,
    modifier_entreprise,
    modifier_facture,
    receptionner_les_travaux,
)
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis_accepte,
    creer_facture,
    creer_professionnel,
    facturer,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
    solde,
)

pytestmark = pytest.mark.django_db
JOUR = date(2026, 6, 10)


def a_midi(jour):
    return time_machine.travel(f"{jour}T12:00:00+02:00", tick=False)


def codes(document):
    return [mention["code"] for mention in document.mentions]


@pytest.mark.parametrize(
    "champ", ["forme", "rcs", "siret", "adresse", "code_postal", "ville", "tva_intracom", "nom"]
)
def test_a_firm_without_its_identity_issues_nothing(champ):
    Entreprise.objects.update(**{champ: ""})
    brouillon = creer_brouillon()

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == [f"entreprise.{champ}"]


def test_all_that_is_missing_is_said_at_once():
    Entreprise.objects.update(forme="", rcs="", siret="", mediateur="")
    brouillon = creer_brouillon(client=creer_client(adresse="", ville=""))

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert set(erreur.champs) == {
        "entreprise.forme", "entreprise.rcs", "entreprise.siret", "entreprise.mediateur",
        "client.adresse", "client.ville",
    }  # fmt: skip
    assert all(phrase in erreur.message for phrases in erreur.champs.values() for phrase in phrases)


def test_an_individual_firm_has_no_register_number():
    modifier_entreprise(par=ROBOT, forme="EI", rcs="")

    assert creer_facture().statut == "emise"


def test_only_consumers_have_a_mediator():
    modifier_entreprise(par=ROBOT, mediateur="")
    brouillon = creer_brouillon()

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == ["entreprise.mediateur"]
    assert creer_facture(client=creer_professionnel()).statut == "emise"


@pytest.mark.parametrize(("champ", "drapeau"), [("assurance", "decennale"), ("sap", "sap")])
def test_a_line_may_ask_more_of_the_firm(champ, drapeau):
    modifier_entreprise(par=ROBOT, **{champ: ""})
    brouillon = creer_brouillon(lignes=[ligne(), ligne(**{drapeau: True})])

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == [f"entreprise.{champ}"]


def test_a_professional_without_siret_is_not_invoiced():
    client = creer_professionnel(siret="")
    brouillon = creer_brouillon(client=client)

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == ["client.siret"]
    modifier_client(client, par=ROBOT, siret="73282932000074")
    assert emettre_facture(brouillon, par=ROBOT).destinataire["siret"] == "73282932000074"


def test_a_rate_of_zero_has_its_reason():
    nulle = [ligne(taux_tva=Decimal(0))]
    sans_motif = creer_brouillon(lignes=nulle)
    franchise = creer_brouillon(lignes=nulle, exoneration="franchise")
    taxee = creer_brouillon(exoneration="autoliquidation")

    for brouillon in (sans_motif, franchise, taxee):
        erreur = refuse("document_incomplet", lambda b=brouillon: emettre_facture(b, par=ROBOT))
        assert "exoneration" in erreur.champs

    modifier_entreprise(par=ROBOT, franchise=True)
    assert codes(emettre_facture(franchise, par=ROBOT)) == ["franchise", "mediateur"]


def test_a_firm_in_franchise_charges_no_vat():
    modifier_entreprise(par=ROBOT, franchise=True)
    brouillon = creer_brouillon()

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == ["lignes"]


def test_vat_due_by_the_client_needs_its_number():
    lignes, exoneration = [ligne(taux_tva=Decimal(0))], "autoliquidation"
    client = creer_professionnel(tva_intracom="")
    brouillon = creer_brouillon(client=client, lignes=lignes, exoneration=exoneration)
    particulier = creer_brouillon(lignes=lignes, exoneration=exoneration)

    sans_numero = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))
    assert list(sans_numero.champs) == ["client.tva_intracom"]
    refuse("document_incomplet", lambda: emettre_facture(particulier, par=ROBOT))

    modifier_client(client, par=ROBOT, tva_intracom="FR44732829320")
    assert codes(emettre_facture(brouillon, par=ROBOT))[0] == "autoliquidation"


# 60 days; at the end of the month, 45 days counted before or after it when that is later
LIMITES = [
    (date(2026, 1, 31), False, date(2026, 4, 1)),
    (date(2026, 6, 10), False, date(2026, 8, 9)),
    (date(2026, 1, 31), True, date(2026, 4, 1)),  # 60 days are later than 31 March
    (date(2026, 6, 25), True, date(2026, 8, 31)),  # 9 August, then the end of that month
    (date(2026, 6, 10), True, date(2026, 8, 14)),  # 30 June, then 45 days
]


@pytest.mark.parametrize(("le", "fin_de_mois", "limite"), LIMITES)
def test_between_professionals_the_due_date_has_a_limit(le, fin_de_mois, limite):
    client = creer_professionnel(fin_de_mois=fin_de_mois)
    with a_midi(le):
        a_la_limite = creer_brouillon(client=client, echeance=limite)
        au_dela = creer_brouillon(client=client, echeance=limite + timedelta(days=1))

        erreur = refuse("invalide", lambda: emettre_facture(au_dela, par=ROBOT), Invalide)
        assert list(erreur.champs) == ["echeance"]
        assert emettre_facture(a_la_limite, par=ROBOT).echeance == limite


def test_the_terms_of_a_professional_are_under_the_same_limit():
    client = creer_professionnel(delai_jours=90)
    brouillon = creer_brouillon(client=client)

    refuse("invalide", lambda: emettre_facture(brouillon, par=ROBOT), Invalide)


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_others_may_be_given_more_time(genre):
    dans_six_mois = timezone.localdate() + timedelta(days=180)
    client = creer_client(type=genre, raison_sociale="Résidence des Essais")

    assert creer_facture(client=client, echeance=dans_six_mois).echeance == dans_six_mois


def test_a_syndic_treated_as_a_professional_has_the_same_limit():
    syndic = creer_client(type="syndic", raison_sociale="Résidence des Essais")
    brouillon = creer_brouillon(client=syndic, echeance=timezone.localdate() + timedelta(days=100))
    modifier_entreprise(par=ROBOT, syndic_consommateur=False)

    refuse("invalide", lambda: emettre_facture(brouillon, par=ROBOT), Invalide)


B2B = ["escompte", "penalites", "indemnite"]


def test_the_mentions_are_those_of_the_kind_of_client():
    syndic = creer_client(type="syndic", raison_sociale="Résidence des Essais")

    assert codes(creer_facture()) == ["mediateur"]
    assert codes(creer_facture(client=creer_professionnel())) == B2B
    assert codes(creer_facture(client=syndic)) == ["mediateur"]
    modifier_entreprise(par=ROBOT, syndic_consommateur=False)
    assert codes(creer_facture(client=syndic)) == B2B


def test_the_lines_bring_their_mentions():
    modifier_entreprise(par=ROBOT, sap="SAP732829320 du 3 mars 2025", tva_debits=True)
    lignes = [ligne_reduite(), ligne_reduite(taux_tva=Decimal("5.50")), ligne(decennale=True),
              ligne(sap=True)]  # fmt: skip

    particulier = creer_facture(lignes=lignes)
    professionnel = creer_facture(client=creer_professionnel(), lignes=lignes)

    communes = ["debits", "tva_10", "tva_5_5", "decennale"]
    assert codes(particulier) == [*communes, "sap", "mediateur"]
    assert codes(professionnel) == [*communes, *B2B]
    textes = {mention["code"]: mention["texte"] for mention in particulier.mentions}
    assert "SAP732829320" in textes["sap"]
    assert "Mutuelle des Essais" in textes["decennale"]
    assert "Médiation des Essais" in textes["mediateur"]


def test_a_credit_note_has_few_mentions():
    lignes = [ligne_reduite(), ligne(decennale=True)]
    facture = creer_facture(client=creer_professionnel(), lignes=lignes)

    avoir = emettre_facture(faire_un_avoir(facture, motif="x", par=ROBOT), par=ROBOT)

    assert codes(avoir) == []


def test_the_text_of_a_mention_is_that_of_the_day_of_issue():
    facture = creer_facture()
    avant = facture.mentions
    mention = Mention.objects.get(code="mediateur")
    mention.texte = "Médiateur : {mediateur}."
    enregistrer_mention(mention, par=ROBOT)

    suivante = creer_facture()

    facture.refresh_from_db()
    assert facture.mentions == avant
    assert suivante.mentions[0]["texte"] == (
        "Médiateur : Médiation des Essais, 3 rue des Arbitres, 49000 Angers."
    )


def test_penalties_cannot_be_silenced_between_professionals():
    Mention.objects.filter(code="penalites").update(active=False)
    brouillon = creer_brouillon(client=creer_professionnel())

    erreur = refuse("document_incomplet", lambda: emettre_facture(brouillon, par=ROBOT))

    assert list(erreur.champs) == ["mentions"]


@pytest.mark.parametrize("taux", ["5.01", "-0.01", "100"])
def test_a_retention_stops_at_five_percent(taux):
    brouillon = creer_brouillon()

    refuse(
        "invalide",
        lambda: modifier_facture(brouillon, par=ROBOT, retenue_taux=Decimal(taux)),
        Invalide,
    )


def test_a_retention_is_a_receivable_not_a_discount():
    facture = creer_facture(
        lignes=[ligne(prix_unitaire=Decimal("1000.10"))], retenue_taux=Decimal(5)
    )

    retenue = Retenue.objects.get()
    assert (retenue.facture, retenue.montant) == (facture, Decimal("60.01"))
    assert (retenue.reception_le, retenue.echeance) == (None, None)
    assert solde(facture) == facture.total_ttc == Decimal("1200.12")


@pytest.mark.parametrize("genre", ["facture", "situation", "solde"])
def test_parts_of_the_works_may_keep_a_retention(genre):
    devis = creer_devis_accepte()

    facturer_et_emettre(devis, type=genre, pourcentage=Decimal(50), retenue_taux=Decimal(3))

    assert Retenue.objects.get().facture.type == genre


def test_neither_a_deposit_nor_a_credit_note_keeps_a_retention():
    acompte = facturer(
        creer_devis_accepte(), type="acompte", pourcentage=Decimal(30), retenue_taux=Decimal(5)
    )
    avoir = faire_un_avoir(creer_facture(), motif="x", par=ROBOT)
    modifier_facture(avoir, par=ROBOT, retenue_taux=Decimal(5))

    for brouillon in (acompte, avoir):
        erreur = refuse("invalide", lambda b=brouillon: emettre_facture(b, par=ROBOT), Invalide)
        assert list(erreur.champs) == ["retenue_taux"]


def test_what_is_retained_is_due_a_year_after_the_works_are_accepted():
    with a_midi(JOUR):
        facture = creer_facture(retenue_taux=Decimal(5))
        retenue = receptionner_les_travaux(facture, le=date(2026, 6, 9), par=ROBOT)

    assert (retenue.reception_le, retenue.echeance) == (date(2026, 6, 9), date(2027, 6, 9))
    entree = Entree.objects.get(action="facture.reception")
    assert (entree.avant["echeance"], entree.apres["echeance"]) == (None, "2027-06-09")


@pytest.mark.parametrize(
    ("le", "permis"),
    [("2025-06-10", True), ("2025-06-09", False), ("2026-06-10", True), ("2026-06-11", False)],
)
def test_works_are_accepted_neither_ahead_nor_long_before(le, permis):
    with a_midi(JOUR):
        facture = creer_facture(retenue_taux=Decimal(5))
        jour = date.fromisoformat(le)
        if permis:
            assert receptionner_les_travaux(facture, le=jour, par=ROBOT).reception_le == jour
        else:
            refuse(
                "invalide", lambda: receptionner_les_travaux(facture, le=jour, par=ROBOT), Invalide
            )


def test_without_retention_nothing_is_accepted():
    facture = creer_facture()

    refuse("sans_retenue", lambda: receptionner_les_travaux(facture, le=facture.date, par=ROBOT))
