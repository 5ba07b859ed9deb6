"""Importing clients from the file of another program: dry run, then all good rows at once.

An empty cell never erases what the office holds, and an import never ends an exclusion from
reminders: a client is not bothered because a column was empty.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from clients import coordonnees
from clients.lecture import Colonne, Feuille, Ligne, Refus, lire_oui_non, ouvrir, sans_accents
from clients.models import Client, RejetImport
from clients.rapport import (
    Action,
    Changement,
    Constat,
    Rapport,
    derouler,
    refus_de_forme,
    rejeter,
)

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
EXCLUSION = ["exclusion_le", "exclusion_fin", "exclusion_motif", "exclusion_par"]
SUIVIS = CHAMPS + EXCLUSION
CODE_REJETE_MAX = 200
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


def analyser_clients(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """The dry run: what importing would do, row by row; nothing is written. Raise Invalide."""
    feuille = ouvrir(octets, COLONNES)
    return _rapport(feuille, _Import(par=par, essai=True), fichier=fichier)


@transaction.atomic
def importer_clients(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """Write every good row in one transaction, one import at a time.

    Raise Invalide, before anything is written, when the file cannot be read.
    """
    feuille = ouvrir(octets, COLONNES)
    attendre_son_tour()
    rapport = _rapport(feuille, _Import(par=par, essai=False), fichier=fichier)
    _retenir_les_rejets(rapport)
    journal = Client(raison_sociale=f"import de {fichier}"[:150])
    consigner(journal, "client.import", par=par, fichier=fichier, lignes=rapport.compter())
    return rapport


def resumer_clients(rapport: Rapport) -> dict[str, Any]:
    """The report as JSON, with the counts of clients that are in after it."""
    doublons = [constat.cle for constat in rapport.ceux(Action.DOUBLON)]
    return {
        "clients_importes": len(rapport.acceptes),
        "clients_rejetes": {
            constat.cle or f"ligne {constat.ligne}": constat.raison
            for constat in rapport.ceux(Action.REJET)
        },
        "doublon": doublons[0] if len(doublons) == 1 else doublons,
        **rapport.en_json(),
    }


def attendre_son_tour() -> None:
    """Imports run one after the other: the lock goes with the transaction.

    Foreign keys are checked at once: a queue of deferred checks that grows with the file makes
    every trigger slower (50 000 invoices take twice the time).
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(b"import")])
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _rapport(feuille: Feuille, passage: _Import, *, fichier: str) -> Rapport:
    return Rapport(
        fichier=fichier,
        essai=passage.essai,
        entetes=feuille.entetes,
        colonnes_ignorees=feuille.ignorees,
        constats=derouler(feuille, passage.traiter),
    )


def _retenir_les_rejets(rapport: Rapport) -> None:
    """Keep the refused codes, and forget those that were accepted this time."""
    acceptes = [constat.cle for constat in rapport.acceptes]
    RejetImport.objects.filter(code__in=acceptes).delete()
    maintenant = timezone.now()
    RejetImport.objects.bulk_create(
        (
            RejetImport(
                code=constat.cle,
                raison=constat.raison,
                fichier=rapport.fichier[:200],
                importe_le=maintenant,
            )
            for constat in rapport.ceux(Action.REJET)
            if 0 < len(constat.cle) <= CODE_REJETE_MAX
        ),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["raison", "fichier", "importe_le"],
    )


@dataclass(frozen=True)
class _ClientLu:
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


@dataclass
class _Import:
    """One pass over a file: the codes already read, and what the batch at hand will write."""

    par: Auteur
    essai: bool
    le: date = field(default_factory=timezone.localdate)
    vus: dict[str, int] = field(default_factory=dict)
    existants: dict[str, Client] = field(default_factory=dict)
    corbeille: set[str] = field(default_factory=set)
    a_creer: list[Client] = field(default_factory=list)
    a_modifier: list[tuple[Client, dict[str, Any]]] = field(default_factory=list)

    def traiter(self, lignes: Sequence[Ligne]) -> list[Constat]:
        codes = {_code(ligne) for ligne in lignes}
        tous = Client.tous.filter(code__in=codes)
        vivants = tous.vivants() if self.essai else tous.vivants().select_for_update(no_key=True)
        self.existants = {client.code: client for client in vivants.order_by("pk")}
        self.corbeille = set(tous.supprimes().values_list("code", flat=True))
        self.a_creer, self.a_modifier = [], []
        constats = [self._constater(ligne) for ligne in lignes]
        if not self.essai:
            self._ecrire()
        return constats

    def _constater(self, ligne: Ligne) -> Constat:
        code = _code(ligne)
        if code in self.vus:
            message = f"Code déjà lu ligne {self.vus[code]} : seule la première est gardée."
            return Constat(
                ligne.numero, code, Action.DOUBLON, "doublon", message, cellules=ligne.cellules
            )
        if code:
            self.vus[code] = ligne.numero
        lu, refus = _lire(ligne)
        client = self.existants.get(code)
        if client is None and code in self.corbeille:
            message = f"Le client {code} est dans la corbeille : restaurez-le d'abord."
            refus = [Refus("dans-la-corbeille", message)]
        if refus:
            return rejeter(ligne, code, refus)
        return self._creer(ligne, lu) if client is None else self._modifier(ligne, lu, client)

    def _creer(self, ligne: Ligne, lu: _ClientLu) -> Constat:
        client = Client()
        lu.appliquer(client, par=self.par, le=self.le)
        self.a_creer.append(client)
        return Constat(ligne.numero, client.code, Action.CREER)

    def _modifier(self, ligne: Ligne, lu: _ClientLu, client: Client) -> Constat:
        avant = photo(client, SUIVIS)
        lu.appliquer(client, par=self.par, le=self.le)
        apres = photo(client, SUIVIS)
        changes = [champ for champ in SUIVIS if avant[champ] != apres[champ]]
        if not changes:
            return Constat(ligne.numero, client.code, Action.INCHANGE)
        self.a_modifier.append((client, {champ: avant[champ] for champ in changes}))
        changements = tuple(
            Changement(champ, _libelle(champ), _texte(avant[champ]), _texte(apres[champ]))
            for champ in changes
        )
        return Constat(ligne.numero, client.code, Action.MODIFIER, changements=changements)

    def _ecrire(self) -> None:
        Client.objects.bulk_create(self.a_creer)
        if self.a_modifier:
            clients = [client for client, _ in self.a_modifier]
            changes = {champ for _, avant in self.a_modifier for champ in avant}
            Client.objects.bulk_update(clients, sorted(changes), batch_size=200)
        for client, avant in self.a_modifier:
            apres = photo(client, avant)
            consigner(
                client, "client.modifie", par=self.par, avant=avant, apres=apres, origine="import"
            )


def _code(ligne: Ligne) -> str:
    return " ".join(ligne.valeurs["code"].split())


def _lire(ligne: Ligne) -> tuple[_ClientLu, list[Refus]]:
    if refus := refus_de_forme(ligne):
        return _ClientLu({}, exclu=False, motif=""), refus
    champs: dict[str, str] = {}
    for champ in CHAMPS:
        if champ in ligne.valeurs:
            champs[champ], defaut = _lire_champ(champ, ligne.valeurs[champ])
            refus += defaut
    motif, defaut = _lire_champ("motif", ligne.valeurs.get("motif", ""))
    refus += defaut
    try:
        exclu = lire_oui_non(ligne.valeurs.get("exclu", ""))
    except ValueError as erreur:
        return _ClientLu({}, exclu=False, motif=""), [*refus, _refus("oui-non", "exclu", erreur)]
    return _ClientLu(champs, exclu, motif), _manques(ligne) + refus


def _manques(ligne: Ligne) -> list[Refus]:
    refus = []
    if not ligne.valeurs["code"]:
        refus.append(Refus("code-manquant", "Le code du client manque."))
    if not (ligne.valeurs["nom"] or ligne.valeurs.get("raison_sociale")):
        refus.append(Refus("nom-manquant", "Donnez un nom ou une raison sociale."))
    return refus


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


def _libelle(champ: str) -> str:
    return NOMS.get(champ) or str(_champ(champ).verbose_name)


def _champ(nom: str) -> Any:
    return Client._meta.get_field(nom)


def _texte(valeur: Any) -> str:
    return "" if valeur is None else str(valeur)


FORMES: dict[str, Callable[[str], str]] = {
    "type": _lire_type,
    "siret": coordonnees.normaliser_siret,
    "email": coordonnees.normaliser_email,
    "telephone": coordonnees.normaliser_telephone,
    "code_postal": _lire_code_postal,
}
LONGUEURS = {champ: _champ(champ).max_length for champ in CHAMPS}
LONGUEURS["motif"] = _champ("exclusion_motif").max_length
