"""The figures of a document before its issue: formats, nets, sums by rate, totals. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from artjardin.argent import ZERO, arrondir
from facturation.facturx.codes import RELIQUAT, UNITES, Manque, categorie
from facturation.montants import TAUX_TVA, net_de_ligne

Contenu = Mapping[str, Any]
TAUX = {f"{taux:.2f}" for taux in TAUX_TVA}
# BR-FR-DEC: 19 characters at most, and what the columns hold is well under
MONTANT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
POSITIF = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
QUANTITE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
PRIX = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
FORMATS = {
    "quantite": ("BR-FR-DEC-02_BT-129", QUANTITE, "la quantité a quatre décimales au plus"),
    "prix_unitaire": (
        "BR-FR-DEC-03_BT-146",
        PRIX,
        "le prix unitaire n'est pas négatif et a six décimales au plus",
    ),
    "remise": ("BR-FR-DEC-01_BT-136", POSITIF, "la remise est un pourcentage"),
    "remise_montant": ("BR-FR-DEC-01_BT-136", POSITIF, "la remise est un montant positif"),
    "total_ht": ("BR-FR-DEC-01_BT-131", MONTANT, "le net a deux décimales au plus"),
}


def lignes_fautives(contenu: Contenu) -> Iterator[Manque]:
    """What is wrong in the lines: fields count them from 0, sentences from 1."""
    if not contenu["lignes"]:
        yield Manque("BR-16", "lignes", "Ce document n'a aucune ligne.")
    professionnel = contenu["destinataire"]["type"] == "professionnel"
    zero_interdit = professionnel and contenu["type"] != "avoir"
    for rang, ligne in enumerate(contenu["lignes"], start=1):
        champ = f"lignes.{rang - 1}"
        yield from _ecriture(ligne, champ, rang)
        yield from _net(ligne, champ, rang)
        if zero_interdit and _lisible(ligne) and not Decimal(ligne["prix_unitaire"]):
            yield Manque(
                "BR-FR-DEC-03_BT-146",
                f"{champ}.prix_unitaire",
                f"Ligne {rang} : entre professionnels un prix n'est pas nul, "
                "donnez le prix et une remise de 100 %.",
            )


def _ecriture(ligne: Mapping[str, str], champ: str, rang: int) -> Iterator[Manque]:
    if not ligne["designation"].strip():
        message = f"Ligne {rang} : il manque la désignation."
        yield Manque("BR-25", f"{champ}.designation", message)
    if ligne["unite"] not in UNITES:
        yield Manque("BR-23", f"{champ}.unite", f"Ligne {rang} : cette unité n'existe pas.")
    if ligne["taux_tva"] not in TAUX:
        message = f"Ligne {rang} : ce taux de TVA n'existe pas."
        yield Manque("BR-FR-16_BT-152", f"{champ}.taux_tva", message)
    for nom, (regle, motif, phrase) in FORMATS.items():
        if not motif.fullmatch(ligne[nom]):
            yield Manque(regle, f"{champ}.{nom}", f"Ligne {rang} : {phrase}.")


def _net(ligne: Mapping[str, str], champ: str, rang: int) -> Iterator[Manque]:
    if not _lisible(ligne):
        return
    net = net_de_ligne(
        quantite=Decimal(ligne["quantite"]),
        prix_unitaire=Decimal(ligne["prix_unitaire"]),
        remise=Decimal(ligne["remise"]),
        remise_montant=Decimal(ligne["remise_montant"]),
    )
    if net != Decimal(ligne["total_ht"]):
        message = f"Ligne {rang} : le net devrait être de {net} €."
        yield Manque("BT-131", f"{champ}.total_ht", message)


def _lisible(ligne: Mapping[str, str]) -> bool:
    return all(motif.fullmatch(ligne[nom]) for nom, (_, motif, _) in FORMATS.items())


def sommes_fautives(contenu: Contenu) -> Iterator[Manque]:
    """Sums that are not those of the lines, to the cent (BR-CO-10 to 17, BR-S-08 and its like)."""
    totaux = [contenu[champ] for champ in ("total_ht", "total_tva", "total_ttc")]
    ecrits = totaux + [une[champ] for une in contenu["tva"] for champ in ("base", "montant")]
    ecrits += [remise["montant"] for remise in contenu["remises"]]
    taux = {une["taux"] for une in [*contenu["tva"], *contenu["remises"]]}
    if not all(MONTANT.fullmatch(ecrit) for ecrit in ecrits) or not taux <= TAUX:
        message = "Les montants ont deux décimales au plus, et des taux connus."
        yield Manque("BR-FR-DEC-01", "tva", message)
    elif all(_lisible(ligne) for ligne in contenu["lignes"]):
        yield from _par_taux(contenu)
        yield from _totaux(contenu)


def _par_taux(contenu: Contenu) -> Iterator[Manque]:
    bases: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for ligne in contenu["lignes"]:
        bases[ligne["taux_tva"]] += Decimal(ligne["total_ht"])
    for remise in contenu["remises"]:
        bases[remise["taux"]] -= Decimal(remise["montant"])
    if sorted(une["taux"] for une in contenu["tva"]) != sorted(bases):
        message = "La TVA n'est pas ventilée une fois par taux des lignes."
        yield Manque("BR-S-01", "tva", message)
        return
    tolerance = RELIQUAT if _prend_un_reliquat(contenu) else ZERO
    for une in contenu["tva"]:
        taux, base, montant = une["taux"], Decimal(une["base"]), Decimal(une["montant"])
        if base != bases[taux]:
            regle = f"BR-{categorie(taux, contenu['exoneration'])}-08"
            message = f"La base à {taux} % devrait être de {bases[taux]} €."
            yield Manque(regle, "tva", message)
        calcule = arrondir(base * Decimal(taux) / 100)
        if abs(montant - calcule) > (tolerance if Decimal(taux) else ZERO):
            message = f"La TVA à {taux} % devrait être de {calcule} €."
            yield Manque("BR-CO-17", "tva", message)


def _prend_un_reliquat(contenu: Contenu) -> bool:
    """Whether the document may take the cents that earlier ones left; see `coherence`."""
    return bool(contenu["references"]) and contenu["type"] != "acompte"


def _totaux(contenu: Contenu) -> Iterator[Manque]:
    ht, tva, ttc = (Decimal(contenu[champ]) for champ in ("total_ht", "total_tva", "total_ttc"))
    attendus = (
        ("BR-CO-13", "total_ht", ht, sum((Decimal(une["base"]) for une in contenu["tva"]), ZERO)),
        (
            "BR-CO-14",
            "total_tva",
            tva,
            sum((Decimal(une["montant"]) for une in contenu["tva"]), ZERO),
        ),
        ("BR-CO-15", "total_ttc", ttc, ht + tva),
    )
    for regle, champ, ecrit, attendu in attendus:
        if ecrit != attendu:
            message = f"Ce total devrait être de {attendu} €, et non de {ecrit} €."
            yield Manque(regle, champ, message)
