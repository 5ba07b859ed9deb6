"""An upgrade while people work: the code of another commit serves, this one migrates and follows.

Each visitor creates a client, drafts an invoice for it, issues it, reads the lists. No request may
fail: not on the old schema, not while it changes, not on the new one under the old code, not while
one web takes the place of the other.
"""

import http.client
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from artjardin.embarque import processus, superviseur
from artjardin.embarque.services import Occupation
from bench.banc import RACINE, Banc
from bench.mesures import dire
from bench.serveurs import port_libre
from bench.trafic import CLIENTS, HOTE, Trafic, client

FACTURES = "/api/v1/factures/"
CHAUFFE = 4.0  # seconds of traffic between two steps
# Run by the old code, whatever it is: who may do everything, with a second factor if it knows any
JETON = """
import sys
from django.utils import timezone
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import User
patron = User.objects.filter(groups__name="patron", is_active=True).order_by("pk").first()
options = {}
try:
    from artjardin.accounts import facteurs
except ImportError:
    pass
else:
    facteur, _ = facteurs.preparer(patron)
    facteur.confirmed, facteur.confirme_le = True, timezone.now()
    facteur.save()
    options = {"verifie": True}
print("jeton=" + creer_jeton(patron, **options)[0])
"""


class Visites(Trafic):
    """Numbers given, invoices frozen, entries chained: what an upgrade must not disturb."""

    def scenario(self, connexion: http.client.HTTPConnection, nom: str) -> None:
        adresse = {"adresse": "1 rue des Essais", "code_postal": "49000", "ville": "Angers"}
        cree = self.demander(connexion, "POST", CLIENTS, client(nom) | adresse)
        self.ecrits.append(nom)
        ligne = {
            "designation": "Tonte", "quantite": "2", "unite": "h",
            "prix_unitaire": "40.00", "taux_tva": "20",
        }  # fmt: skip
        facture = {"client": cree["id"], "objet": "Entretien", "lignes": [ligne]}
        brouillon = self.demander(connexion, "POST", FACTURES, facture)
        self.demander(connexion, "POST", f"{FACTURES}{brouillon['id']}/emettre/", {})
        for chemin in (FACTURES, CLIENTS, "/api/v1/paiements/", "/api/v1/journal/"):
            self.demander(connexion, "GET", chemin)


def mesurer_la_mise_a_jour(dossier: Path, *, depuis: str) -> bool:
    """Whether no request failed, from commit `depuis` to this code."""
    banc, occupation = Banc(dossier / "donnees", 0), Occupation(dossier / "donnees")
    with ExitStack() as pile:
        ancien = pile.enter_context(code_de(depuis, dossier / "ancien"))
        pile.callback(occupation.sortir, presse=True)
        occupation.entrer()
        jeton = preparer(ancien, banc)
        port = port_libre()
        web = pile.enter_context(servir(ancien, banc, port))
        with Visites(port, jeton).passer() as trafic:
            etapes(trafic, banc, web, port, pile)
    _dire_l_etape(trafic, f"en tout, la plus lente en {trafic.la_plus_lente:.2f} s")
    for perdue in trafic.perdues[:10]:
        dire(f"    {perdue}")
    return not (trafic.perdues or trafic.refusees) and trafic.reussies > 0


def etapes(trafic: Trafic, banc: Banc, web: subprocess.Popen, port: int, pile: ExitStack) -> None:
    time.sleep(CHAUFFE)
    _dire_l_etape(trafic, "ancien code, ancien schéma")
    debut = time.monotonic()
    gerer(RACINE, banc, "migrate", "--no-input", "--verbosity", "0")
    _dire_l_etape(trafic, f"migration ({time.monotonic() - debut:.1f} s)")
    time.sleep(CHAUFFE)
    _dire_l_etape(trafic, "ancien code, nouveau schéma")
    pile.enter_context(servir(RACINE, banc, port))
    web.terminate()
    web.wait(30)
    _dire_l_etape(trafic, "remplacement")
    time.sleep(CHAUFFE)
    _dire_l_etape(trafic, "nouveau code, nouveau schéma")


def _dire_l_etape(trafic: Trafic, nom: str) -> None:
    perdues = len(trafic.perdues) + trafic.refusees
    dire(f"  {nom} : {trafic.reussies} réussies, {perdues} perdues ou refusées")


@contextmanager
def code_de(commit: str, dossier: Path) -> Iterator[Path]:
    """The files of a commit, with the packages of this one."""
    git = [str(shutil.which("git")), "-C", str(RACINE), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(dossier), commit], check=True)
    try:
        yield dossier
    finally:
        subprocess.run([*git, "remove", "--force", str(dossier)], check=True)


def preparer(code: Path, banc: Banc) -> str:
    """The old schema, a year of the firm, and a token."""
    gerer(code, banc, "migrate", "--no-input", "--verbosity", "0")
    gerer(code, banc, "demo")
    dit = gerer(code, banc, "shell", "--verbosity", "0", "-c", JETON)
    return dit.rpartition("jeton=")[2].strip()


def gerer(code: Path, banc: Banc, *arguments: str) -> str:
    fait = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=code,
        env=banc.environnement,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return fait.stdout


@contextmanager
def servir(code: Path, banc: Banc, port: int) -> Iterator[subprocess.Popen]:
    """The web of this code, beside another one on the same port; once all of it listens."""
    avant = portes(port)
    guichet = (code / "artjardin" / "guichet.py").exists()  # what came before was WSGI
    options = ["--interface", "rsgi"] if guichet else ["--interface", "wsgi"]
    application = superviseur.GUICHET if guichet else "artjardin.wsgi:application"
    web = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "--http", "1", "--no-ws", "--workers", "2",
         "--host", HOTE, "--port", str(port), application],
        cwd=code, env=banc.environnement, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        processus.attendre(lambda: portes(port) >= avant + 2 or web.poll() is not None, 60)
        yield web
    finally:
        web.terminate()
        web.wait(30)


def portes(port: int) -> int:
    """How many processes listen to it: each has a socket of its own."""
    lignes = (ligne.split() for ligne in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(une[1].endswith(f":{port:04X}") and une[3] == "0A" for une in lignes)
