"""The night: one verified backup a day, whatever breaks; what is found is told to the patrons."""

from __future__ import annotations

import errno
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.constat import prendre_acte
from artjardin.audit.models import Entree, Execution
from artjardin.audit.services import consigner
from artjardin.controles import Anomalie, Bilan
from artjardin.outbox.models import Courriel
from artjardin.sauvegardes import depots, services, tuyaux
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import coffre_des_sauvegardes
from ops import nuit, tasks
from ops.alertes import MONTREES, alerter
from ops.sante.activite.nuit import sauvegarde
from ops.sante.constats import Etat
from tests.artjardin import sauvegardes as outils
from tests.artjardin.chaine import enchainer, forcer

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def le(jour: int, heure: str = "01:15", *, mois: int = 11) -> datetime:
    return datetime.fromisoformat(f"2026-{mois:02}-{jour:02}T{heure}:00").replace(tzinfo=PARIS)


@pytest.fixture
def a(atelier, patron, time_machine_a):
    """The night's task at this moment: its last run since."""

    def passer(instant: datetime) -> Execution | None:
        time_machine_a(instant)
        avant = Execution.objects.filter(tache=nuit.TACHE).count()
        tasks.sauvegarder()
        faites = Execution.objects.filter(tache=nuit.TACHE).order_by("pk")
        return faites.last() if faites.count() > avant else None

    return passer


def details() -> list[dict]:
    """What was written of each fault, in the journal."""
    lignes = Entree.objects.filter(action="alerte.donnee").order_by("pk")
    return list(lignes.values_list("details", flat=True))


def alertes() -> list[str]:
    assert not Courriel.objects.exists()  # people are told by the watch
    return [une["titre"] for une in details()]


def fautes() -> str:
    return "\n".join(faute for une in details() for faute in une["fautes"])


def echouer(*_, **__):
    raise RuntimeError("imprévu")


def couper(*_, **__):
    raise ConnectionError("coupé")


def remplir(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/srv/.provisoires/x")


def test_once_a_day_from_a_quarter_past_one(a):
    assert a(le(24, "01:14")) is None
    premiere = a(le(24, "01:15"))
    assert a(le(24, "01:20")) is None
    assert a(le(24, "23:55")) is None
    seconde = a(le(25, "01:15"))

    assert [premiere.resultat, seconde.resultat] == ["reussi", "reussi"]
    assert [une.motif for une in Sauvegarde.objects.verifiees()] == ["quotidienne"] * 2
    assert premiere.compteurs["nom"] == "20261124T001500Z-quotidienne"
    assert alertes() == []


def test_a_machine_that_was_off_is_caught_up_as_soon_as_it_is_on(a):
    assert a(le(24, "14:05")).resultat == "reussi"
    assert a(le(25, "01:15")).resultat == "reussi"


@pytest.mark.parametrize(("mois", "jour"), [(3, 29), (10, 25)])
def test_days_of_23_or_25_hours_have_one_too(a, mois, jour):
    for autre in (-1, 0, 1):
        debut = le(jour, mois=mois) + timedelta(days=autre)
        passes = [a(debut + timedelta(minutes=40 * rang)) for rang in range(4)]
        assert [passe.resultat for passe in passes if passe] == ["reussi"]
    assert Sauvegarde.objects.verifiees().count() == 3


def test_a_failure_is_told_and_tried_again_less_and_less_often(a, programmes_faux, settings):
    programmes_faux("pg_dump", 'echo "connexion perdue" >&2; exit 1')
    rate = a(le(24))

    assert rate.resultat == "echec"
    assert "connexion perdue" in rate.erreur
    assert alertes() == ["La sauvegarde de la nuit a échoué"]
    assert "connexion perdue" in fautes()
    assert "exploitation.md" in details()[0]["remede"]
    assert "connexion perdue" in sauvegarde().message
    assert a(le(24, "02:00")) is None
    assert a(le(24, "02:15")).resultat == "echec"
    assert a(le(24, "03:30")) is None
    assert len(alertes()) == 1  # the same fault, the same day
    assert not Sauvegarde.objects.exists()

    settings.PG_BINAIRES = ""
    outils.oublier_les_programmes()
    assert a(le(24, "04:10")).resultat == "reussi"
    assert sauvegarde().etat is Etat.OK
    programmes_faux("pg_dump", 'echo "connexion perdue" >&2; exit 1')
    settings.PG_BINAIRES = str(depots.dossier().parent / "binaires")
    outils.oublier_les_programmes()
    assert a(le(25)).resultat == "echec"
    assert len(alertes()) == 2  # another day


@pytest.mark.parametrize("etape", ["rapprocher", "exercer", "appliquer_la_retention"])
@pytest.mark.parametrize(
    ("faute", "dit"),
    [(echouer, "imprévu"), (couper, "coupé"), (remplir, "Le disque est plein : libérez")],
)
def test_a_step_that_breaks_is_told_and_the_others_are_taken(a, monkeypatch, etape, faute, dit):
    monkeypatch.setattr(services, etape, faute)

    rate = a(le(24))

    assert rate.resultat == "echec"
    assert type(rate.erreur) is str
    assert dit in fautes()
    etats = list(Sauvegarde.objects.values_list("etat", flat=True))
    assert etats == (["faite"] if etape == "exercer" else ["verifiee"])


def test_a_drill_that_could_not_be_made_is_made_again_on_the_same_backup(a, monkeypatch):
    with monkeypatch.context() as panne:
        panne.setattr(services, "exercer", couper)
        a(le(24))
    sauvegarde = Sauvegarde.objects.get()
    assert sauvegarde.etat == "faite"

    assert a(le(24, "03:00")).resultat == "reussi"

    assert Sauvegarde.objects.get().etat == "verifiee"


def test_a_backup_that_does_not_restore_is_told_and_another_is_made(a, monkeypatch, atelier):
    exercer = services.exercer
    with monkeypatch.context() as faute:
        faute.setattr(
            services, "exercer", lambda une, **options: exercer(abimer(atelier, une), **options)
        )
        assert a(le(24)).resultat == "echec"
    assert "ne se restaure pas comme elle devrait" in fautes()

    assert a(le(24, "03:00")).resultat == "reussi"

    etats = Sauvegarde.objects.order_by("pk").values_list("etat", flat=True)
    assert list(etats) == ["refusee", "verifiee"]


def abimer(atelier, sauvegarde):
    outils.retourner(atelier.distante(sauvegarde))
    return sauvegarde


def test_a_copy_that_is_not_off_site_is_told_and_made_at_the_next_attempt(a, monkeypatch):
    with monkeypatch.context() as panne:
        panne.setattr(type(coffre_des_sauvegardes()), "deposer", couper)
        assert a(le(24)).resultat == "echec"
    assert "n'est pas hors site" in fautes()
    assert Sauvegarde.objects.get().etat == "verifiee"

    assert a(le(24, "03:00")).resultat == "reussi"

    assert not Sauvegarde.objects.filter(distante=False).exists()


def test_one_that_runs_elsewhere_is_left_alone(a, settings):
    import zlib  # noqa: PLC0415

    clef = zlib.crc32(f"tache:{nuit.TACHE}".encode())
    with outils.ouvrir(settings.DATABASES["default"]["NAME"]) as autre:
        autre.execute("SELECT pg_advisory_lock(%s)", [clef])
        assert a(le(24)) is None
    assert not Sauvegarde.objects.exists()


def test_a_clock_that_was_ahead_keeps_no_night_from_its_backup(a, programmes_faux, settings):
    """Ahead for an hour: one backup dated tomorrow, and one that failed there."""
    assert a(le(25, "14:00")).resultat == "reussi"
    programmes_faux("pg_dump", "exit 1")
    a(le(26, "14:00"))
    settings.PG_BINAIRES = ""
    outils.oublier_les_programmes()

    assert a(le(24)).resultat == "reussi"
    assert a(le(25)).resultat == "reussi"
    assert a(le(26)).resultat == "reussi"


class TestChecks:
    @pytest.fixture
    def controler(self, patron, atelier, time_machine_a):
        prendre_acte()  # the journal knows what the fixtures made

        def passer(instant: datetime) -> None:
            time_machine_a(instant)
            enchainer()  # as commits would have done
            tasks.controler()

        return passer

    def faits(self) -> dict[str, str]:
        lignes = Execution.objects.filter(tache__in=[un.tache for un in nuit.CONTROLES])
        return dict(lignes.order_by("pk").values_list("tache", "resultat"))

    def test_each_check_is_a_run_and_runs_once_a_day(self, controler, a):
        a(le(24))
        controler(le(24, "04:00"))
        controler(le(24, "05:00"))

        assert self.faits() == dict.fromkeys([un.tache for un in nuit.CONTROLES], "reussi")
        assert Execution.objects.filter(tache="sauvegarde.relecture").count() == 1
        controler(le(25, "04:00"))
        assert Execution.objects.filter(tache="sauvegarde.relecture").count() == 2

    def test_one_that_breaks_hides_no_other_is_told_and_tried_again(
        self, controler, a, monkeypatch
    ):
        a(le(24))
        with monkeypatch.context() as panne:
            panne.setattr(services, "relire", echouer)
            controler(le(24, "04:00"))
        assert self.faits()["sauvegarde.relecture"] == "echec"
        assert self.faits()["sauvegarde.fraicheur"] == "reussi"
        assert fautes() == "le contrôle n'a pas pu se faire : RuntimeError : imprévu"

        controler(le(24, "05:00"))

        assert self.faits()["sauvegarde.relecture"] == "reussi"
        assert len(details()) == 1

    def test_a_byte_flipped_in_a_backup_is_named_told_once_and_mended(self, controler, a, atelier):
        """Show 2, for a backup."""
        a(le(24))
        sauvegarde = Sauvegarde.objects.get()
        for ou in (atelier.locale, atelier.distante):
            outils.retourner(ou(sauvegarde))
            Execution.objects.filter(tache="sauvegarde.relecture").delete()
            controler(le(24, "04:00"))
            assert outils.empreinte(ou(sauvegarde)) == sauvegarde.sha256
        assert alertes() == ["Une sauvegarde est altérée ou manque"] * 2
        assert f"{sauvegarde.nom} : copie locale altérée" in fautes()
        assert f"{sauvegarde.nom} : copie hors site altérée" in fautes()

    def test_a_row_changed_by_a_superuser_is_named_and_told(self, controler, a):
        """Show 2, for a row of the journal."""
        a(le(24))
        entree = consigner(Sauvegarde.objects.get(), "essai.fait", par=systeme("test"))
        enchainer()
        forcer("UPDATE audit_entree SET acteur_nom = 'Un autre' WHERE action = 'essai.fait'")

        controler(le(24, "04:00"))

        assert alertes() == ["Le journal a été modifié dans la base"]
        assert f"Journal n° {entree.pk}" in fautes()

    @pytest.mark.parametrize(
        ("heures", "dites"),
        [(26, []), (27, ["sauvegardes : la dernière vérifiée a 27 heures"]), (-24, None)],
    )
    def test_the_last_verified_one_is_at_most_26_hours_old(self, a, heures, dites, time_machine_a):
        a(le(24))
        time_machine_a(le(24) + timedelta(hours=heures))

        anomalies = [str(une) for une in nuit.fraicheur().anomalies]

        attendues = ["sauvegardes : aucune n'a encore été vérifiée"] if dites is None else dites
        assert anomalies == attendues
        time_machine_a(le(24) + timedelta(hours=26, seconds=1))
        assert len(nuit.fraicheur().anomalies) == 1

    def test_the_same_faults_are_told_once_a_day_and_long_lists_are_cut(
        self, patron, time_machine_a
    ):
        execution = Execution.objects.create(tache="essai")
        fautes = [f"faute {rang}" for rang in range(MONTREES + 7)]

        time_machine_a(le(24, "12:00"))
        dites = [alerter("Titre", fautes, remede="voyez.", sujet=execution) for _ in range(2)]
        dites.append(alerter("Titre", fautes[:1], remede="voyez.", sujet=execution))
        time_machine_a(le(25, "12:00"))
        dites.append(alerter("Titre", fautes, remede="voyez.", sujet=execution))

        assert dites == [True, False, True, True]
        assert [len(une["fautes"]) for une in details()] == [MONTREES, 1, MONTREES]
        assert (details()[0]["autres"], details()[0]["remede"]) == (7, "voyez.")


def test_a_check_may_have_anomalies_of_any_kind():
    assert str(Anomalie("FAC-1", "absente")) == "FAC-1 : absente"
    assert Bilan({}, []).anomalies == []


FAUTES = ["rien", "rien", "rien", "pas de dump", "exercice raté", "hors site coupé", "tuée", "saut"]


def test_thirty_nights_with_faults_never_leave_zero_verified_backups(
    a, atelier, settings, monkeypatch
):
    """Show 3, with real dumps, restores and files."""
    settings.SAUVEGARDE_JOURS, settings.SAUVEGARDE_MOIS, settings.SAUVEGARDE_ANS = 5, 2, 1
    settings.SAUVEGARDE_VERROU_JOURS = 0
    hasard, faits = random.Random(5), []  # noqa: S311
    exercer = services.exercer
    for rang in range(30):
        faute = hasard.choice(FAUTES)
        faits.append(faute)
        avant = set(Sauvegarde.objects.presentes().values_list("nom", flat=True))
        with monkeypatch.context() as panne:
            if faute == "pas de dump":
                panne.setattr(tuyaux, "chiffrer", echouer)
            elif faute == "exercice raté":
                panne.setattr(
                    services, "exercer", lambda une, **o: exercer(abimer(atelier, une), **o)
                )
            elif faute == "hors site coupé":
                panne.setattr(type(coffre_des_sauvegardes()), "deposer", couper)
            elif faute == "tuée":
                laisser_des_restes(rang)
                continue
            sauts = [timedelta(days=-40), timedelta(days=40)]
            a(
                le(1)
                + timedelta(days=rang)
                + (hasard.choice(sauts) if faute == "saut" else timedelta())
            )
        verifier_la_nuit(atelier, avant, faute)

    assert set(faits) == set(FAUTES)
    assert not list(depots.dossier().rglob("*.partiel"))
    services.relire(par=outils.PAR)  # mends what the drills refused
    assert services.relire(par=outils.PAR).anomalies == []


def laisser_des_restes(rang: int) -> None:
    """What a night killed in the middle of its dump leaves."""
    dossier = depots.dossier() / "2026" / "11"
    dossier.mkdir(parents=True, exist_ok=True)
    (dossier / f"artjardin-mort-{rang}.dump.zst.age.partiel").write_bytes(b"la moitie")
    (dossier / f"artjardin-mort-{rang}.dump.zst.age").write_bytes(b"sans manifeste")


def verifier_la_nuit(atelier, avant: set[str], faute: str) -> None:
    toutes = list(Sauvegarde.objects.order_by("pk"))
    verifiees = [une for une in toutes if une.verifiee_le]
    presentes = [une for une in toutes if une.etat == "verifiee"]
    assert bool(presentes) == bool(verifiees)
    for une in presentes:
        assert (
            outils.empreinte((atelier.locale if une.locale else atelier.distante)(une))
            == une.sha256
        )
    if faute in {"pas de dump", "exercice raté", "hors site coupé"}:
        assert avant <= {une.nom for une in toutes if une.etat != "supprimee"}
        return
    jours: dict[object, str] = {}
    mois: dict[object, str] = {}
    for une in verifiees:
        jour = timezone.localdate(une.faite_le)
        for periodes, periode in ((jours, jour), (mois, (jour.year, jour.month))):
            periodes.pop(periode, None)
            periodes[periode] = une.nom
    gardees = {*list(jours.values())[-5:], *list(mois.values())[-2:], verifiees[-1].nom}
    gardees |= {une.nom for une in verifiees[-3:]}
    assert gardees <= {une.nom for une in presentes}
    autres = [une for une in presentes if une.nom not in gardees]
    assert all(not une.locale and une.verrouillee_jusqu_au > timezone.now() for une in autres)
