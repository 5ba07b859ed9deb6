"""What becomes of a reminder once promised: refused, uncertain, redone, resent, posted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from artjardin.outbox.avis import Avis
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import constater, envoyer_les_courriels
from artjardin.outbox.services.rebonds import lever_le_rebond, noter_le_rebond
from artjardin.storage.services import produire_les_promis
from clients.services import modifier_client
from relances.models import Niveau, Relance
from relances.plan import planifier
from relances.services import (
    annuler_courriel,
    enregistrer_niveau,
    marquer_postee,
    modifier_reglages,
    relancer,
    renvoyer_courriel,
)
from tests.artjardin.serveurs import COUPER, serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.relances.factories import PAR, facture_due, niveau

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


@pytest.fixture
def smtp(settings):
    """A server that accepts, until told otherwise by `smtp.script`."""
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        yield serveur


def due(client=None, *, retard: int = 40):
    return facture_due(client or creer_client(), retard=retard, au=JOUR)


def envoyer() -> None:
    produire_les_promis()
    envoyer_les_courriels()


def relances_de(courriels=Courriel.objects) -> list[tuple[str, str]]:
    return list(courriels.filter(type="relance").order_by("pk").values_list("a__0", "statut"))


def motifs(*, au: date = JOUR) -> dict[str, int]:
    return dict(planifier(au=au).motifs)


def rebondir(adresse: str, *, definitif: bool = True) -> None:
    avis = Avis(adresse=adresse, definitif=definitif, code="5.1.1", diagnostic="?", clef=adresse)
    noter_le_rebond(avis, source="webhook")


def en_deux_fois() -> None:
    """The first level by mail and by letter."""
    enregistrer_niveau(niveau(30), canal=Niveau.Canal.LES_DEUX, par=PAR)


def test_a_refused_mail_holds_the_next_levels_with_its_reason(smtp):
    """invoiceninja#9311: marked as sent though it failed."""
    due(retard=70)
    smtp.script["fin"] = "554 non"
    relancer(jour=JOUR, par=PAR)
    envoyer()

    assert Relance.objects.get().courriel.statut == "echec"
    assert motifs(au=JOUR + timedelta(days=8)) == {"envoi-en-echec": 1}


def test_resent_over_http_it_goes_on(smtp, http, time_machine_a):
    due(retard=70)
    smtp.script["fin"] = ["554 non"]
    relancer(jour=JOUR, par=PAR)
    envoyer()

    reponse = http.post(f"/api/v1/courriels/{Courriel.objects.get(type='relance').pk}/renvoyer/")
    envoyer()

    assert reponse.status_code == 201
    assert Relance.objects.get().courriel.statut == "envoye"
    assert motifs(au=JOUR + timedelta(days=6)) == {"delai-minimum": 1}
    [ligne] = planifier(au=JOUR + timedelta(days=7)).lignes
    assert ligne.niveau.jours == 45


def test_resent_after_the_address_was_corrected_it_goes_to_the_new_one(smtp):
    client = creer_client(email="fautive@example.org")
    due(client)
    smtp.script["rcpt:fautive@example.org"] = "550 5.1.1 inconnu"
    relancer(jour=JOUR, par=PAR)
    envoyer()
    modifier_client(client, par=PAR, email="bonne@example.org")

    renvoyer_courriel(Courriel.objects.get(type="relance"), par=PAR)
    envoyer()
    envoyer()

    assert relances_de()[-1] == ("bonne@example.org", "envoye")
    assert [recu.destinataires[0] for recu in smtp.recus] == ["bonne@example.org"]
    assert Relance.objects.valables().get().courriel.a == ["bonne@example.org"]


def test_an_uncertain_mail_holds_until_a_person_settles_it(smtp):
    """invoiceninja#9109, #10860: the answer of the server was lost."""
    due(retard=70)
    smtp.script["fin"] = [COUPER]
    relancer(jour=JOUR, par=PAR)
    envoyer()

    plus_tard = JOUR + timedelta(days=7)
    assert motifs(au=plus_tard) == {"envoi-incertain": 1}
    constater(Courriel.objects.get(type="relance"), arrive=True, par=PAR)
    assert [ligne.niveau.jours for ligne in planifier(au=plus_tard).lignes] == [45]


def test_a_mail_that_has_not_left_yet_holds_the_next_level():
    due(retard=70)
    relancer(jour=JOUR, par=PAR)

    assert motifs(au=JOUR + timedelta(days=10)) == {"envoi-en-cours": 1}


def test_the_gap_is_counted_from_the_day_the_mail_really_left(time_machine_a):
    due(retard=70)
    relancer(jour=JOUR, par=PAR)
    produire_les_promis()
    modifier_reglages(fraicheur_jours=0, par=PAR)

    time_machine_a(datetime(2026, 11, 27, 10, tzinfo=PARIS))  # three days of outage
    envoyer_les_courriels()

    assert motifs(au=date(2026, 12, 3)) == {"delai-minimum": 1}
    assert [ligne.niveau.jours for ligne in planifier(au=date(2026, 12, 4)).lignes] == [45]


def test_a_letter_not_posted_holds_the_next_level():
    due(creer_client(email=""), retard=70)
    relancer(jour=JOUR, par=PAR)

    assert motifs(au=JOUR + timedelta(days=20)) == {"lettre-a-poster": 1}
    marquer_postee(Relance.objects.get(), par=PAR)
    assert motifs(au=JOUR + timedelta(days=7)) == {"sans-email": 1}


def test_without_any_address_it_is_held_and_told():
    """invoiceninja#12195: shown among what cannot be reminded."""
    client = creer_client(email="")
    due(client)
    modifier_client(client, par=PAR, adresse="", ville="", code_postal="")

    plan = planifier(au=JOUR)

    assert [ecartee.motif for ecartee in plan.retenues] == ["sans-adresse"]
    assert relancer(jour=JOUR, par=PAR).retenues == 1
    assert not Relance.objects.exists()


def test_a_client_that_lost_its_addresses_meanwhile_gets_neither_mail_nor_letter():
    client = creer_client()
    due(client)
    relancer(jour=JOUR, par=PAR)
    modifier_client(client, par=PAR, email="", adresse="", ville="", code_postal="")

    envoyer()

    assert relances_de()[0][1] == "annule"
    assert not Relance.objects.valables().exists()
    assert motifs() == {"sans-adresse": 1}


def test_a_client_that_lost_its_email_meanwhile_gets_a_letter():
    client = creer_client()
    due(client)
    relancer(jour=JOUR, par=PAR)
    modifier_client(client, par=PAR, email="")

    envoyer()

    assert Relance.objects.a_poster().get().canal == "poste"


def test_a_letter_already_posted_is_not_written_again_when_its_mail_is_taken_back():
    """A payment came after the letter was posted and before the mail left."""
    en_deux_fois()
    facture = due()
    relancer(jour=JOUR, par=PAR)
    produire_les_promis()
    marquer_postee(Relance.objects.get(), par=PAR)
    payer(facture, "20.00")

    envoyer()
    envoyer()

    relance = Relance.objects.get()
    assert (relance.canal, relance.courriel, relance.annulee_le) == ("poste", None, None)
    assert [statut for _, statut in relances_de()] == ["annule"]
    assert motifs(au=JOUR + timedelta(days=6)) == {"delai-minimum": 1}


def test_a_mail_cancelled_by_a_person_leaves_its_posted_letter_in_the_ledger():
    en_deux_fois()
    due()
    relancer(jour=JOUR, par=PAR)
    produire_les_promis()
    marquer_postee(Relance.objects.get(), par=PAR)

    annuler_courriel(Courriel.objects.get(type="relance"), par=PAR)

    relance = Relance.objects.get()
    assert (relance.canal, relance.annulee_le) == ("poste", None)


def test_what_is_made_anew_days_later_says_the_truth_of_that_day(time_machine_a):
    facture = due()
    relancer(jour=JOUR, par=PAR)
    payer(facture, "20.00")

    time_machine_a(datetime(2026, 11, 27, 10, tzinfo=PARIS))
    envoyer()
    envoyer()

    relance = Relance.objects.valables().get()
    assert (relance.jour, relance.retard, relance.solde) == (date(2026, 11, 27), 43, Decimal(100))


def test_a_copy_of_a_copy_is_asked_again_too(smtp):
    """Refused, resent, then resent once more after the payment: it must not leave."""
    facture = due()
    smtp.script["fin"] = ["554 non"]
    relancer(jour=JOUR, par=PAR)
    envoyer()
    partie = renvoyer_courriel(Courriel.objects.get(type="relance"), par=PAR)
    envoyer()
    payer(facture, "120.00")
    partie.refresh_from_db()

    encore = renvoyer_courriel(partie, par=PAR)
    envoyer()

    encore.refresh_from_db()
    assert (partie.statut, encore.statut) == ("envoye", "annule")
    assert encore.reponse == "La facture est réglée."


class TestAdresseEnErreur:
    """An address that does not receive any more: the next reminder is a letter."""

    def test_a_bounce_makes_the_next_level_a_letter(self, smtp, time_machine_a):
        due(creer_client(email="Partie@example.org"), retard=70)
        relancer(jour=JOUR, par=PAR)
        envoyer()
        rebondir("partie@example.org")
        modifier_reglages(fraicheur_jours=0, par=PAR)

        time_machine_a(datetime(2026, 12, 1, 10, tzinfo=PARIS))
        plan = planifier(au=date(2026, 12, 1))
        assert dict(plan.motifs) == {"adresse-en-erreur": 1}
        assert relancer(jour=date(2026, 12, 1), par=PAR).lettres == 1

    def test_a_bounce_between_plan_and_sending_makes_it_a_letter(self, smtp):
        due(creer_client(email="partie@example.org"))
        relancer(jour=JOUR, par=PAR)
        rebondir("partie@example.org")

        envoyer()

        assert smtp.recus == []
        assert Relance.objects.a_poster().get().canal == "poste"

    def test_lifted_by_a_person_it_is_mailed_again(self):
        due(creer_client(email="partie@example.org"))
        rebondir("partie@example.org")

        lever_le_rebond("partie@example.org", par=PAR)

        assert motifs() == {}
        assert len(planifier(au=JOUR).lignes) == 1

    def test_a_passing_trouble_changes_nothing(self):
        due(creer_client(email="pleine@example.org"))

        rebondir("pleine@example.org", definitif=False)

        assert motifs() == {}

    def test_refused_by_the_server_then_resent_it_becomes_a_letter(self, smtp):
        due(creer_client(email="refusee@example.org"))
        smtp.script["rcpt:refusee@example.org"] = "550 5.1.1 inconnu"
        relancer(jour=JOUR, par=PAR)
        envoyer()

        renvoyer_courriel(Courriel.objects.get(type="relance"), par=PAR)
        envoyer()

        assert smtp.recus == []
        assert Relance.objects.a_poster().get().canal == "poste"
