"""A dump of the database, read as a thief would: no usable secret in it, in any writing."""

from __future__ import annotations

import re
import subprocess
import zipfile
from base64 import b32decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.test import Client as Navigateur
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.models import Facteur, Role, Session, User
from artjardin.accounts.services import creer_utilisateur
from artjardin.api.models import Clef
from artjardin.outbox.models import Courriel
from artjardin.outbox.services.envoi import envoyer_les_courriels
from artjardin.sauvegardes import programmes
from ops.exports.fichiers import fichier
from ops.exports.production import produire
from ops.models import Export
from ops.tasks import envoyer_un_oubli
from tests.artjardin import telephone
from tests.artjardin.serveurs import serveur_smtp
from tests.conftest import MOT_DE_PASSE

AUTH = "/api/v1/auth"
MINUTE = timedelta(minutes=1)
TAPES = ["presque-le-bon-mot", "une-faute-de-frappe"]  # wrong passwords are secrets too
NOUVEAU = "sous-le-vieux-cerisier"


@dataclass
class Butin:
    """Every secret that was given to somebody, by kind; the dump, and the exported files."""

    secrets: dict[str, set[str]] = field(default_factory=dict)
    vidage: bytes = b""
    export: bytes = b""

    def noter(self, genre: str, *valeurs: str) -> None:
        self.secrets.setdefault(genre, set()).update(valeurs)


class Vie:
    """What people do with their accounts in a week, over HTTP, with a clock that can be moved."""

    def __init__(self, butin: Butin, horloge: time_machine.Coordinates) -> None:
        self.butin, self.horloge = butin, horloge

    def entrer(self, user: User, *, code: str = "", mot: str = MOT_DE_PASSE) -> APIClient:
        corps = {"email": user.email, "mot_de_passe": mot, "code": code, "appareil": "téléphone"}
        reponse = APIClient().post(f"{AUTH}/login/", corps, headers={"Idempotency-Key": "l1"})
        assert reponse.status_code == 200, reponse.json()
        self.butin.noter("jeton", reponse.json()["jeton"])
        return APIClient(headers={"Authorization": f"Bearer {reponse.json()['jeton']}"})

    def mettre_en_place(self, http: APIClient) -> str:
        """By the API; the secret of the phone."""
        prepare = http.post(f"{AUTH}/2fa/setup/", headers={"Idempotency-Key": "p1"}).json()
        confirme = http.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(prepare["secret"])})
        assert confirme.status_code == 200, confirme.json()
        self.butin.noter("secret du téléphone", prepare["secret"])
        self.butin.noter("code de secours", *confirme.json()["codes_de_secours"])
        self.horloge.shift(MINUTE)
        return prepare["secret"]

    def au_bureau(self, user: User, secret: str) -> Navigateur:
        """By the pages: password, code, new recovery codes; the cookies are secrets."""
        bureau = Navigateur()
        bureau.post("/admin/login/", {"username": user.email, "password": MOT_DE_PASSE})
        self.butin.noter("session", bureau.cookies["sessionid"].value)
        bureau.post("/admin/login/code/", {"code": telephone.code(secret)})
        self.horloge.shift(MINUTE)
        assert bureau.get("/admin/").status_code == 200
        page = bureau.post("/admin/securite/codes/", {"code": telephone.code(secret)})
        codes = re.findall(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", page.content.decode())
        assert len(set(codes)) == 10
        self.butin.noter("code de secours", *codes)
        self.butin.noter("session", bureau.cookies["sessionid"].value)
        self.butin.noter(
            "appareil", *(c.value for n, c in bureau.cookies.items() if n != "csrftoken")
        )
        self.horloge.shift(MINUTE)
        return bureau

    def secret_par_la_page(self, bureau: Navigateur) -> None:
        """A second factor being replaced in the office: the key on the page."""
        page = bureau.get("/admin/securite/second-facteur/").content.decode()
        (cle,) = re.findall(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)
        self.butin.noter("secret du téléphone", cle.replace(" ", ""))


@pytest.fixture
def butin(base_partagee, settings, monkeypatch, tmp_path):
    """Every kind of secret made, then the dump; real commits, or there would be nothing in it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ADRESSE_PUBLIQUE = "https://gestion.essais.example"
    settings.DONNEES_EXPORTS = tmp_path / "exports"
    monkeypatch.setattr(envoyer_un_oubli, "delay", envoyer_un_oubli)
    butin = Butin()
    butin.noter("mot de passe", MOT_DE_PASSE, NOUVEAU, *TAPES)
    patron, comptable = _compte(Role.PATRON), _compte(Role.COMPTABLE)
    with time_machine.travel(timezone.now(), tick=False) as horloge:
        _vivre(Vie(butin, horloge), patron, comptable, settings)
    butin.vidage = _vider()
    return butin


def _compte(role: Role) -> User:
    email = f"{role}@art-jardin.example"
    return creer_utilisateur(email=email, mot_de_passe=MOT_DE_PASSE, role=role, nom=role.title())


def _vivre(vie: Vie, patron: User, comptable: User, settings) -> None:
    secret = vie.mettre_en_place(vie.entrer(patron))
    http = vie.entrer(patron, code=telephone.code(secret))
    vie.horloge.shift(MINUTE)
    for tape in TAPES:
        APIClient().post(f"{AUTH}/login/", {"email": comptable.email, "mot_de_passe": tape})
    bureau = vie.au_bureau(patron, secret)
    vie.secret_par_la_page(bureau)
    _cle_de_machine(vie.butin, http)
    _liens(vie.butin, http, comptable, settings)
    _exporter(vie.butin, http)
    vie.entrer(comptable, mot=NOUVEAU).post(f"{AUTH}/logout/")  # revoked tokens stay in the table


def _cle_de_machine(butin: Butin, http: APIClient) -> None:
    fin = (timezone.now() + timedelta(days=90)).isoformat()
    corps = {"nom": "Sonde", "portee": "surveillance", "expire_le": fin}
    faite = http.post("/api/v1/cles-api/", corps, headers={"Idempotency-Key": "c1"})
    assert faite.status_code == 201, faite.json()
    butin.noter("clé d'API", faite.json()["secret"])


def _liens(butin: Butin, http: APIClient, comptable: User, settings) -> None:
    """An invitation and a forgotten password, read in the mails that really arrive."""
    invite = {"email": "neuve@art-jardin.example", "role": "employe", "nom": "Neuve"}
    assert (
        http.post("/api/v1/comptes/", invite, headers={"Idempotency-Key": "i1"}).status_code == 201
    )
    APIClient().post(f"{AUTH}/mot-de-passe/oubli/", {"email": comptable.email})
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()
    recus = {
        recu.destinataires[0]: trouve[1]
        for recu in serveur.recus
        if (trouve := re.search(r"/acces/([^/\s]+)/", _texte(recu)))
    }
    assert set(recus) == {"neuve@art-jardin.example", comptable.email}
    butin.noter("lien", *recus.values())
    corps = {"lien": recus[comptable.email], "mot_de_passe": NOUVEAU}
    assert APIClient().post(f"{AUTH}/mot-de-passe/choix/", corps).status_code == 204


def _texte(recu) -> str:
    return recu.message.get_body(["plain"]).get_content()


def _exporter(butin: Butin, http: APIClient) -> None:
    demande = http.post("/api/v1/exports/", {"genre": "complet"}, headers={"Idempotency-Key": "e1"})
    assert demande.status_code == 202, demande.json()
    export = Export.objects.get(pk=demande.json()["id"])
    produire(export.pk)
    with zipfile.ZipFile(fichier(export.pk)) as archive:
        butin.export = b"\n".join(archive.read(nom) for nom in archive.namelist())


def _vider() -> bytes:
    """The whole database in plain text, as pg_dump writes it."""
    vers = programmes.parametres()
    commande = programmes.commande(
        "pg_dump", "--format=plain", vers=vers, serveur=programmes.major(connection.connection)
    )
    fait = subprocess.run(
        commande, env=programmes.environnement(vers), capture_output=True, check=True
    )
    return fait.stdout


def ecritures(secret: str) -> set[bytes]:
    """A secret as it may lie in a dump: plain, quoted, in hexadecimal, in base64 at any place."""
    octets = {secret.encode(), secret.replace("-", "").encode(), secret[::-1].encode()}
    if re.fullmatch(r"[A-Z2-7]{32}", secret):
        octets |= {b32decode(secret)}  # of a phone: the bytes of which codes are made
    formes = set(octets) | {quote(secret, safe="").encode(), secret.lower().encode()}
    for une in octets:
        formes |= {une.hex().encode(), une.hex().upper().encode()}
        formes |= {
            coder(b"\0" * decalage + une)[-(-decalage * 4 // 3) : len(une) * 4 // 3 - 1]
            for coder in (b64encode, urlsafe_b64encode)
            for decalage in range(3)
        }
    return {forme for forme in formes if len(forme) > 6}


def trouves(secrets: set[str], octets: bytes) -> set[str]:
    """Those that lie there in some writing."""
    return {secret for secret in secrets if any(forme in octets for forme in ecritures(secret))}


def test_the_search_finds_each_writing():
    """Were a secret there, it would be seen."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    brut = b32decode(secret)
    for present in (
        secret.encode(), brut.hex().encode(), b64encode(b'{"cle": "' + secret.encode() + b'"}'),
        b64encode(b"ab" + brut + b"xyz"), urlsafe_b64encode(b"a" + brut), secret.lower().encode(),
    ):  # fmt: skip
        assert trouves({secret}, b"-- avant " + present + b" apres") == {secret}
    assert trouves({"a/b+c=d&e f-g"}, b"?lien=a%2Fb%2Bc%3Dd%26e%20f-g") == {"a/b+c=d&e f-g"}
    assert trouves({secret}, b"rien de tout cela") == set()


def test_a_dump_gives_no_secret_and_a_moved_factor_does_not_decrypt(butin):
    """One test: making the week and the dump takes most of the time."""
    assert set(butin.secrets) == {
        "mot de passe", "jeton", "secret du téléphone", "code de secours", "session", "appareil",
        "clé d'API", "lien",
    }  # fmt: skip
    for genre, secrets in butin.secrets.items():
        assert trouves(secrets, butin.vidage) == set(), genre
        assert trouves(secrets, butin.export) == set(), genre
    patron = User.objects.get(email="patron@art-jardin.example")
    _la_ou_il_fallait_chercher(butin, patron)
    _sessions_ouvertes(butin)
    _deplacer_le_facteur(patron, User.objects.get(email="comptable@art-jardin.example"))


def _la_ou_il_fallait_chercher(butin: Butin, patron: User) -> None:
    """The rows that could have held them are in the dump, and in use."""
    for table in ("accounts_jeton", "accounts_facteur", "accounts_session", "outbox_courriel"):
        assert f"COPY public.{table} ".encode() in butin.vidage
    assert patron.email.encode() in butin.vidage
    assert User.objects.get(pk=patron.pk).password.encode() in butin.vidage
    assert b"argon2$argon2id$" in butin.vidage
    assert Courriel.objects.filter(type="compte_lien", statut="envoye").count() == 2
    assert set(Clef.objects.values_list("clef", flat=True)) == {"i1", "e1"}
    assert b"tables/clients.csv" in butin.export


def _sessions_ouvertes(butin: Butin) -> None:
    """What sessions hold is compressed: it is read as the product reads it."""
    contenus = "".join(str(session.get_decoded()) for session in Session.objects.all()).encode()
    assert b"_auth_user_id" in contenus
    assert not {s for tous in butin.secrets.values() for s in trouves(tous, contenus)}


def _deplacer_le_facteur(patron: User, comptable: User) -> None:
    """A thief who can write gives themselves the encrypted secret of a patron, whose codes they
    know: the row does not decrypt, and the door stays shut."""
    ligne = Facteur.objects.get(user=patron, confirmed=True)
    Facteur.objects.filter(user=patron, confirmed=False).delete()
    Facteur.objects.filter(pk=ligne.pk).update(user=comptable)
    corps = {"email": comptable.email, "mot_de_passe": NOUVEAU, "code": "123456"}

    refus = APIClient().post(f"{AUTH}/login/", corps)

    assert (refus.status_code, refus.json()["code"]) == (503, "facteur_illisible")
    assert "jeton" not in refus.json()
