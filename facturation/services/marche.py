"""Invoicing an accepted devis by parts: deposits, situations, solde. The parts make it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Sum

from artjardin.accounts.auteur import Auteur
from artjardin.argent import CENT, ZERO, arrondir, en_euros
from artjardin.erreurs import Conflit, Invalide
from clients.services import verrouiller
from facturation.models import Devis, Facture, LigneDevis, LigneFacture
from facturation.montants import TAUX_NUL, Tva, part_exacte, repartir
from facturation.services.ecriture import Ligne, rediger, tenir_les_parties_de
from facturation.services.prelevements import est_preleve
from facturation.services.reste import (
    Reste,
    anterieures,
    base_du_taux,
    brouillon_en_attente,
    nets_anterieurs,
    parts_possibles,
    reste_a_facturer,
)

COPIES = [
    "section", "prestation_id", "designation", "quantite", "unite", "prix_unitaire", "remise",
    "remise_montant", "taux_tva", "justification_tva", "decennale", "sap",
]  # fmt: skip
COMMUNS = ["remise_taux", "remise_montant"]
ECART = 20  # cents around which a deposit is brought to a round sum
CENT_POUR_CENT = Decimal(100)
Type = Facture.Type
ENTIERES = {Type.FACTURE, Type.SOLDE}  # these show every line of the devis


@dataclass(frozen=True)
class Demande:
    """What part of a devis to invoice.

    `pourcentage` of a deposit, or of the progress of every line; `montant` of a deposit in euros
    TTC; `avancement` of a situation: cumulative percent by id of devis line.
    """

    type: str = ""
    pourcentage: Decimal | None = None
    montant: Decimal | None = None
    avancement: Mapping[int, Decimal] | None = None
    retenue_taux: Decimal = Decimal(0)


class Deja(NamedTuple):
    """What was invoiced of a line: cumulative percent, and euros HT."""

    avancement: Decimal
    montant: Decimal


@transaction.atomic
def facturer_devis(devis: Devis, *, par: Auteur, demande: Demande | None = None) -> Facture:
    """Prepare the draft that invoices an accepted devis, whole or in part.

    Without a type: the whole when nothing was invoiced, else what is left. Raise Conflit when it is
    not accepted, all invoiced, waiting as a draft, or less than the part; Invalide for a wrong
    percentage.
    """
    tenir_les_parties_de(devis)
    devis = verrouiller(devis)
    demande = demande or Demande()
    if devis.statut != Devis.Statut.ACCEPTE:
        raise Conflit("Seul un devis accepté se facture.", code="devis_non_accepte")
    if brouillon_en_attente(devis):
        raise Conflit(
            "Ce devis a déjà une facture en brouillon : émettez-la ou supprimez-la.",
            code="devis_deja_facture",
        )
    possibles = parts_possibles(devis)
    genre = demande.type or (Type.FACTURE if Type.FACTURE in possibles else Type.SOLDE)
    if genre not in possibles:
        raise Conflit("Ce devis est déjà facturé.", code="devis_deja_facture")
    lignes = {
        Type.FACTURE: _tout,
        Type.ACOMPTE: _acompte,
        Type.SITUATION: _situation,
        Type.SOLDE: _solde,
    }[Type(genre)](devis, demande)
    entier = genre in ENTIERES
    facture = Facture(
        type=genre,
        client=devis.client,
        chantier=devis.chantier,
        devis=devis,
        objet=devis.objet,
        exoneration=motif_si_utile(devis.exoneration, lignes),
        conditions=devis.conditions,
        retenue_taux=demande.retenue_taux,
        preleve=est_preleve(devis.client),
        **({champ: getattr(devis, champ) for champ in COMMUNS} if entier else {}),
    )
    return rediger(facture, lignes, par=par, action="facture.preparee")


def motif_si_utile(exoneration: str, lignes: Iterable[Ligne]) -> str:
    """The reason of the zero rate, for a part that has such a line."""
    return exoneration if any(ligne.get("taux_tva") == TAUX_NUL for ligne in lignes) else ""


def pourcent(taux: Decimal) -> str:
    """A rate as a sentence writes it: « 5,5 % »."""
    return f"{taux.normalize():f}".replace(".", ",") + "\N{NO-BREAK SPACE}%"


def _tout(devis: Devis, _demande: Demande) -> list[Ligne]:
    return [{c: getattr(ligne, c) for c in COPIES} for ligne in devis.retenues()]


def _acompte(devis: Devis, demande: Demande) -> list[Ligne]:
    marche = {tva.taux: tva for tva in devis.marche().par_taux}
    part = _part_demandee(demande, total=devis.marche().ttc)
    reste = reste_a_facturer(devis)
    nom = (
        f"Acompte sur le devis {devis.numero} du {devis.date:%d/%m/%Y}"
        if demande.pourcentage is None
        else f"Acompte de {pourcent(demande.pourcentage)} sur le devis {devis.numero} "
        f"du {devis.date:%d/%m/%Y}"
    )
    bases = {
        taux: _exacte(arrondir(tva.base * part), reste=reste, taux=taux)
        for taux, tva in marche.items()
    }
    if demande.montant is not None:
        _approcher(bases, demande.montant, reste=reste)
    return _non_vide(
        [
            _forfait(nom, base, taux, _justification(devis, taux))
            for taux, base in bases.items()
            if base
        ]
    )


def _part_demandee(demande: Demande, *, total: Decimal) -> Decimal:
    if demande.montant is not None and demande.pourcentage is not None:
        message = "Donnez un pourcentage ou un montant, pas les deux."
        raise Invalide(message, champs={"montant": [message]})
    if demande.montant is not None and total:
        return demande.montant / total
    return _verifier_le_pourcentage("pourcentage", demande.pourcentage) / 100


def _approcher(bases: dict[Decimal, Decimal], ttc: Decimal, *, reste: Reste) -> None:
    """Move the largest base by a few cents, so that the deposit is the round sum asked for."""
    taux = max(bases, key=lambda un: bases[un])
    la = base_du_taux(reste, taux)
    autres = sum((_ttc(un, base) for un, base in bases.items() if un != taux), ZERO)
    voisines = [bases[taux] + ecart * CENT for ecart in range(-ECART, ECART + 1)]
    essais = {part_exacte(base, reste=la, taux=taux) for base in voisines if 0 <= base <= la} | {
        bases[taux]
    }
    bases[taux] = min(sorted(essais), key=lambda base: abs(autres + _ttc(taux, base) - ttc))


def _ttc(taux: Decimal, base: Decimal) -> Decimal:
    return base + Tva(taux, base).montant


def _situation(devis: Devis, demande: Demande) -> list[Ligne]:
    """One line per line of the devis that progressed, for the amount of the progress."""
    retenues = devis.retenues()
    avancement = _avancement(retenues, demande)
    nets, deja = _nets(devis, retenues), deja_par_ligne(devis)
    nul = Deja(ZERO, ZERO)
    lignes: list[dict[str, Any]] = []
    for ligne in retenues:
        avant = deja.get(ligne.pk, nul)
        cumul = avancement.get(ligne.pk, avant.avancement)
        if cumul < avant.avancement:
            champ = f"avancement.{ligne.pk}"
            message = "L'avancement ne recule pas : faites un avoir."
            raise Invalide(message, champs={champ: [message]})
        montant = arrondir(nets[ligne.pk] * cumul / 100) - avant.montant
        if cumul > avant.avancement and montant > 0:
            forfait = _forfait(ligne.designation, montant, ligne.taux_tva, ligne.justification_tva)
            repris = {c: getattr(ligne, c) for c in ("section", "decennale", "sap")}
            suivi = {"ligne_devis": ligne, "avancement": cumul}
            lignes.append({**forfait, **repris, **suivi})
    _ajuster(lignes, reste_a_facturer(devis))
    return _non_vide(lignes)


def _avancement(retenues: list[LigneDevis], demande: Demande) -> dict[int, Decimal]:
    if demande.avancement is None:
        tous = _verifier_le_pourcentage("pourcentage", demande.pourcentage)
        return {ligne.pk: tous for ligne in retenues}
    connues = {ligne.pk for ligne in retenues}
    for pk, pourcentage in demande.avancement.items():
        if pk not in connues:
            message = f"La ligne {pk} n'est pas une ligne retenue de ce devis."
            raise Invalide(message, champs={"avancement": [message]})
        _verifier_le_pourcentage("avancement", pourcentage)
    return dict(demande.avancement)


def _nets(devis: Devis, retenues: list[LigneDevis]) -> dict[int, Decimal]:
    """Net of each line less its share of the document's discount, in euros HT, by line."""
    remises = dict(devis.marche().remises)
    nets: dict[int, Decimal] = {}
    for taux in {ligne.taux_tva for ligne in retenues}:
        du_taux = [ligne for ligne in retenues if ligne.taux_tva == taux]
        parts = repartir(remises.get(taux, ZERO), [ligne.total_ht for ligne in du_taux])
        nets |= {li.pk: li.total_ht - part for li, part in zip(du_taux, parts, strict=True)}
    return nets


def deja_par_ligne(devis: Devis) -> dict[int, Deja]:
    """What situations that stand have invoiced of each line of the devis."""
    situations = [une.pk for une in anterieures(devis) if une.type == Type.SITUATION]
    lignes = LigneFacture.objects.filter(facture__in=situations, ligne_devis__isnull=False)
    sommes = lignes.order_by().values_list("ligne_devis")
    return {
        ligne: Deja(avancement, montant)
        for ligne, avancement, montant in sommes.annotate(Max("avancement"), Sum("total_ht"))
    }


def _ajuster(lignes: list[dict[str, Any]], reste: Reste) -> None:
    """Move the largest line of each rate by a cent or so, where VAT would lose one otherwise."""
    for taux in {ligne["taux_tva"] for ligne in lignes}:
        du_taux = [ligne for ligne in lignes if ligne["taux_tva"] == taux]
        voulue = sum((ligne["prix_unitaire"] for ligne in du_taux), ZERO)
        ecart = _exacte(voulue, reste=reste, taux=taux, lignes=len(du_taux)) - voulue
        max(du_taux, key=lambda ligne: ligne["prix_unitaire"])["prix_unitaire"] += ecart


def _solde(devis: Devis, demande: Demande) -> list[Ligne]:
    """All the lines, then a negative one per earlier invoice and rate."""
    lignes: list[Ligne] = _tout(devis, demande)
    for une, reste in nets_anterieurs(devis):
        nom = f"{une.get_type_display()} {une.numero} du {une.date:%d/%m/%Y}"
        for tva in reste:
            if tva.base:
                justification = _justification(devis, tva.taux)
                forfait = _forfait(nom, tva.base, tva.taux, justification)
                lignes.append({**forfait, "quantite": Decimal(-1), "deduit": une})
    return lignes


def _exacte(voulue: Decimal, *, reste: Reste, taux: Decimal, lignes: int = 1) -> Decimal:
    """The exact base nearest to `voulue`: each rounded line may come to a cent too much."""
    if voulue - base_du_taux(reste, taux) > lignes * CENT:
        raise Conflit(
            f"Il ne reste que {en_euros(base_du_taux(reste, taux))} HT à facturer au taux de "
            f"{pourcent(taux)} : faites la facture de solde.",
            code="devis_deja_facture",
        )
    la = base_du_taux(reste, taux)
    return part_exacte(min(voulue, la), reste=la, taux=taux)


def _forfait(nom: str, montant: Decimal, taux: Decimal, justification: str) -> dict[str, Any]:
    return {
        "designation": nom,
        "quantite": Decimal(1),
        "unite": "forfait",
        "prix_unitaire": montant,
        "taux_tva": taux,
        "justification_tva": justification,
    }


def _justification(devis: Devis, taux: Decimal) -> str:
    textes = (li.justification_tva for li in devis.retenues() if li.taux_tva == taux)
    return next((texte for texte in textes if texte), "")


def _verifier_le_pourcentage(champ: str, pourcentage: Decimal | None) -> Decimal:
    if pourcentage is None or not 0 < pourcentage <= CENT_POUR_CENT:
        message = "Donnez un pourcentage, de plus de 0 à 100."
        raise Invalide(message, champs={champ: [message]})
    return pourcentage


def _non_vide(lignes: list[Any]) -> list[Ligne]:
    if not lignes:
        raise Conflit("Il n'y a rien à facturer.", code="rien_a_facturer")
    return lignes
