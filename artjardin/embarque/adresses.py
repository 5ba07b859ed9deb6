"""Where the embedded services of a data folder answer. Pure standard library, no settings."""

import os
import secrets
import stat
import tempfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from artjardin.embarque.erreurs import ErreurEmbarque

# A unix socket's path holds 107 bytes; PostgreSQL's own file name takes 14 of them.
LONGUEUR_MAX = 90
BASE = ROLE = "artjardin"
SUPERUTILISATEUR = "postgres"


def sockets_postgres(donnees: Path) -> Path:
    return _sockets(donnees, "postgres")


def socket_valkey(donnees: Path) -> Path:
    return _sockets(donnees, "valkey") / "valkey.sock"


def url_postgres(donnees: Path, *, role: str = ROLE, base: str = BASE) -> str:
    """URI for libpq; the application's role owns its database and is no superuser."""
    return f"postgresql:///{base}?host={quote(str(sockets_postgres(donnees)), safe='')}&user={role}"


def url_valkey(donnees: Path) -> str:
    """URI for redis-py."""
    return f"unix://{quote(str(socket_valkey(donnees)))}"


def url_broker(donnees: Path) -> str:
    """URI for Celery."""
    return f"redis+socket://{quote(str(socket_valkey(donnees)))}"


def cle_secrete(donnees: Path) -> str:
    """The data folder's random key: written once, by one of any number of processes."""
    chemin = donnees / "cle-secrete"
    if not chemin.exists():
        _ecrire_une_fois(chemin, secrets.token_urlsafe(48))
    return chemin.read_text(encoding="ascii")


def jeton_de_surveillance(donnees: Path) -> str:
    """The data folder's monitoring token: written once, as the key is."""
    chemin = donnees / "jeton-de-surveillance"
    if not chemin.exists():
        _ecrire_une_fois(chemin, secrets.token_urlsafe(32))
    return chemin.read_text(encoding="ascii").strip()


def cles_de_chiffrement(donnees: Path) -> str:
    """The ring of keys that encrypts the second factors: written once, beside the data folder, so
    that a folder lost and brought back from its backup still reads them."""
    chemin = donnees.with_name(f"{donnees.name}.cles-de-chiffrement")
    if not chemin.exists():
        octets = urlsafe_b64encode(secrets.token_bytes(32)).decode()
        _ecrire_une_fois(chemin, f"k1:{octets}")
    return chemin.read_text(encoding="ascii").strip()


def clef_de_restauration(donnees: Path) -> Path:
    """The private key that opens the backups: beside the data folder, never inside."""
    return donnees.with_name(f"{donnees.name}.clef-de-restauration")


def fichier_port_smtp(donnees: Path) -> Path:
    return donnees / "courriels.port"


def port_smtp(donnees: Path) -> int:
    """Port of the running mail sink; ConnectionRefusedError when it has never run."""
    try:
        return int(fichier_port_smtp(donnees).read_text(encoding="ascii"))
    except (OSError, ValueError) as erreur:
        message = "Le puits de courriels local n'est pas démarré."
        raise ConnectionRefusedError(message) from erreur


def _ecrire_une_fois(chemin: Path, contenu: str) -> None:
    """Create whole or not at all: `link` refuses to replace what another process wrote first."""
    chemin.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descripteur, provisoire = tempfile.mkstemp(dir=chemin.parent, prefix=".cle-")
    try:
        with os.fdopen(descripteur, "w", encoding="ascii") as fichier:
            fichier.write(contenu)
            fichier.flush()
            os.fsync(fichier.fileno())
        chemin.hardlink_to(provisoire)
    except FileExistsError:
        pass
    finally:
        Path(provisoire).unlink()


def _sockets(donnees: Path, service: str) -> Path:
    dossier = donnees / f"sockets-{service}"
    if len(os.fsencode(dossier)) <= LONGUEUR_MAX:
        return dossier
    empreinte = sha256(os.fsencode(donnees)).hexdigest()[:16]
    court = Path(tempfile.gettempdir()) / f"artjardin-{os.getuid()}-{empreinte}-{service}"
    _verifier(court)
    return court


def _verifier(dossier: Path) -> None:
    """Anyone may create a name under /tmp first: use the folder only when it is ours alone."""
    try:
        etat = dossier.lstat()
    except FileNotFoundError:
        return
    # As root without user namespaces, PostgreSQL runs as nobody and owns its socket folder.
    proprietaires = {os.getuid()} | ({65534} if os.getuid() == 0 else set())
    prive = stat.S_ISDIR(etat.st_mode) and not stat.S_IMODE(etat.st_mode) & 0o077
    if not prive or etat.st_uid not in proprietaires:
        raise ErreurEmbarque(
            f"Le dossier {dossier} appartient à quelqu'un d'autre ou lui est ouvert : "
            "supprimez-le, ou donnez un dossier de données au chemin plus court (DONNEES=…).",
        )
