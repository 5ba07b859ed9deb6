"""Any mix of server faults and killed senders: nothing doubled, lost or unsaid (G5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as reglages
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from artjardin.outbox import smtp
from artjardin.outbox.models import BAIL, Courriel
from artjardin.outbox.services import Contenu, envoi, envoyer_les_courriels, promettre
from tests.artjardin.serveurs import COUPER, MUET, serveur_smtp

ETAPES = st.sampled_from(["fin", "accueil", "mail", "rcpt", "data", "fin", "fin"])
FAUTES = st.sampled_from([COUPER, "451 plus tard", "421 je ferme", "550 non", MUET])
MORTS = st.sampled_from(["ecrire_la_prise", "ecrire_la_remise", "ecrire_le_verdict", "remettre"])


class Tue(BaseException):
    """The process stops there: nothing after it runs."""


class Envois(RuleBasedStateMachine):
    """One mailer, one server whose every acceptance is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = timezone.now()
        self.acceptes: Counter[str] = Counter()  # the data came whole, and no refusal was said

    @rule(combien=st.integers(1, 2))
    def promettre(self, combien):
        contenu = Contenu("Bonjour", "Texte")
        with time_machine.travel(self.instant, tick=False):
            for _ in range(combien):
                promettre(genre="essai", a=["anne@example.org"], contenu=contenu, bcc=[])

    @rule(etape=ETAPES, faute=FAUTES, avant=st.integers(0, 1))
    def balayer_avec_une_faute(self, etape, faute, avant):
        self.promettre(1)  # something is always due
        bonnes = {"accueil": "220 ok", "data": "354 ok"}.get(etape, "250 ok")
        self._balayer({etape: [bonnes] * avant + [faute]}, fin_fautive=(etape, faute, avant))

    @rule(mort=MORTS)
    def tuer_l_expediteur(self, mort):
        self.promettre(1)
        avant = _mourir(mort)
        try:
            self._balayer({})
        except Tue:
            pass
        finally:
            avant()

    @rule(minutes=st.sampled_from([1, 6, 400]))
    def attendre(self, minutes):
        self.instant += timedelta(minutes=minutes)

    def _balayer(self, script, fin_fautive=None):
        with serveur_smtp(**script) as serveur, time_machine.travel(self.instant, tick=False):
            settings.EMAIL_URL = serveur.url
            try:
                envoyer_les_courriels()
            finally:
                for rang, recu in enumerate(serveur.recus):
                    identifiant = recu.message["Message-ID"]
                    refuse = fin_fautive and fin_fautive[0] == "fin" and rang == fin_fautive[2]
                    if not (refuse and fin_fautive[1][:3].isdigit()):
                        self.acceptes[identifiant] += 1

    @invariant()
    def rien_n_est_double_ni_tu(self):
        for courriel in Courriel.objects.all():
            acceptes = self.acceptes[courriel.message_id]
            assert acceptes <= 1, courriel.statut
            if acceptes:  # "en_cours" only until the lease of a killed sender runs out
                assert courriel.statut in {"envoye", "incertain", "en_cours"}
            if courriel.statut == "envoye":
                assert acceptes == 1
            if courriel.statut in {"en_attente", "echec"}:
                assert not acceptes

    def teardown(self):
        """The server is well again: whatever can still leave does, once."""
        for _ in range(3):
            self.instant += BAIL + timedelta(hours=7)
            self._balayer({})
        self.rien_n_est_double_ni_tu()
        statuts = set(Courriel.objects.values_list("statut", flat=True))
        assert statuts <= {"envoye", "incertain", "echec"}


def _mourir(ou):
    """Stop for good just after that step; gives back what undoes it."""
    lieu = smtp.Relais if ou == "remettre" else envoi.registre
    avant = getattr(lieu, ou)

    def mourir(*arguments, **options):
        avant(*arguments, **options)
        raise Tue

    setattr(lieu, ou, mourir)
    return lambda: setattr(lieu, ou, avant)


@pytest.mark.django_db
def test_no_mix_of_faults_doubles_or_loses_a_message(monkeypatch, settings):
    monkeypatch.setattr(smtp, "DELAI", 0.05)
    monkeypatch.setattr(smtp, "DELAI_DONNEES", 0.05)
    settings.COURRIEL_GARDES = {}

    class EnTransaction(Envois):
        """Each example starts from an empty outbox."""

        def __init__(self) -> None:
            self.bloc = transaction.atomic()
            self.bloc.__enter__()
            super().__init__()

        def teardown(self):
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.bloc.__exit__(None, None, None)

    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    run_state_machine_as_test(
        EnTransaction,
        settings=reglages(
            max_examples=30,
            phases=[Phase.explicit, Phase.generate],
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
