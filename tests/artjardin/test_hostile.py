"""Clients that stall, that lie, or that send too much: the others do not notice, nothing breaks."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from artjardin import guichet
from artjardin.api.corps import CORPS_MAX, FICHIER_MAX
from clients.models import Client
from tests.artjardin.granian import bloques, brute, demander, servir

CONNEXION = "/api/v1/auth/login/"
IMPORTS = ["/api/v1/clients/import/", "/api/v1/factures/import/"]
GROS = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
TETE = "HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
JSON = "Content-Type: application/json\r\n"
ATTENTE = 5.0  # seconds: some milliseconds, on a machine that has nothing else to do


def demande(ligne: str, entetes: str = "", corps: bytes = b"") -> bytes:
    return f"{ligne} {TETE}{entetes}\r\n".encode() + corps


@pytest.fixture(scope="module")
def port():
    with servir() as port:
        yield port


BLOCAGES = {
    "never ends its headers": b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Lent: ",
    "never ends its body": demande(f"POST {CONNEXION}", f"{JSON}Content-Length: 900\r\n", b'{"e'),
    "never reads its answer": demande(f"GET {GROS}").replace(b"close", b"keep-alive") * 8,
}


class TestGranian:
    @pytest.mark.parametrize("blocage", BLOCAGES.values(), ids=BLOCAGES)
    def test_thirty_stalled_clients_hold_nobody_up(self, port, blocage):
        with bloques(port, blocage, nombre=30):
            for methode, chemin, voulu in [
                ("GET", "/live", 200), ("GET", "/admin/login/", 200), ("POST", CONNEXION, 400),
                ("GET", "/static/artjardin/feuille.svg", 200),
            ] * 3:  # fmt: skip
                corps = "{}" if methode == "POST" else None
                type_ = {"Content-Type": "application/json"} if corps else {}
                statut, duree = demander(port, methode, chemin, body=corps, headers=type_)
                assert (statut, duree < ATTENTE) == (voulu, True), (chemin, duree)

    @pytest.mark.parametrize(
        ("octets", "statut", "code"),
        [
            (demande(f"POST {CONNEXION}", f"{JSON}Content-Length: 1000000000\r\n", b"{"),
             413, "trop_grand"),
            (demande(f"POST {CONNEXION}", f"{JSON}Content-Length: 90\r\n", b'{"email": "a'),
             400, "corps_incomplet"),
            (demande(f"POST {CONNEXION}", f"{JSON}Transfer-Encoding: chunked\r\n",
                     b"2\r\n{}\r\n0\r\n\r\n"), 411, "longueur_requise"),
            (demande(f"POST {CONNEXION}", f"{JSON}Content-Encoding: gzip\r\nContent-Length: 2\r\n",
                     b"{}"), 415, "codage_refuse"),
            (demande("TRACE /"), 405, ""),
            (demande("GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), 404, ""),
            (demande("GET /static/../../../etc/passwd"), 404, ""),
            (demande("GET /api/v1/clients/%ff%fe/"), 401, "not_authenticated"),
            (demande("GET /api/v1/clients/%00/"), 401, "not_authenticated"),
            (demande("GET /live", "X-Request-ID: \udce9\r\n".encode(errors="surrogateescape")
                     .decode("latin-1")), 200, ""),
            (demande("GET /live", "X-Long: " + "a" * 500_000 + "\r\n"), 431, ""),
            (demande("GET /" + "a" * 100_000), 414, ""),
            (demande("GET /api/v1/auth/me/").replace(b"127.0.0.1", b"voleur.example"),
             400, "invalide"),
            (demande("GET /").replace(b"Host: 127.0.0.1", b"Host: 127.0.0.1\r\nHost: a.fr"),
             400, ""),
            (demande(f"POST {CONNEXION}", f"{JSON}Content-Length: 2\r\nContent-Length: 3\r\n",
                     b"{} "), 400, ""),
            (demande(f"POST {CONNEXION}", f"{JSON}Content-Length: -2\r\n", b"{}"), 400, ""),
            (b"\x16\x03\x01\x02\x00" * 100, 400, ""),
            (demande(f"GET {GROS}", "Range: bytes=0-9\r\n"), 206, ""),
            (demande(f"GET {GROS}", "Range: bytes=99999999-\r\n"), 416, ""),
        ],
    )  # fmt: skip
    def test_a_request_that_lies_is_refused(self, port, octets, statut, code):
        tete, _, corps = brute(port, octets, coupe=code == "corps_incomplet").partition(b"\r\n\r\n")

        assert tete.startswith(f"HTTP/1.1 {statut} ".encode()), tete
        assert (json.loads(corps)["code"] if code else "") == code
        assert demander(port, "GET", "/live")[0] == 200

    def test_a_body_and_an_answer_arrive_whole(self, port):
        corps = json.dumps({"email": "é" * 40_000, "mot_de_passe": "x"})
        statut, _ = demander(
            port,
            "POST",
            CONNEXION,
            body=corps.encode(),
            headers={"Content-Type": "application/json"},
        )
        tete, _, fichier = brute(port, demande(f"GET {GROS}")).partition(b"\r\n\r\n")

        assert statut == 400
        assert f"content-length: {len(fichier)}".encode() in tete
        assert len(fichier) > guichet.EN_MEMOIRE


class Echange:
    """A client of RSGI that sends these pieces, then nothing, for ever if `muet`."""

    def __init__(self, *morceaux: bytes, muet: bool = False, rythme: float = 0) -> None:
        self.morceaux, self.muet, self.rythme = morceaux, muet, rythme

    async def __aiter__(self):
        for morceau in self.morceaux:
            await asyncio.sleep(self.rythme)
            yield morceau
        if self.muet:
            await asyncio.sleep(3600)


class TestReception:
    @pytest.fixture(autouse=True)
    def _presse(self, monkeypatch):
        monkeypatch.setattr(guichet, "SILENCE", 0.1)
        monkeypatch.setattr(guichet, "DUREE", 0.4)

    def recevoir(self, *morceaux, annonce=10, **options):
        recu = io.BytesIO()
        environ = {"CONTENT_LENGTH": str(annonce)}
        return asyncio.run(guichet._recevoir(Echange(*morceaux, **options), environ, recu)), recu

    def test_a_whole_body_is_read_from_its_start(self):
        motif, recu = self.recevoir(b"12345", b"67890")

        assert (motif, recu.read()) == ("", b"1234567890")

    @pytest.mark.parametrize(
        ("morceaux", "options", "motif"),
        [
            ([b"123"], {}, "corps_incomplet"),
            ([b"123"], {"muet": True}, "corps_trop_lent"),
            ([b"1"] * 9, {"rythme": 0.06}, "corps_trop_lent"),
            ([b"12345", b"67890"], {"rythme": 0.06}, ""),
        ],
    )
    def test_a_body_has_its_time(self, morceaux, options, motif):
        assert self.recevoir(*morceaux, **options)[0] == motif

    def test_bodies_share_the_memory(self, monkeypatch):
        monkeypatch.setattr(guichet, "EN_VOL_MAX", 15)
        monkeypatch.setattr(guichet, "_en_vol", {"octets": 0})
        with guichet._en_reception() as premier:
            echange, environ = Echange(b"1234567890"), {"CONTENT_LENGTH": "10"}
            assert asyncio.run(guichet._recevoir(echange, environ, premier)) == ""
            assert self.recevoir(b"1234567890")[0] == "trop_de_corps"
        guichet._en_vol["octets"] -= 10  # the second one, whose place was given back elsewhere

        assert guichet._en_vol == {"octets": 0}

    def test_a_broken_answer_is_an_error_not_half_a_file(self, monkeypatch):
        def casser(environ, commencer):
            commencer("200 OK", [])
            return Casse()

        class Casse(list):
            def __iter__(self):
                yield b"la moitie"
                raise RuntimeError("la base est tombee")

            def close(self):
                return None

        monkeypatch.setattr(guichet, "django", casser)
        reponse = guichet._executer({"PATH_INFO": "/"})

        assert (reponse.statut, json.loads(reponse.corps)["code"]) == (500, "erreur")


def imbrique(profondeur: int) -> str:
    return "[" * profondeur + "]" * profondeur


class TestCorps:
    @pytest.mark.parametrize(
        "corps",
        [imbrique(40), imbrique(400_000), '{"email": ' * 500, '{"email": 1e999}', '{"email": NaN}',
         '{"email": "\\ud800"}', f'{{"email": {"9" * 500_000}}}', '{"email": "\\u0000"}', "null",
         "[]", '"x"', "", "{", "\ufeff{}", json.dumps({"email": "a@b.fr", "mot_de_passe": [1]}),
         json.dumps({str(i): i for i in range(50_000)}), json.dumps({"email": [1] * 2_001}),
         json.dumps({"email": "a" * 1_000_000, "mot_de_passe": "x"}),
         json.dumps({"email": "a@b.fr", "mot_de_passe": "x" * 1_000_000})],
    )  # fmt: skip
    @pytest.mark.django_db
    def test_a_strange_json_is_refused(self, corps):
        refus = APIClient().post(CONNEXION, corps, content_type="application/json")

        assert refus.status_code == 400
        assert set(refus.json()) == {"code", "message", "champs"}

    @pytest.mark.parametrize(
        ("octets", "type_", "statut"),
        [
            (b" " * (CORPS_MAX + 1), "application/json", 413),
            (b" " * (FICHIER_MAX + 1), "text/csv", 413),
            (b"a=" + b"a" * CORPS_MAX, "application/x-www-form-urlencoded", 413),
            (b"{}", "application/xml", 415),
            (b"{}", "", 415),
        ],
    )
    @pytest.mark.django_db
    def test_what_is_too_big_or_of_another_kind_is_not_read(self, http, octets, type_, statut):
        adresse = IMPORTS[0] if type_ == "text/csv" else CONNEXION
        refus = http.generic("POST", adresse, octets, content_type=type_)

        assert refus.status_code == statut
        assert set(refus.json()) == {"code", "message", "champs"}

    @pytest.mark.parametrize("longueur", ["-1", "1e3", "０", "abc"])
    def test_a_length_that_is_none_is_refused(self, client, longueur):
        refus = client.post(CONNEXION, b"{}", "application/json", CONTENT_LENGTH=longueur)

        assert (refus.status_code, refus.json()["code"]) == (411, "longueur_requise")

    def test_a_page_is_refused_by_a_page(self, client):
        refus = client.post(
            "/admin/login/", b"a" * (CORPS_MAX + 1), "text/plain", HTTP_ACCEPT="text/html"
        )

        assert refus.status_code == 413
        assert "La demande est trop grande." in refus.text
        assert refus["Content-Type"].startswith("text/html")

    @pytest.mark.parametrize("quoi", ["champs", "parties", "fichiers"])
    @pytest.mark.django_db
    def test_many_fields_and_parts_are_refused(self, http, quoi):
        combien = {str(i): "x" for i in range(5_000)}
        if quoi == "champs":
            refus = http.post(CONNEXION, combien, format="multipart")
        elif quoi == "parties":
            corps = "&".join(f"{clef}=x" for clef in combien)
            refus = http.generic("POST", CONNEXION, corps, "application/x-www-form-urlencoded")
        else:
            fichiers = {clef: SimpleUploadedFile(clef, b"x") for clef in list(combien)[:500]}
            refus = http.post(IMPORTS[0], fichiers, format="multipart")

        assert refus.status_code == 400
        assert set(refus.json()) == {"code", "message", "champs"}


def classeur() -> bytes:
    """A zip of 100 MB of zeros, in 100 kB: an .xlsx may be one."""
    with io.BytesIO() as flux:
        with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as zip_:
            zip_.writestr("xl/worksheets/sheet1.xml", b"\0" * 100 * 2**20)
        return flux.getvalue()


@pytest.mark.django_db
class TestImports:
    FICHIERS = {
        "a zip bomb": classeur(),
        "gzip": b"\x1f\x8b\x08" + b"\0" * 900,
        "pdf": b"%PDF-1.7\n" + b"a" * 900,
        "NUL bytes": b"code;raison sociale\nA\0;B\n",
        "one endless line": b"a" * (10 * 2**20),
        "one endless row": b";" * (10 * 2**20 - 1) + b"\n",
        "an endless quote": b'code;nom\n"' + b"a" * (9 * 2**20),
        "UTF-16 cut in two": b"\xff\xfec\0o\0d\0e",
        "UTF-16 without its mark": "code;nom\nA;B\n".encode("utf-16-le"),
        "UTF-32": "code;nom\nA;B\n".encode("utf-32"),
        "nothing": b"",
        "too many rows": b"code;raison sociale;type\n" + b"1\n" * 4_000_000,
        "too many bytes": b"code;nom\n" + b"a;b\n" * 2_700_000,
    }

    @pytest.mark.parametrize("adresse", IMPORTS)
    @pytest.mark.parametrize("octets", FICHIERS.values(), ids=FICHIERS)
    def test_a_hostile_file_is_refused_whole(self, http, adresse, octets):
        refus = http.generic("POST", f"{adresse}?essai=non", octets, content_type="text/csv")

        assert refus.status_code in {400, 413}, refus.json()
        assert set(refus.json()) == {"code", "message", "champs"}
        assert not Client.objects.exists()

    @pytest.mark.parametrize(
        "nom",
        ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\0b.csv", "x" * 5_000, ".."],
    )
    def test_the_name_of_a_file_is_never_a_path(self, http, tmp_path, nom):
        fichier = SimpleUploadedFile("x.csv", b"code;raison sociale\nA;B\n", "text/csv")
        fichier._name = nom
        with suppress(OSError):
            avant = sorted(p.name for p in tmp_path.rglob("*"))
        reponse = http.post(IMPORTS[0], {"fichier": fichier}, format="multipart")

        assert reponse.status_code in {200, 400}
        assert sorted(p.name for p in tmp_path.rglob("*")) == avant
        if reponse.status_code == 200:
            assert "/" not in reponse.json()["fichier"]
            assert "\\" not in reponse.json()["fichier"]
