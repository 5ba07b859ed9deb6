"""What a backup is, written beside it in clear: enough to find, check and open it. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

FORMAT = 1
DUMP, MANIFESTE = ".dump.zst.age", ".json"
VERIFICATION, REFUS = ".verification.json", ".refus.json"
EMPREINTE = re.compile("[0-9a-f]{64}")
NOM = re.compile(r"\d{8}T\d{6}Z-[a-z]{1,12}")
OUVRIR = (
    "age --decrypt -i CLEF FICHIER | zstd -d | pg_restore --no-owner --dbname=BASE"
    "  # un pg_restore au moins aussi récent que « serveur »"
)


@dataclass(frozen=True)
class Manifeste:
    """The facts of one backup; rows by table, last values of the sequences, as of its instant."""

    nom: str
    motif: str
    debut: str
    fin: str
    base: str
    serveur: str
    outils: dict[str, str]
    migrations: list[str]
    tables: dict[str, int]
    sequences: dict[str, int]
    taille: int
    sha256: str
    destinataires: list[str]
    format: int = FORMAT
    ouvrir: str = field(default=OUVRIR)

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.debut)

    @property
    def duree(self) -> timedelta:
        return datetime.fromisoformat(self.fin) - self.instant

    @property
    def cle(self) -> str:
        """Where the encrypted dump lies, in each copy."""
        return cle(self.nom, DUMP)

    @property
    def lignes(self) -> int:
        return sum(self.tables.values())

    def en_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def lire(cls, octets: bytes, *, nom: str = "") -> Self:
        """Raise ValueError when it is not a whole manifest, or not that of `nom` when given."""
        try:
            lus = json.loads(octets)
            connus = {un.name for un in fields(cls)}
            lu = cls(**{clef: valeur for clef, valeur in lus.items() if clef in connus})
            _ = lu.duree, lu.lignes  # what is read later is read once now
            if not (EMPREINTE.fullmatch(lu.sha256) and NOM.fullmatch(lu.nom) and lu.taille > 0):
                raise ValueError("nom, taille ou empreinte impossibles")
        except (TypeError, AttributeError, UnicodeDecodeError) as erreur:
            raise ValueError(f"manifeste illisible : {erreur}") from erreur
        if nom not in {"", lu.nom}:
            raise ValueError(f"manifeste de {lu.nom}, pas de {nom}")
        return lu


def nom_du(instant: datetime, motif: str) -> str:
    """A name that sorts by time, in UTC: 20261122T001500Z-quotidienne."""
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}-{motif}"


def cle(nom: str, suffixe: str) -> str:
    """AAAA/MM/artjardin-<name><suffix>.

    >>> cle("20261122T001500Z-quotidienne", MANIFESTE)
    '2026/11/artjardin-20261122T001500Z-quotidienne.json'
    """
    return f"{nom[:4]}/{nom[4:6]}/artjardin-{nom}{suffixe}"


def nom_de(chemin: str) -> str:
    """The name of the backup whose manifest lies under this key, or "".

    >>> nom_de("2026/11/artjardin-20261122T001500Z-quotidienne.json")
    '20261122T001500Z-quotidienne'
    >>> nom_de("2026/11/artjardin-20261122T001500Z-quotidienne.verification.json")
    ''
    """
    fichier = chemin.rpartition("/")[2]
    notre = fichier.startswith("artjardin-") and fichier.endswith(MANIFESTE)
    if not notre or fichier.endswith((VERIFICATION, REFUS)):
        return ""
    return fichier.removeprefix("artjardin-").removesuffix(MANIFESTE)


def ecarts(attendues: dict[str, int], trouvees: dict[str, int]) -> dict[str, Any]:
    """Names whose number is not the one recorded: {name: [recorded, found]}.

    >>> ecarts({"a": 1, "b": 2}, {"b": 3})
    {'a': [1, None], 'b': [2, 3]}
    """
    noms = sorted({*attendues, *trouvees})
    return {
        nom: [attendues.get(nom), trouvees.get(nom)]
        for nom in noms
        if attendues.get(nom) != trouvees.get(nom)
    }


def en_retard(attendues: dict[str, int], trouvees: dict[str, int]) -> dict[str, Any]:
    """Sequences that miss or are behind what was recorded; they go on during a dump, which is not
    of their instant.

    >>> en_retard({"a": 1, "b": 2, "c": 3}, {"a": 4, "b": 1})
    {'b': [2, 1], 'c': [3, None]}
    """
    lues = ecarts(attendues, trouvees)
    return {
        nom: [avant, apres]
        for nom, (avant, apres) in lues.items()
        if avant is not None and (apres is None or apres < avant)
    }
