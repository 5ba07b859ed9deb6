"""Shows 4: a skipped 9:00 run, a failing backup, a full disk: told once, with what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.audit.models import Execution
from artjardin.outbox.models import Courriel, Tentative
from artjardin.outbox.services import Contenu, promettre
from ops.models import Incident
from ops.sante import metier, registre
from ops.sante.activite import relances
from ops.sante.constats import Constat, Sonde
from ops.veille.consequences import CONSEQUENCES, DITES_AILLEURS, DU_TRAVAIL
from relances.models import Passage
from tests.ops.veille import objets, texte

pytest_plugins = ["tests.ops.veille"]
pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def le(jour: int, heure: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{jour:02}T{heure}:00").replace(tzinfo=PARIS)


@pytest.fixture
def regarder(decor, equipe, relais, time_machine_a):
    """Rounds that ask these probes for true, at this hour; the mails that came."""

    def faire(*noms: str, a: datetime, rondes: int = 2, pas: float = 60.0) -> list:
        time_machine_a(a)
        sondes = [une for une in registre.toutes() if une.nom in noms]
        assert len(sondes) == len(noms)
        equipe.veilleur._examiner = lambda: [constater(une) for une in sondes]
        equipe.rondes(rondes, pas=pas)
        return relais.recus

    return faire


def constater(sonde: Sonde) -> Constat:
    """As the examiner does, in the transaction of the test."""
    releve = import_string(sonde.eprouver)()
    return Constat(sonde=sonde, duree_ms=1.0, le=timezone.now(), **releve._asdict())


def test_a_skipped_run_of_nine(regarder, monkeypatch):
    monkeypatch.setattr(relances, "naissance", lambda: le(1, "08:00"))
    regarder("relances_passage", a=le(24, "09:20"))
    recus = regarder("relances_passage", a=le(24, "09:25"), rondes=60)
    Passage.objects.create(jour=le(24, "09:00").date(), debut=le(24, "10:30"), fin=le(24, "10:31"))
    regarder("relances_passage", a=le(24, "10:35"), rondes=3)

    assert [dit.partition(" (")[0] for dit in objets(recus)] == [
        "Alerte : Relances de 9 h", "Réglé : Relances de 9 h",
    ]  # fmt: skip
    assert "le passage du 24/11 n'a pas commencé" in texte(recus[0])
    assert "personne ne l'a été à tort" in texte(recus[0])
    assert "Que faire : page Passages" in texte(recus[0])


def test_a_failing_backup(regarder):
    rate = {"tache": "sauvegarde.nuit", "fin": timezone.now(), "erreur": "disque plein"}
    Execution.objects.create(debut=le(24, "01:15"), resultat="echec", **rate)
    regarder("sauvegarde_nuit", a=le(24, "01:20"), rondes=30)
    Execution.objects.create(debut=le(24, "02:15"), resultat="echec", **rate)
    recus = regarder("sauvegarde_nuit", a=le(24, "02:20"), rondes=30)

    (recu,) = recus
    assert "disque plein" in texte(recu)
    assert "exploitation.md" in texte(recu)
    assert Incident.objects.get().dernier_message.startswith("exécution du 24/11 à 02:15")


def test_a_full_disk(regarder, monkeypatch):
    plein = shutil.disk_usage("/")._replace(total=10**12, used=10**12 - 10**9, free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: plein)
    recus = regarder("disque", a=le(24, "10:00"), rondes=20)

    (recu,) = recus
    assert "Que faire : libérez de la place" in texte(recu)


def test_a_mail_that_a_client_never_got_is_an_incident_and_no_second_mail(regarder):
    """The outbox tells it at once, with the client's name."""
    perdu = promettre(genre="essai", a=["j@example.org"], contenu=Contenu("x", "x"), client=7)
    Courriel.objects.filter(pk=perdu.pk).update(statut="echec")
    instant = timezone.now()
    Tentative.objects.create(courriel=perdu, debut=instant, fin=instant, resultat="echec")
    recus = regarder("courriels_perdus", a=instant, rondes=400)

    assert recus == []
    incident = Incident.objects.get()
    assert (incident.cle, incident.est_ouvert) == ("courriels_perdus", True)


def test_what_is_told_elsewhere_is_watched_here():
    noms = {sonde.nom for sonde in metier.SONDES}
    assert noms >= DITES_AILLEURS


@pytest.mark.parametrize("sonde", registre.toutes(), ids=lambda une: une.nom)
def test_each_thing_watched_says_what_it_means_for_the_office(sonde):
    assert CONSEQUENCES[sonde.nom].endswith(".")
    assert replace(sonde).remede.endswith(".")


def test_nothing_is_said_of_what_is_not_watched():
    assert set(DU_TRAVAIL) == {sonde.nom for sonde in metier.SONDES}
    assert set(CONSEQUENCES) == {sonde.nom for sonde in registre.toutes()}
