"""Whatever happens, in whatever order, the reminders keep their rules."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from artjardin.audit.constat import prendre_acte
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import constater, envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation import services as facturation
from facturation.models import Facture
from relances.models import Niveau, PlanDeRelance, Relance, Suspension
from relances.plan import planifier
from relances.services import (
    donner_un_plan,
    enregistrer_niveau,
    enregistrer_plan,
    liberer,
    marquer_postee,
    promettre_de_payer,
    relancer_du_jour,
    renvoyer_courriel,
    reprendre,
    suspendre,
)
from tests.artjardin.concorde import ecarts
from tests.artjardin.serveurs import COUPER, serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import payer, solde
from tests.relances.factories import PAR, facture_reprise
from tests.relances.invariants import verifier

PARIS = ZoneInfo("Europe/Paris")
DEBUT = date(2026, 3, 2)
LESQUELLES = st.integers(0, 3)
REGLAGES = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking may take minutes
    suppress_health_check=list(HealthCheck),
)


class Semaines(RuleBasedStateMachine):
    """Four invoices of two clients, one without e-mail; days pass and people decide."""

    smtp = None

    def __init__(self) -> None:
        super().__init__()
        self.voyage = time_machine.travel(self.instant(DEBUT, 8), tick=False)
        self.horloge = self.voyage.start()
        self.annulable = transaction.atomic()
        self.annulable.__enter__()
        self.jour = DEBUT
        self.smtp.script.clear()
        clients = [creer_client(), creer_client(email="")]
        self.factures = [
            facture_reprise(clients[rang // 3], f"FA-{rang}", retard=retard, au=DEBUT)
            for rang, retard in enumerate((20, 31, 62, 40))
        ]
        self.plan = enregistrer_plan(PlanDeRelance(), nom="Autre", type_client="", par=PAR)
        for jours in (25, 50, 75):
            champs = {"nom": f"N{jours}", "ton": "amical", "canal": "courriel"}
            enregistrer_niveau(Niveau(), plan=self.plan, jours=jours, par=PAR, **champs)
        prendre_acte()

    @staticmethod
    def instant(jour: date, heure: int) -> datetime:
        return datetime.combine(jour, time(heure), tzinfo=PARIS)

    def teardown(self) -> None:
        inconnus = ecarts()  # the journal knows all that happened
        transaction.set_rollback(True)
        self.annulable.__exit__(None, None, None)
        self.voyage.stop()
        assert inconnus == []

    def due(self, rang: int) -> Facture | None:
        facture = self.factures[rang]
        return facture if solde(facture) > 0 else None

    @rule(jours=st.integers(1, 9), poster=st.booleans())
    def vivre(self, jours: int, poster: bool) -> None:
        """Days when the machine is off, then one when it runs."""
        self.jour += timedelta(days=jours)
        self.horloge.move_to(self.instant(self.jour, 9))
        relancer_du_jour()
        for _ in range(2):
            produire_les_promis()
            envoyer_les_courriels()
        if poster:
            for relance in Relance.objects.a_poster():
                with suppress(Conflit):  # no longer true: it is not posted
                    marquer_postee(relance, par=PAR)
        verifier(self.jour)
        assert not planifier(au=self.jour).lignes

    @rule(rang=LESQUELLES, part=st.sampled_from(["117.00", "40.00", "120.00"]))
    def encaisser(self, rang: int, part: str) -> None:
        if facture := self.due(rang):
            payer(facture, str(min(Decimal(part), solde(facture))))

    @rule(rang=LESQUELLES, genre=st.sampled_from(["pause", "exclusion"]), jours=st.integers(0, 15))
    def suspendre(self, rang: int, genre: str, jours: int) -> None:
        fin = self.jour + timedelta(days=jours)
        suspendre(self.factures[rang], genre=genre, motif="Essai", jusqu_au=fin, par=PAR)

    @rule(rang=LESQUELLES, jours=st.integers(0, 10))
    def promettre(self, rang: int, jours: int) -> None:
        if facture := self.due(rang):
            fin = self.jour + timedelta(days=jours)
            promettre_de_payer(facture, montant=None, le=fin, par=PAR)

    @rule(rang=LESQUELLES)
    def contester_ou_clore(self, rang: int) -> None:
        facture = self.factures[rang]
        if facture.litiges.filter(clos_le=None).exists():
            facturation.clore_litige(facture, par=PAR)
        elif self.due(rang):
            facturation.ouvrir_litige(facture, motif="Essai", par=PAR)

    @precondition(lambda self: Suspension.objects.filter(levee_le=None).exists())
    @rule()
    def reprendre(self) -> None:
        suspension = Suspension.objects.filter(levee_le=None).first()
        reprendre(suspension.facture, par=PAR)

    @rule(autre=st.booleans())
    def changer_de_plan(self, autre: bool) -> None:
        donner_un_plan(self.factures[0].client, self.plan if autre else None, par=PAR)

    @rule(client=st.booleans())
    def liberer(self, client: bool) -> None:
        liberer(self.factures[0].client if client else None, par=PAR)

    @rule(fin=st.sampled_from(["554 non", COUPER]))
    def casser_le_relais(self, fin: str) -> None:
        self.smtp.script["fin"] = [fin]

    @rule(arrive=st.booleans())
    def regler_les_sorts(self, arrive: bool) -> None:
        """A person looks at what did not arrive."""
        for courriel in Courriel.objects.filter(type="relance", statut="incertain"):
            constater(courriel, arrive=arrive, par=PAR)
        for relance in Relance.objects.valables().filter(courriel__statut="echec"):
            relance.refresh_from_db()
            if relance.courriel.statut == "echec":
                renvoyer_courriel(relance.courriel, par=PAR)


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_rules_hold(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")
    with serveur_smtp() as smtp:
        settings.EMAIL_URL = smtp.url
        Semaines.smtp = smtp
        run_state_machine_as_test(Semaines, settings=REGLAGES)
        identifiants = [recu.message["Message-ID"] for recu in smtp.recus]
    assert len(identifiants) == len(set(identifiants))
