"""A year of documents drawn at random, written through the API, computed again from outside.

Nothing of facturation.montants is used here: fractions of integers, and the answers of the API.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
import time_machine

from artjardin.audit.constat import prendre_acte
from facturation.contenu import contenu_facture
from facturation.controle import controler
from facturation.facturx.verification import verifier_xml
from facturation.facturx.xml import xml_de
from facturation.models import Devis, Facture
from tests.artjardin.concorde import ecarts

pytestmark = pytest.mark.django_db

DEBUT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TAUX = ["20.00", "10.00", "5.50"]
SIRETS = ["73282932000074", "35600000000048", "55210055400013"]
CLIENTS = [
    {"type": "particulier", "nom": "Maurel", "prenom": "Odile"},
    {"type": "professionnel", "raison_sociale": "Pépinières d'Essai", "siret": SIRETS[1],
     "tva_intracom": "FR39356000000"},
    {"type": "syndic", "raison_sociale": "Syndicat des Essais", "siret": SIRETS[2]},
]  # fmt: skip
REMISES = [{}, {"remise": "7.50"}, {"remise": "33.33"}, {"remise_montant": "1.07"}]
TOTALES = [{}, {}, {"remise_taux": "5.00"}, {"remise_taux": "12.34"}, {"remise_montant": "3.33"}]


class Annee:
    """Plays the office: one request at a time, on days that follow one another."""

    def __init__(self, http, hasard):
        self.http, self.hasard = http, hasard
        self.jour = DEBUT
        self.factures, self.devis, self.recus = [], [], []
        adresse = {"adresse": "1 rue des Essais", "code_postal": "49000", "ville": "Angers"}
        self.clients = [self.poster("clients/", client | adresse)["id"] for client in CLIENTS]

    def poster(self, chemin, corps=None, *, statut=(200, 201)):
        with time_machine.travel(self.jour, tick=False):
            reponse = self.http.post(f"/api/v1/{chemin}", corps or {}, format="json")
        assert reponse.status_code in statut, (chemin, corps, reponse.json())
        return reponse.json()

    def lire(self, chemin):
        with time_machine.travel(self.jour, tick=False):
            return self.http.get(f"/api/v1/{chemin}").json()

    def lignes(self, *, taux=TAUX):
        return [self.ligne(self.hasard.choice(taux)) for _ in range(self.hasard.randint(1, 6))]

    def ligne(self, taux):
        entier, decimales = self.hasard.randint(1, 30), self.hasard.choice(["", ".5", ".3333"])
        prix = f"{self.hasard.randint(2, 180)}.{self.hasard.randint(0, 999999):06d}"
        reduit = {"justification_tva": "Allée d'accès"} if taux in TAUX[1:] else {}
        remise = self.hasard.choice(REMISES)
        fixe = {"designation": "Travaux", "quantite": f"{entier}{decimales}", "taux_tva": taux}
        return fixe | {"prix_unitaire": prix} | reduit | remise

    def emettre(self, facture):
        self.factures.append(facture["id"])
        return self.poster(f"factures/{facture['id']}/emettre/")

    def facturer(self):
        entete = {"client": self.hasard.choice(self.clients), "objet": "Jardin"}
        corps = entete | {"lignes": self.lignes()} | self.hasard.choice(TOTALES)
        return self.emettre(self.poster("factures/", corps))

    def autoliquider(self):
        lignes = self.lignes(taux=["0.00"])
        corps = {"client": self.clients[1], "objet": "Sous-traitance", "lignes": lignes}
        return self.emettre(self.poster("factures/", corps | {"exoneration": "autoliquidation"}))

    def vendre_par_parts(self):
        lignes = [*self.lignes(), self.ligne("20.00") | {"option": True}, self.ligne("20.00")]
        corps = {"client": self.hasard.choice(self.clients), "objet": "Création", "lignes": lignes}
        devis = self.poster("devis/", corps | self.hasard.choice(TOTALES))["id"]
        self.poster(f"devis/{devis}/finaliser/")
        options = [li["id"] for li in self.lire(f"devis/{devis}/")["lignes"] if li["option"]]
        self.poster(f"devis/{devis}/accepter/", {"options": self.hasard.choice([[], options])})
        self.devis.append(devis)
        parts = [{"type": "acompte", "pourcentage": self.hasard.choice(["30", "33.33", "12.5"])}]
        parts += [
            {"type": "situation", "pourcentage": str(cumul)}
            for cumul in sorted(self.hasard.sample(range(5, 50), self.hasard.randint(0, 3)))
        ]
        for part in [*parts, {"type": "solde"}]:
            self.jour += timedelta(days=1)
            self.emettre(self.poster(f"devis/{devis}/facturer/", part))

    def crediter(self):
        facture = self.lire(f"factures/{self.hasard.choice(self.factures)}/")
        if facture["type"] == "avoir" or facture["devis"]:
            return
        taux = facture["tva"][0]["taux"]
        corps = {"motif": "Erreur de métré"}
        if self.hasard.random() < 0.7 and float(facture["tva"][0]["base"]) > 40:
            un = {"designation": "Trop compté", "quantite": "1", "taux_tva": taux}
            reduit = {"justification_tva": "Comme la facture"} if taux in TAUX[1:] else {}
            corps["lignes"] = [un | {"prix_unitaire": f"{self.hasard.randint(1, 999)}e-2"} | reduit]
        avoir = self.poster(f"factures/{facture['id']}/avoir/", corps, statut=(201, 409))
        if "id" in avoir:
            self.emettre(avoir)

    def encaisser(self):
        facture = self.lire(f"factures/{self.hasard.choice(self.factures)}/")
        solde = Fraction(facture["solde"] or 0)
        if facture["type"] == "avoir" or solde <= 0:
            return
        cents = self.hasard.randint(1, int(solde * 100))
        corps = {"le": f"{self.jour:%Y-%m-%d}", "montant": f"{cents // 100}.{cents % 100:02d}"}
        surplus = self.hasard.random() < 0.2
        if surplus:
            corps |= {"montant": f"{float(solde + 10):.2f}", "garder_le_surplus": True}
        self.poster(f"factures/{facture['id']}/encaisser/", corps)
        self.recus.append(Fraction(corps["montant"]))


def arrondi(montant):
    """Half away from zero, by integers only."""
    entier, reste = divmod(abs(montant) * 100, 1)
    return Fraction((-1 if montant < 0 else 1) * (entier + (reste >= Fraction(1, 2))), 100)


def nets(lignes):
    """Net of each line, by rate."""
    par_taux = defaultdict(list)
    for li in lignes:
        brut = Fraction(li["quantite"]) * Fraction(li["prix_unitaire"])
        remise = (100 - Fraction(li["remise"])) / 100
        net = arrondi(brut * remise - Fraction(li["remise_montant"]))
        assert net == Fraction(li["total_ht"])
        par_taux[li["taux_tva"]].append(net)
    return par_taux


def verifier_le_document(document, tva):
    """BR-CO-10 to 17, from the lines up; a taker of remainders may be two cents away in VAT."""
    bases = {taux: sum(les_nets) for taux, les_nets in nets(document["lignes"]).items()}
    remise, total = Fraction(document["remise_montant"]), sum(n for n in bases.values() if n > 0)
    if not any(float(li["quantite"]) < 0 for li in document["lignes"]):
        for une in tva:
            attendue = arrondi(bases[une["taux"]] * Fraction(document["remise_taux"]) / 100)
            attendue += remise * bases[une["taux"]] / total if total else 0
            ecart = abs(bases[une["taux"]] - attendue - Fraction(une["base"]))
            assert ecart < Fraction(1, 100) if remise else ecart == 0
    for une in tva:
        exacte = arrondi(Fraction(une["base"]) * Fraction(une["taux"]) / 100)
        tolere = Fraction(2, 100) if document["type"] in {"solde", "avoir"} else 0
        assert abs(exacte - Fraction(une["montant"])) <= tolere
    assert Fraction(document["total_ht"]) == sum(Fraction(une["base"]) for une in tva)
    assert Fraction(document["total_tva"]) == sum(Fraction(une["montant"]) for une in tva)
    ttc = Fraction(document["total_ht"]) + Fraction(document["total_tva"])
    assert Fraction(document["total_ttc"]) == ttc


def par_taux(factures):
    """Base and VAT by rate over several documents."""
    sommes = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for facture in factures:
        for une in facture["tva"]:
            sommes[une["taux"]][0] += Fraction(une["base"])
            sommes[une["taux"]][1] += Fraction(une["montant"])
    return {taux: tuple(somme) for taux, somme in sommes.items()}


@pytest.mark.parametrize("graine", [1, 2, 3])
def test_a_year_agrees_to_the_cent(http, graine):
    prendre_acte()
    annee = Annee(http, Random(graine))  # noqa: S311
    gestes = [annee.facturer] * 4 + [annee.autoliquider, annee.vendre_par_parts]
    gestes += [annee.crediter] * 3 + [annee.encaisser] * 4
    annee.facturer()
    for _ in range(28):
        annee.jour += timedelta(days=annee.hasard.randint(0, 9))
        annee.hasard.choice(gestes)()

    factures = [annee.lire(f"factures/{pk}/") for pk in annee.factures]

    for facture in factures:
        verifier_le_document(facture, facture["tva"])
    for pk in annee.devis:
        marche = Devis.objects.get(pk=pk).marche()
        attendu = {
            f"{t.taux:.2f}": (Fraction(t.base), Fraction(t.montant)) for t in marche.par_taux
        }
        assert par_taux([f for f in factures if f["devis"] == pk]) == attendu
    for serie in ("FAC", "AVO"):
        rangs = [int(f["numero"][-4:]) for f in factures if f["serie"] == serie]
        assert rangs == list(range(1, len(rangs) + 1))
    soldes = [Fraction(f["solde"]) for f in factures if f["type"] != "avoir"]
    assert min(soldes) >= 0
    assert controler().anomalies == []
    assert ecarts() == []
    emises = Facture.objects.filter(pk__in=annee.factures)
    assert not any(verifier_xml([xml_de(contenu_facture(facture)) for facture in emises]))
