"""The table of automatic mails: who is told of each event, in copy to whom, with what attached."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import lever_le_rebond
from clients.models import Client
from facturation import services
from facturation.models import Evenement, Facture
from facturation.services.annonces import copies, reglage
from facturation.services.evenements import regler_envoi
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse as refuser_par
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis,
    creer_devis_finalise,
    creer_facture,
    ligne,
    payer,
)

pytestmark = pytest.mark.django_db
ENTREPRISE = "bureau@essais.example"
DEFAUTS = {
    "devis_cree": "entreprise",
    "devis_finalise": "les_deux",
    "devis_envoye": "les_deux",
    "devis_accepte": "les_deux",
    "devis_refuse": "les_deux",
    "devis_expire": "entreprise",
    "facture_emise": "les_deux",
    "facture_payee": "les_deux",
    "avoir_emis": "les_deux",
}


def finalise():
    devis = creer_devis()
    return lambda: services.finaliser_devis(devis, par=ROBOT)


def envoye():
    devis = creer_devis_finalise()
    return lambda: services.envoyer_devis(devis, par=ROBOT)


def accepte():
    devis = creer_devis_finalise()
    return lambda: services.accepter_devis(devis, par=ROBOT)


def refuse():
    devis = creer_devis_finalise()
    return lambda: services.refuser_devis(devis, motif="Trop cher", par=ROBOT)


def expire():
    creer_devis_finalise()
    return lambda: services.expirer_devis(au=timezone.localdate() + timedelta(days=31))


def emise():
    brouillon = creer_brouillon()
    return lambda: services.emettre_facture(brouillon, par=ROBOT)


def payee():
    facture = creer_facture()
    return lambda: payer(facture, "120.00")


def avoir():
    facture = creer_facture()
    return lambda: crediter(facture)


FAITS = {
    "devis_cree": lambda: creer_devis,
    "devis_finalise": finalise,
    "devis_envoye": envoye,
    "devis_accepte": accepte,
    "devis_refuse": refuse,
    "devis_expire": expire,
    "facture_emise": emise,
    "facture_payee": payee,
    "avoir_emis": avoir,
}
# What a person asks for is sent whatever the table says
DEMANDES = {"devis_envoye"}
SANS_CLIENT = {"devis_cree"}


def rebondir(adresse):
    Rebond.objects.create(
        adresse=adresse.lower(), definitif=True, source=Rebond.Source.IMAP, clef="r1"
    )


def jointes(courriel):
    return set(courriel.pieces.values_list("document", flat=True))


def mettre(code, vers, **champs):
    Evenement.objects.filter(pk=code).update(vers=vers, **champs)


def produits(code, vers):
    """The mails of an event told to `vers`, the others being silent."""
    agir = FAITS[code]()
    mettre(code, vers)
    agir()
    courriels = Courriel.objects.order_by("pk")
    return [c for c in courriels if c.type != "interne"], [
        c for c in courriels if c.type == "interne"
    ]


def test_the_table_starts_with_what_the_firm_asked_for(envois):
    assert envois == DEFAUTS | {"relance": "les_deux"}


@pytest.mark.parametrize("code", DEFAUTS)
def test_every_default_text_passes_its_own_check(code):
    reglage(code).full_clean()


@pytest.mark.parametrize(
    ("code", "vers"),
    [
        (code, vers)
        for code in DEFAUTS
        for vers in ("client", "entreprise", "les_deux", "aucun")
        if code not in SANS_CLIENT or vers in {"entreprise", "aucun"}  # the table refuses the rest
    ],
)
def test_each_event_is_told_to_whom_the_table_says(code, vers):
    au_client, internes = produits(code, vers)

    assert len(au_client) == (vers in {"client", "les_deux"} or code in DEMANDES)
    assert len(internes) == (vers in {"entreprise", "les_deux"})
    assert all(courriel.a == [ENTREPRISE] for courriel in internes)
    assert all(courriel.a != [ENTREPRISE] for courriel in au_client)


@pytest.mark.parametrize("vers", ["client", "les_deux"])
def test_a_draft_is_never_shown_to_the_client(vers):
    with pytest.raises(Invalide) as refus:
        regler_envoi("devis_cree", par=ROBOT, vers=vers)

    assert "vers" in refus.value.champs
    assert reglage("devis_cree").vers == "aucun"


@pytest.mark.parametrize("code", sorted(set(DEFAUTS) - SANS_CLIENT))
def test_the_firm_reads_who_it_is_about_and_what_went_to_the_client(code):
    [au_client], [interne] = produits(code, "les_deux")

    assert interne.objet.startswith("[Art & Jardin] ")
    assert f"Un message part au client, à {au_client.a[0]}." in interne.texte
    assert "Martin" in interne.objet
    assert interne.client_ref == (au_client.client_ref if interne.pieces.exists() else None)
    assert {p.document for p in interne.pieces.all()} == {
        p.document for p in au_client.pieces.all()
    }


@pytest.mark.parametrize("code", sorted(set(DEFAUTS) - SANS_CLIENT - DEMANDES))
def test_a_client_without_address_stops_nothing_and_the_firm_posts(code, monkeypatch):
    monkeypatch.setattr(
        "tests.facturation.factories.creer_client",
        lambda **champs: creer_client(email="", **champs),
    )

    au_client, [interne] = produits(code, "les_deux")

    assert au_client == []
    assert "pas d'adresse e-mail, à poster" in interne.texte


@pytest.mark.parametrize("code", sorted(set(DEFAUTS) - SANS_CLIENT - DEMANDES))
def test_an_address_that_bounced_for_good_gets_nothing_and_the_firm_posts(code):
    agir = FAITS[code]()
    mettre(code, "les_deux")
    rebondir(Client.objects.get().email)
    agir()

    interne = Courriel.objects.get()
    assert interne.type == "interne"
    assert "adresse en erreur, à poster" in interne.texte


def test_an_address_whose_bounce_was_lifted_gets_its_mail():
    brouillon = creer_brouillon()
    mettre("facture_emise", "client")
    rebondir(brouillon.client.email)
    lever_le_rebond(brouillon.client.email, par=ROBOT)

    services.emettre_facture(brouillon, par=ROBOT)

    assert Courriel.objects.get().a == [brouillon.client.email]


@pytest.mark.parametrize("code", ["devis_envoye", "facture_emise"])
def test_who_asks_for_a_mail_to_an_address_that_bounced_is_told(code):
    agir = FAITS[code]()
    if code == "facture_emise":
        brouillon = Facture.objects.get()
        agir = lambda: services.emettre_facture(brouillon, par=ROBOT, envoyer=True)  # noqa: E731
    rebondir(Client.objects.get().email)

    refuser_par("adresse_en_erreur", agir)

    assert not Courriel.objects.exists()


def test_the_address_is_asked_about_by_one_query():
    brouillon = creer_brouillon()
    mettre("facture_emise", "les_deux")

    with CaptureQueriesContext(connection) as vues:
        services.emettre_facture(brouillon, par=ROBOT)

    assert sum("outbox_rebond" in une["sql"] for une in vues) == 1


def test_a_document_never_leaves_without_its_number_and_its_pdf(envois):
    """Whatever happens to documents, each mail that carries one says its number and holds it."""
    for code, preparer in FAITS.items():
        mettre(code, envois[code])
        preparer()()
    payer(Facture.objects.emises().avec_solde().filter(solde__gt=0).first(), "120.00")

    porteurs = Courriel.objects.filter(type__in=["devis", "facture", "facture_payee"])

    assert {courriel.type for courriel in porteurs} == {"devis", "facture", "facture_payee"}
    for courriel in porteurs:
        [piece] = courriel.pieces.select_related("document")
        sujet = piece.document.objet_id
        assert (piece.document.objet_type, sujet) == (courriel.sujet_type, courriel.sujet_id)
        numero = piece.document.nom.removesuffix(".pdf").removesuffix("-acquittee")
        assert numero in courriel.objet
        assert numero in courriel.texte


def test_each_event_has_its_blind_copies_several_if_wanted():
    mettre("facture_emise", "les_deux", bcc=["a@essais.example", "b@essais.example"])

    creer_facture()

    facture = Courriel.objects.get(type="facture")
    assert facture.bcc == ["a@essais.example", "b@essais.example"]
    assert Courriel.objects.get(type="interne").bcc == []
    assert copies("facture_emise") == facture.bcc


def test_without_blind_copies_of_its_own_an_event_has_those_of_the_server(settings):
    settings.COURRIEL_BCC = ["archives@essais.example"]
    mettre("facture_emise", "client")

    creer_facture()

    assert Courriel.objects.get().bcc == ["archives@essais.example"]


def test_an_event_may_have_no_blind_copy_not_even_the_server_s(settings):
    settings.COURRIEL_BCC = ["archives@essais.example"]
    mettre("facture_emise", "client")
    regler_envoi("facture_emise", par=ROBOT, sans_copie=True)

    creer_facture()

    assert Courriel.objects.get().bcc == copies("facture_emise") == []


def test_no_copy_and_copies_is_refused():
    with pytest.raises(Invalide) as refus:
        regler_envoi("facture_emise", par=ROBOT, sans_copie=True, bcc=["a@essais.example"])

    assert "sans_copie" in refus.value.champs
    assert reglage("facture_emise").bcc == []


def test_the_firm_may_have_several_addresses_by_event():
    adresses = ["compta@essais.example", "claire@essais.example"]
    mettre("facture_emise", "entreprise", adresses=adresses)

    creer_facture()

    assert [courriel.a for courriel in Courriel.objects.order_by("pk")] == [[a] for a in adresses]


@pytest.mark.parametrize(
    ("champ", "texte"),
    [
        ("texte", "Bonjour {prenom},"),
        ("texte", "Voici {fiche} en une ligne"),
        ("texte", ""),
        ("objet", "Votre facture"),
        ("objet", "{numero} {fiche}"),
        ("objet_interne", "[Art & Jardin] {nimporte}"),
        ("texte_interne", "Une accolade } seule"),
        ("bcc", ["pas une adresse"]),
        ("adresses", [f"a{n}@essais.example" for n in range(11)]),
    ],
)
def test_a_text_that_could_not_be_filled_is_refused(champ, texte):
    avant = getattr(reglage("facture_emise"), champ)

    with pytest.raises(Invalide) as refus:
        regler_envoi("facture_emise", par=ROBOT, **{champ: texte})

    assert champ in refus.value.champs
    assert getattr(reglage("facture_emise"), champ) == avant


def test_the_words_of_the_office_are_what_the_client_reads():
    regler_envoi(
        "facture_emise",
        par=ROBOT,
        vers="client",
        objet="{numero} de {entreprise}",
        texte="Bonjour **{client}**,\n\nCi-joint {document}, {montant}.\n\n{reglement}",
    )

    facture = creer_facture(client=creer_client(nom="Le Gall & {numero}", prenom=""))

    courriel = Courriel.objects.get()
    assert courriel.objet == f"{facture.numero} de Art & Jardin"
    assert "Bonjour Mme Le Gall & {numero}," in courriel.texte
    assert "<strong>Mme Le Gall &amp; {numero}</strong>" in courriel.html


@pytest.mark.parametrize("envoyer", [None, True, False])
@pytest.mark.parametrize("vers", ["les_deux", "entreprise"])
def test_who_issues_may_decide_for_the_table(envoyer, vers):
    brouillon = creer_brouillon()
    mettre("facture_emise", vers)

    services.emettre_facture(brouillon, par=ROBOT, envoyer=envoyer)

    attendu = vers == "les_deux" if envoyer is None else envoyer
    assert Courriel.objects.filter(type="facture").count() == attendu
    interne = Courriel.objects.get(type="interne")
    assert ("Un message part au client" in interne.texte) == attendu


def test_what_is_undone_tells_nobody(envois):
    brouillon = creer_brouillon(client=creer_client(email=""))

    with pytest.raises(Conflit):
        services.emettre_facture(brouillon, par=ROBOT, envoyer=True)

    assert not Courriel.objects.exists()


def test_a_firm_without_address_is_told_where_it_writes_from(settings):
    settings.COURRIEL_EXPEDITEUR = "Art & Jardin <de@essais.example>"
    services.modifier_entreprise(par=ROBOT, email="")
    mettre("facture_emise", "entreprise")

    creer_facture()

    assert Courriel.objects.get().a == ["de@essais.example"]


def test_an_issue_told_to_nobody_costs_one_query_more():
    brouillon = creer_brouillon()

    with CaptureQueriesContext(connection) as vues:
        services.emettre_facture(brouillon, par=ROBOT, envoyer=False)

    assert sum("facturation_evenement" in une["sql"] for une in vues) == 1
    assert not any("outbox_courriel" in une["sql"] for une in vues)


def test_the_amount_told_of_an_agreement_is_that_of_the_options_chosen():
    lignes = [ligne(), ligne(designation="Bordure en acier", option=True), ligne(option=True)]
    devis = creer_devis_finalise(lignes=lignes)
    mettre("devis_accepte", "client")

    services.accepter_devis(devis, options=[devis.lignes.all()[1].pk], par=ROBOT)

    texte = Courriel.objects.get().texte.replace("\N{NO-BREAK SPACE}", " ")
    assert "240,00 € TTC" in texte
    assert "Option retenue : Bordure en acier." in texte
    assert Decimal(devis.total_ttc) == Decimal("120.00")
