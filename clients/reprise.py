"""What one row of the clients of another program says, and why it may be refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from artjardin.accounts.auteur import Auteur
from clients import coordonnees
from clients.lecture import Colonne, Ligne, Refus, lire_oui_non, sans_accents
from clients.models import Client
from clients.rapport import refus_de_forme

COLONNES = (
    Colonne(
        "code", "Code", ("Code client", "N° client", "Numéro client", "Réf."), obligatoire=True
    ),
    Colonne("type", "Type", ("Type de client", "Catégorie"), obligatoire=True),
    Colonne("civilite", "Civilité", ("Titre", "Civ.")),
    Colonne("nom", "Nom", ("Nom de famille", "Nom du client"), obligatoire=True),
    Colonne("prenom", "Prénom"),
    Colonne("raison_sociale", "Raison sociale", ("Société", "Entreprise", "Dénomination")),
    Colonne("siret", "SIRET", ("N° SIRET", "Numéro de SIRET")),
    Colonne("email", "E-mail", ("Courriel", "Mail", "Adresse e-mail", "Adresse mail", "Mél")),
    Colonne("telephone", "Téléphone", ("Tél.", "N° de téléphone", "Numéro de téléphone")),
    Colonne("adresse", "Adresse", ("Rue", "Adresse postale")),
    Colonne("code_postal", "Code postal", ("CP",)),
    Colonne("ville", "Ville", ("Commune",)),
    Colonne("exclu", "Ne pas relancer", ("Exclu des relances", "Hors relances")),
    Colonne("motif", "Motif", ("Motif d'exclusion",)),
    Colonne("notes", "Notes", ("Note", "Remarques", "Commentaire", "Commentaires")),
)
NOMS = {colonne.clef: colonne.nom for colonne in COLONNES}
CHAMPS = [
    "code", "type", "civilite", "nom", "prenom", "raison_sociale", "siret", "email", "telephone",
    "adresse", "code_postal", "ville", "notes",
]  # fmt: skip
MOTIF_PAR_DEFAUT = "Reprise de l'ancien logiciel"
TYPES = {
    "particulier": Client.Type.PARTICULIER,
    "particuliers": Client.Type.PARTICULIER,
    "professionnel": Client.Type.PROFESSIONNEL,
    "professionnels": Client.Type.PROFESSIONNEL,
    "pro": Client.Type.PROFESSIONNEL,
    "entreprise": Client.Type.PROFESSIONNEL,
    "societe": Client.Type.PROFESSIONNEL,
    "syndic": Client.Type.SYNDIC,
    "syndics": Client.Type.SYNDIC,
}


@dataclass(frozen=True)
class ClientLu:
    """What a row says of a client, in normal form; a field whose column is absent is absent."""

    champs: Mapping[str, str]
    exclu: bool
    motif: str

    def appliquer(self, client: Client, *, par: Auteur, le: date) -> None:
        for champ, valeur in self.champs.items():
            if valeur:
                setattr(client, champ, valeur)
        if not self.exclu:
            return
        if not client.est_exclu(au=le):
            client.exclure(motif=self.motif or MOTIF_PAR_DEFAUT, par=par.nom[:200], le=le)
        elif self.motif:
            client.exclusion_motif = self.motif


def code_de(ligne: Ligne) -> str:
    return " ".join(ligne.valeurs["code"].split())


def lire_client(ligne: Ligne) -> tuple[ClientLu, list[Refus]]:
    """The row, and every reason to refuse it, the gravest first."""
    if refus := refus_de_forme(ligne):
        return ClientLu({}, exclu=False, motif=""), refus
    refus = _manques(ligne)
    lus = {}
    for champ in (*CHAMPS, "motif"):
        if champ in ligne.valeurs:
            lus[champ], defauts = _lire_champ(champ, ligne.valeurs[champ])
            refus += defauts
    exclu, defauts = _lire_exclusion(ligne)
    motif = lus.pop("motif", "")
    return ClientLu(lus, exclu, motif), refus + defauts


def _manques(ligne: Ligne) -> list[Refus]:
    refus = []
    if not ligne.valeurs["code"]:
        refus.append(Refus("code-manquant", "Le code du client manque."))
    if not (ligne.valeurs["nom"] or ligne.valeurs.get("raison_sociale")):
        refus.append(Refus("nom-manquant", "Donnez un nom ou une raison sociale."))
    return refus


def _lire_exclusion(ligne: Ligne) -> tuple[bool, list[Refus]]:
    try:
        return lire_oui_non(ligne.valeurs.get("exclu", "")), []
    except ValueError as erreur:
        return False, [_refus("oui-non", "exclu", erreur)]


def _lire_champ(champ: str, texte: str) -> tuple[str, list[Refus]]:
    """A cell in normal form: one line but for the notes."""
    net = texte if champ == "notes" else " ".join(texte.split())
    try:
        valeur = FORMES.get(champ, str)(net)
    except ValueError as erreur:
        return "", [_refus(_code_de_refus(champ, net), champ, erreur)]
    longueur = LONGUEURS[champ]
    if longueur is not None and len(valeur) > longueur:
        trop = ValueError(f"{len(valeur)} caractères, {longueur} au plus.")
        return "", [_refus("champ-trop-long", champ, trop)]
    return valeur, []


def _refus(code: str, champ: str, erreur: ValueError) -> Refus:
    """Name the column, unless the reason is a sentence that does so itself."""
    raison = str(erreur)
    return Refus(code, raison if raison[:1].isupper() else f"{NOMS[champ]} : {raison}")


def _code_de_refus(champ: str, texte: str) -> str:
    if champ == "siret":
        chiffres = re.fullmatch(r"\d{14}", re.sub(r"[\s.-]", "", texte), re.ASCII)
        return "siret-clef" if chiffres else "siret-format"
    return {"type": "type-inconnu", "email": "email-invalide"}.get(champ, f"{champ}-invalide")


def _lire_type(texte: str) -> str:
    if (genre := TYPES.get(sans_accents(texte))) is None:
        raise ValueError(f"« {texte} » est inconnu : particulier, professionnel ou syndic.")
    return str(genre)


def _lire_code_postal(texte: str) -> str:
    """Too long a code stays as it is, and is refused for its length."""
    longueur = LONGUEURS["code_postal"]
    return coordonnees.normaliser_code_postal(texte) if len(texte) <= longueur else texte


def _champ(nom: str) -> Any:
    return Client._meta.get_field(nom)


FORMES: dict[str, Callable[[str], str]] = {
    "type": _lire_type,
    "siret": coordonnees.normaliser_siret,
    "email": coordonnees.normaliser_email,
    "telephone": coordonnees.normaliser_telephone,
    "code_postal": _lire_code_postal,
}
LONGUEURS = {champ: _champ(champ).max_length for champ in CHAMPS}
LONGUEURS["motif"] = _champ("exclusion_motif").max_length
