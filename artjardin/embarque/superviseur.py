"""What `make run` runs: the services, the migrations, then web, worker and beat, until Ctrl-C."""

import http.client
import selectors
import signal
import sys
import time
from pathlib import Path

from artjardin import settings
from artjardin.embarque import adresses, verifications
from artjardin.embarque.enfants import Enfant, Registre
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.journaux import Suivi, afficher, ecrire
from artjardin.embarque.service import Service
from artjardin.embarque.services import Occupation
from artjardin.embarque.verrous import Verrou

NOM = "artjardin"
PATIENCE = 15.0  # seconds given to the web to answer before the others start anyway
PYTHON = [sys.executable, "-u"]
# HTTP/1 only, and headers of 64 KiB at most: what nginx in front needs, and no more
GRANIAN = ["--interface", "rsgi", "--no-ws", "--http", "1", "--http1-buffer-size", "65536"]
GRANIAN += ["--workers", "2", "--log-config", "artjardin/traces/granian.json"]
GUICHET = "artjardin.guichet:application"
CELERY = ["celery", "--quiet", "-A", NOM]  # its lines, without its banner


class Superviseur:
    """One per data folder. Single-threaded: one loop reads, restarts and listens to signals."""

    def __init__(self, donnees: Path) -> None:
        self._donnees = donnees
        self._verrou = Verrou(donnees / "verrous" / "superviseur")
        self._registre = Registre(donnees / "enfants")
        self._occupation = Occupation(donnees)
        self._suivis = [Suivi(s.nom, s.journal) for s in self._occupation.services]
        self._lecteur = selectors.DefaultSelector()
        self._enfants: list[Enfant] = []
        self._signaux = 0
        self._repos_services = 0.0
        self._echecs_services = 0

    def executer(self) -> int:
        """Exit code: 0 after Ctrl-C, 1 when the product could not be prepared."""
        if not self._verrou.essayer():
            raise ErreurEmbarque(
                f"Le produit tourne déjà avec le dossier de données {self._donnees}. "
                "Arrêtez-le d'abord (Ctrl-C dans son terminal), ou donnez-en un autre : "
                "make run DONNEES=chemin PORT=8001",
            )
        for signe in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signe, self._noter_signal)
        self._registre.achever_restes()
        verifications.exiger_port(settings.HOTE, settings.PORT)
        verifications.exiger_pango()
        try:
            return self._vivre()
        finally:
            self._fermer()

    def _vivre(self) -> int:
        self._dire("démarrage des services…")
        self._occupation.entrer()
        for suivi in self._suivis:
            suivi.sauter()
        if self._arret_demande() or not self._preparer():
            return 0 if self._arret_demande() else 1
        self._servir(*programmes())
        return 0

    def _preparer(self) -> bool:
        """The schema, then the demo data on the very first start."""
        if self._gerer("migrate", "--no-input", "--verbosity", "1"):
            self._dire("la migration de la base a échoué ; rien n'est démarré.")
            return False
        temoin = self._donnees / "demo.faite"
        if settings.DEMO and not self._arret_demande() and not temoin.exists():
            if self._gerer("demo", "--si-vide"):
                self._dire("les données de démonstration n'ont pas pu être chargées.")
            else:
                temoin.touch()
        return not self._arret_demande()

    def _gerer(self, *arguments: str) -> int:
        """Run a management command to its end, or to the request to stop; its exit code."""
        enfant = Enfant(arguments[0], [*PYTHON, "manage.py", *arguments])
        self._ajouter(enfant)
        while enfant.code() is None and not self._arret_demande():
            self._tour()
        code = enfant.code()
        self._retirer(enfant)
        return 1 if code is None else code

    def _servir(self, web: Enfant, *autres: Enfant) -> None:
        """The web first and alone: the page answers sooner, the others follow without delay."""
        self._ajouter(web)
        depart = time.monotonic()
        attente, repondu = list(autres), False
        while not self._arret_demande():
            self._tour()
            self._surveiller()
            nouveau = not repondu and repond(settings.HOTE, settings.PORT)
            repondu = repondu or nouveau
            while attente and (repondu or time.monotonic() - depart > PATIENCE):
                self._ajouter(attente.pop(0))
            if nouveau:
                ecrire(annoncer(self._donnees, self._occupation.services))

    def _tour(self) -> None:
        for cle, _ in self._lecteur.select(timeout=0.2):
            enfant: Enfant = cle.data
            if not enfant.montrer():
                self._lecteur.unregister(cle.fd)
        for suivi in self._suivis:
            suivi.montrer()

    def _surveiller(self) -> None:
        for enfant in self._enfants:
            if enfant.attend_sa_reprise():
                if enfant.reprise_due():
                    self._lancer(enfant)
            elif (code := enfant.code()) is not None:
                self._reprendre_plus_tard(enfant, code)
        if time.monotonic() >= self._repos_services:
            self._surveiller_services()

    def _reprendre_plus_tard(self, enfant: Enfant, code: int) -> None:
        self._vider(enfant)
        enfant.enterrer()
        delai = enfant.planifier_reprise()
        self._dire(f"{enfant.nom} s'est arrêté (code {code}) ; relance dans {delai:.0f} s.")

    def _surveiller_services(self) -> None:
        self._repos_services = time.monotonic() + 1
        morts = [s.nom for s in self._occupation.services if s.pid() is None]
        if not morts:
            return
        self._dire(f"{' et '.join(morts)} : arrêt inattendu ; relance.")
        try:
            self._occupation.demarrer()
            self._echecs_services = 0
        except ErreurEmbarque as erreur:
            self._echecs_services += 1
            delai = min(30, 2**self._echecs_services)
            self._repos_services = time.monotonic() + delai
            self._dire(f"{erreur}\nnouvel essai dans {delai} s.")

    def _ajouter(self, enfant: Enfant) -> None:
        self._enfants.append(enfant)
        self._lancer(enfant)

    def _lancer(self, enfant: Enfant) -> None:
        enfant.lancer()
        self._lecteur.register(enfant.sortie, selectors.EVENT_READ, enfant)
        self._registre.ecrire(self._enfants)

    def _retirer(self, enfant: Enfant) -> None:
        """Ask it to end, wait within its bound, then end its whole family."""
        enfant.demander_fin()
        debut = time.monotonic()
        while enfant.code() is None and enfant.pid():
            if time.monotonic() - debut > (1 if self._presse() else enfant.delai_arret):
                break
            self._tour()
        self._vider(enfant)
        enfant.enterrer()
        self._enfants.remove(enfant)

    def _vider(self, enfant: Enfant) -> None:
        """Show its last words, and read it no more."""
        if enfant.pid() and enfant.sortie in self._lecteur.get_map():
            enfant.montrer()
            self._lecteur.unregister(enfant.sortie)

    def _fermer(self) -> None:
        self._dire("arrêt en cours (Ctrl-C de nouveau pour presser)…")
        for enfant in reversed(self._enfants[:]):
            self._retirer(enfant)
        self._registre.ecrire([])
        if self._occupation.sortir(presse=self._presse()):
            self._dire("arrêté.")
        else:
            self._dire("arrêté ; les services restent à une autre commande qui s'en sert.")
        self._lecteur.close()
        self._verrou.rendre()

    def _noter_signal(self, _signe: int, _cadre: object) -> None:
        self._signaux += 1

    def _arret_demande(self) -> bool:
        return self._signaux > 0

    def _presse(self) -> bool:
        return self._signaux > 1

    def _dire(self, texte: str) -> None:
        for ligne in texte.splitlines():
            afficher(NOM, ligne)


def programmes() -> list[Enfant]:
    """In the order of starting; they are stopped in the reverse order."""
    granian = ["granian", *GRANIAN, "--respawn-failed-workers", "--workers-kill-timeout", "8"]
    granian += ["--host", settings.HOTE, "--port", str(settings.PORT), GUICHET]
    return [
        Enfant("web", [*PYTHON, "-m", *granian]),
        ouvrier("worker", file="celery", processus=2),
        ouvrier("longues", file="longues", processus=1),
        Enfant("beat", [*PYTHON, "-m", *CELERY, "beat"]),
        Enfant("veilleur", [*PYTHON, "manage.py", "veiller"]),
    ]


def ouvrier(nom: str, *, file: str, processus: int) -> Enfant:
    """A worker of one queue: long tasks never hold those of each minute."""
    seul = ["--without-mingle", "--without-gossip"]  # no other worker of its queue on its broker
    commande = [*PYTHON, "-m", *CELERY, "worker", *seul, "--hostname", f"{nom}@%h"]
    commande += ["--queues", file, "--concurrency", str(processus)]
    return Enfant(nom, commande, delai_arret=20)


def repond(hote: str, port: int) -> bool:
    """Whether the web process serves: GET /live."""
    connexion = http.client.HTTPConnection(joignable(hote), port, timeout=1)
    try:
        connexion.request("GET", "/live")
        return connexion.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connexion.close()


def annoncer(donnees: Path, services: list[Service]) -> str:
    base = f"http://{joignable(settings.HOTE)}:{settings.PORT}"
    lignes = [f"  {base}{chemin}" for chemin in ("/", "/admin/", "/api/v1/", "/api/docs/")]
    if any(service.nom == "courriels" for service in services):
        lignes.append(f"  courriels reçus : {donnees / 'courriels'}")
    if (clef := adresses.clef_de_restauration(donnees)).exists():
        lignes.append(f"  clef de restauration, à garder hors de cette machine : {clef}")
    logins = donnees / "logins.txt"
    if logins.exists():
        lignes += ["", *logins.read_text(encoding="utf-8").splitlines()]
    else:
        lignes += ["", "Premier compte : .venv/bin/python manage.py creer_patron vous@example.fr"]
        lignes += ["Puis complétez la fiche Entreprise : les factures portent ce qu'elle dit."]
    return "\n".join(["", "Art & Jardin répond :", *lignes, "", "Ctrl-C pour arrêter.", "", ""])


def joignable(hote: str) -> str:
    """An address to call oneself: « all addresses » is none to connect to."""
    return "127.0.0.1" if hote in {"0.0.0.0", "::", ""} else hote  # noqa: S104 - not bound here
