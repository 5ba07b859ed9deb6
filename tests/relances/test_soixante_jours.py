"""Sixty simulated days: each invoice gets what a careful bookkeeper would send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.constat import prendre_acte
from artjardin.outbox.models import Courriel
from artjardin.outbox.relecture import controler as relire
from artjardin.outbox.services import constater, envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from clients.services import modifier_client
from facturation import services as facturation
from facturation.models import Facture
from relances.models import Niveau, PlanDeRelance, Relance, Suspension
from relances.plan import planifier
from relances.services import (
    donner_un_plan,
    enregistrer_niveau,
    enregistrer_plan,
    envoyer_l_apercu,
    liberer,
    marquer_postee,
    promettre_de_payer,
    relancer_du_jour,
    relancer_la_facture,
    renvoyer_courriel,
    retenir,
    suspendre,
)
from tests.artjardin.concorde import ecarts
from tests.artjardin.serveurs import COUPER, serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import crediter, payer
from tests.relances.factories import PAR, facture_due, facture_reprise
from tests.relances.invariants import parti_le, verifier
from tests.relances.scenario import ATTENDU, DEBUT, FIN, PANNE, RELEVES, en_tableau

PARIS = ZoneInfo("Europe/Paris")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "relances.md"
Geste = Callable[[], object]


@pytest.fixture
def smtp(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        yield serveur


class Bureau:
    """The office and its machine: what people do, and what runs by itself, day after day."""

    def __init__(self, smtp) -> None:
        self.smtp = smtp
        self.clients = {nom: self._client(nom) for nom in ATTENDU}
        self.clients["F29"] = self.clients["F28"]
        self.factures = {nom: self._facture(nom) for nom in ATTENDU}
        comptant = creer_client(nom="Comptant")
        self.comptant = facture_reprise(comptant, "COMPTANT", retard=-60, au=DEBUT)
        self.gestes: dict[tuple[date, time], list[Geste]] = defaultdict(list)
        self.non_postees = {self.factures["F06"].pk}
        self._ecrire_l_agenda()

    def _client(self, nom: str):
        genre = ATTENDU[nom].genre
        firme = {} if genre == "particulier" else {"raison_sociale": f"Firme {nom}", "type": genre}
        email = "" if nom in {"F05", "F06"} else f"{nom}@example.org".lower()
        return creer_client(nom=nom, email=email, **firme)

    def _facture(self, nom: str) -> Facture:
        retard = (DEBUT - date(*ATTENDU[nom].echeance)).days
        if nom == "F22":  # ours: it can be credited
            return facture_due(self.clients[nom], retard=retard, au=DEBUT)
        return facture_reprise(self.clients[nom], nom, retard=retard, au=DEBUT)

    def le(self, mois: int, jour: int, heure: int, minute: int, geste: Geste) -> None:
        self.gestes[date(2026, mois, jour), time(heure, minute)].append(geste)

    def _ecrire_l_agenda(self) -> None:
        f, c, le = self.factures, self.clients, self.le
        for mois, jour in RELEVES:
            le(mois, jour, 17, 0, lambda: payer(self.comptant, "1.00"))
        le(3, 2, 8, 30, lambda: payer(f["F21"], "116.00"))
        le(3, 2, 8, 30, lambda: suspendre(c["F14"], genre="exclusion", motif="Ami", par=PAR))
        le(3, 2, 8, 30, lambda: donner_un_plan(c["F15"], plan_patient(), par=PAR))
        le(3, 5, 12, 0, lambda: suspendre(
            c["F13"], genre="pause", motif="Décès", jusqu_au=date(2026, 3, 31), par=PAR
        ))  # fmt: skip
        le(3, 9, 17, 0, lambda: self.recevoir("F23", "30.00"))
        le(3, 10, 12, 0, lambda: facturation.ouvrir_litige(f["F10"], motif="Haie", par=PAR))
        le(3, 11, 12, 0, lambda: self.imputer("F23"))
        le(3, 12, 9, 1, lambda: payer(f["F09"], "120.00"))
        le(3, 12, 17, 0, lambda: payer(f["F08"], "50.00"))
        le(3, 16, 8, 30, lambda: self.refuser("f24@example.org"))
        le(3, 16, 12, 0, lambda: payer(f["F07"], "120.00"))
        le(3, 16, 12, 0, lambda: crediter(f["F22"]))
        le(3, 18, 8, 30, lambda: retenir(f["F26"], par=PAR))
        le(3, 23, 12, 0, lambda: promettre(f["F11"], date(2026, 3, 31)))
        le(3, 23, 12, 0, lambda: promettre(f["F12"], date(2026, 4, 7)))
        le(3, 24, 8, 30, lambda: self.smtp.script.update(fin=[COUPER]))
        le(3, 24, 12, 0, lambda: self.corriger("F24", "juste@example.org"))
        le(3, 25, 12, 0, lambda: facturation.clore_litige(f["F10"], par=PAR))
        le(3, 25, 12, 0, self.non_postees.clear)
        le(3, 27, 12, 0, lambda: payer(f["F11"], "120.00"))
        le(3, 27, 12, 0, lambda: constater(self.courriel("F25"), arrive=True, par=PAR))
        le(4, 7, 12, 0, lambda: relancer_la_facture(f["F27"], par=PAR))
        le(4, 8, 10, 15, lambda: liberer(None, par=PAR))

    def recevoir(self, nom: str, montant: str) -> None:
        self.recu = facturation.recevoir_paiement(
            self.clients[nom],
            montant=Decimal(montant),
            mode="virement",
            le=timezone.localdate(),
            par=PAR,
        )

    def imputer(self, nom: str) -> None:
        facturation.imputer(self.recu, self.factures[nom], montant=self.recu.montant, par=PAR)

    def refuser(self, adresse: str) -> None:
        self.smtp.script[f"rcpt:{adresse}"] = "550 5.1.1 inconnu"

    def corriger(self, nom: str, email: str) -> None:
        modifier_client(self.clients[nom], par=PAR, email=email)
        renvoyer_courriel(self.courriel(nom), par=PAR)

    def courriel(self, nom: str) -> Courriel:
        return self.factures[nom].relances.valables().latest("pk").courriel

    def vivre(self, jour: date) -> None:
        """One day: preview, decisions, run, minute tasks, letters posted in the evening."""
        prevus = {heure for le, heure in self.gestes if le == jour}
        for heure in sorted({time(8), time(9), time(9, 2), time(10, 16), time(12, 1)} | prevus):
            self.a(jour, heure)
            if heure == time(8):
                envoyer_l_apercu()
            for geste in self.gestes.pop((jour, heure), []):
                geste()
            if heure >= time(9):
                relancer_du_jour()
            if heure == time(9):  # who was to be reminded is, the others have a reason
                assert planifier(au=jour).lignes == []
            else:  # a payment may be entered before the first sweep
                balayer()
        self.a(jour, time(17, 5))
        balayer()
        self.poster()

    def a(self, jour: date, heure: time) -> None:
        self.horloge.move_to(datetime.combine(jour, heure, tzinfo=PARIS))

    def poster(self) -> None:
        for relance in Relance.objects.a_poster().exclude(facture__in=self.non_postees):
            marquer_postee(relance, par=PAR)

    def suites(self) -> dict[str, list[tuple[int, int, int, str]]]:
        """What reached each client, in order: month, day, level, way."""
        suites: dict[str, list] = {nom: [] for nom in self.factures}
        noms = {facture.pk: nom for nom, facture in self.factures.items()}
        lignes = Relance.objects.valables().select_related("niveau", "courriel").order_by("jour")
        for relance in lignes:
            jour = parti_le(relance)
            pas = (jour.month, jour.day, relance.niveau.jours, relance.canal)
            suites[noms[relance.facture_id]].append(pas)
        return suites


def plan_patient() -> PlanDeRelance:
    plan = enregistrer_plan(PlanDeRelance(), nom="Patient", type_client="", par=PAR)
    for jours in (20, 50):
        champs = {"nom": f"Niveau {jours}", "ton": "amical", "canal": "courriel"}
        enregistrer_niveau(Niveau(), plan=plan, jours=jours, par=PAR, **champs)
    return plan


def promettre(facture: Facture, le: date) -> None:
    promettre_de_payer(facture, montant=None, le=le, par=PAR)


def balayer() -> None:
    produire_les_promis()
    envoyer_les_courriels()


@pytest.mark.django_db
def test_each_invoice_gets_what_a_careful_bookkeeper_would_send(smtp, patron):
    veille = datetime.combine(DEBUT - timedelta(days=1), time(12), tzinfo=PARIS)
    with time_machine.travel(veille, tick=False) as horloge:
        bureau = Bureau(smtp)
        bureau.horloge = horloge
        prendre_acte()
        jour = DEBUT
        while jour <= FIN:
            if jour not in PANNE:
                bureau.vivre(jour)
            if jour == date(2026, 4, 20):  # the clock is set back by an hour and a half
                bureau.vivre(jour)
            verifier(jour)
            jour += timedelta(days=1)

        assert bureau.suites() == {nom: attente.suite for nom, attente in ATTENDU.items()}
        assert not bureau.gestes
        rompue = Suspension.objects.get(signalee_le__isnull=False)
        assert rompue.facture_id == bureau.factures["F12"].pk
        assert ecarts() == []
        relus = relire(echantillon=None)
        assert relus.lus["courriels_relus"] > len(ATTENDU)
        assert relus.anomalies == []
    recus = [recu.message["Message-ID"] for recu in smtp.recus]
    assert len(recus) == len(set(recus))
    apercus = Courriel.objects.filter(type="apercu_relances")
    assert apercus.count() == apercus.dates("cree_le", "day").count()


def test_the_table_of_the_documentation_is_the_one_that_is_tested():
    texte = DOCS.read_text(encoding="utf-8")

    assert [ligne for ligne in en_tableau() if ligne not in texte] == []
