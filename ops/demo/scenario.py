"""The year as it is imagined, before anything is written: the same for the same day. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ops.demo.clientele import NOMBRE_DE_CLIENTS, imaginer_les_clients
from ops.demo.imagines import Annee, ChantierImagine, DevisImagine, ouvre
from ops.demo.noms import CONSIGNES
from ops.demo.planning import imaginer_le_planning
from ops.demo.travaux import TRAVAUX, Travail
from ops.demo.ventes import Ventes

PIPELINE = {
    "facture": 40, "termine": 6, "en_cours": 5, "planifie": 7, "accepte": 5, "devis_envoye": 7,
    "visite_planifiee": 5, "lead": 6, "annule": 3,
}  # fmt: skip


def imaginer(au: date) -> Annee:
    """The year that ends on `au`."""
    rng = Random(2026)  # noqa: S311 - a story, not a secret
    clients = imaginer_les_clients(rng)
    chantiers = _chantiers(rng, len(clients))
    devis = _devis(rng, chantiers, au=au)
    ventes = Ventes(rng, au, clients, chantiers, devis)
    return Annee(
        clients=clients,
        exclus=ventes.retards.clients_de("exclu"),
        preleves=ventes.retards.preleves,
        au_plan_propre=ventes.retards.clients_de("plan"),
        chantiers=chantiers,
        devis=devis,
        factures=ventes.factures(),
        brouillons=ventes.brouillons(),
        interventions=list(imaginer_le_planning(rng, chantiers, au=au)),
    )


def _chantiers(rng: Random, clients: int) -> list[ChantierImagine]:
    statuts = [statut for statut, nombre in PIPELINE.items() for _ in range(nombre)]
    return [_chantier(rng, rang % clients, statut) for rang, statut in enumerate(statuts)]


def _chantier(rng: Random, client: int, statut: str) -> ChantierImagine:
    travail = rng.choice(TRAVAUX)
    return ChantierImagine(
        client=client,
        travail=travail,
        nom=rng.choice(travail.objets),
        statut=statut,
        responsable=rng.randrange(3),
        consignes=rng.choice(CONSIGNES),
    )


# State of the site → state of its devis, and how many days ago it was made
DEVIS_DU_CHANTIER = {
    "facture": ("accepte", 330, 100),
    "termine": ("accepte", 95, 50),
    "en_cours": ("accepte", 70, 40),
    "planifie": ("accepte", 55, 25),
    "accepte": ("accepte", 30, 12),
    "devis_envoye": ("envoye", 20, 2),
    "visite_planifiee": ("brouillon", 1, 0),
    "annule": ("refuse", 200, 60),
}
DEVIS_PERDUS = (("expire", 160, 45, 5), ("refuse", 200, 40, 2), ("finalise", 3, 0, 3))


def _devis(rng: Random, chantiers: list[ChantierImagine], *, au: date) -> list[DevisImagine]:
    """Half of the invoiced sites had a devis, all the later ones have; some devis led nowhere."""
    devis = []
    for rang, chantier in enumerate(chantiers):
        if chantier.statut == "lead" or (chantier.statut == "facture" and rang % 2):
            continue
        statut, loin, pres = DEVIS_DU_CHANTIER[chantier.statut]
        le = ouvre(au - timedelta(days=rng.randint(pres, loin)), au=au)
        un = _un_devis(rng, chantier.travail, statut, client=chantier.client, le=le, au=au)
        un.chantier, un.objet = rang, chantier.nom
        devis.append(un)
    for statut, loin, pres, nombre in DEVIS_PERDUS:
        for _ in range(nombre):
            le = ouvre(au - timedelta(days=rng.randint(pres, loin)), au=au)
            travail, client = rng.choice(TRAVAUX), rng.randrange(NOMBRE_DE_CLIENTS)
            devis.append(_un_devis(rng, travail, statut, client=client, le=le, au=au))
    return sorted(devis, key=lambda un: un.le)


def _un_devis(
    rng: Random, travail: Travail, statut: str, *, client: int, le: date, au: date
) -> DevisImagine:
    delai = {"accepte": rng.randint(2, 12), "refuse": rng.randint(4, 20), "expire": 31}.get(statut)
    return DevisImagine(
        client=client,
        chantier=None,
        objet=rng.choice(travail.objets),
        lignes=travail.chiffrer(rng),
        statut=statut,
        le=le,
        decide_le=min(au, le + timedelta(days=delai)) if delai else None,
    )
