"""The mechanism of the second factor: TOTP (RFC 6238) and recovery codes. No journal here."""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import b32encode
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from artjardin.accounts.chiffrement import Trousseau, lire_trousseau
from artjardin.accounts.models import CodeSecours, Facteur, User
from artjardin.embarque.adresses import cles_de_chiffrement
from artjardin.erreurs import Conflit

EMETTEUR = "Art & Jardin"
OCTETS = 20  # of the secret: RFC 4226 §4 recommends 160 bits
CHIFFRES, PAS = 6, 30  # what Google Authenticator and the like assume
DERIVE = 1  # steps before and after ours
CODES = 10
SIGNES, GROUPE = 16, 4  # of a recovery code: 80 bits, beyond guessing from its hash
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # neither 0, 1, I nor O


def trousseau() -> Trousseau:
    """The ring of the settings; in embedded mode, that of the file beside the data folder."""
    embarquees = "" if settings.CLES_CHIFFREMENT else cles_de_chiffrement(Path(settings.DONNEES))
    return lire_trousseau(settings.CLES_CHIFFREMENT or embarquees)


def lien(user_id: int) -> str:
    """What the encrypted secret is bound to: its person."""
    return f"accounts.facteur:{user_id}"


@transaction.atomic
def preparer(user: User) -> tuple[Facteur, str]:
    """A new factor that waits for its first code, and its secret in base32. The one that waited
    before is dropped; the confirmed one still holds."""
    verrouiller_le_compte(user)
    secret = secrets.token_bytes(OCTETS)
    Facteur.objects.filter(user=user, confirmed=False).delete()
    facteur = Facteur.objects.create(
        user=user,
        name="totp",
        confirmed=False,
        secret=trousseau().chiffrer(secret, lie_a=lien(user.pk)),
    )
    return facteur, b32encode(secret).decode()


def secret_en_attente(user: User) -> str:
    """That of the factor that waits for its first code, in base32."""
    facteur = Facteur.objects.get(user=user, confirmed=False)
    return b32encode(trousseau().dechiffrer(facteur.secret, lie_a=lien(user.pk))).decode()


def uri(user: User, secret: str) -> str:
    """The address that authenticators read (Key URI Format); `secret` in base32."""
    etiquette = quote(f"{EMETTEUR}:{user.email}")
    options = f"issuer={quote(EMETTEUR)}&algorithm=SHA1&digits={CHIFFRES}&period={PAS}"
    return f"otpauth://totp/{etiquette}?secret={secret}&{options}"


@transaction.atomic
def confirmer(user: User, code: str) -> bool:
    """Make the waiting factor the person's, if the code is its own. Raise Conflit without one."""
    verrouiller_le_compte(user)
    facteur = Facteur.objects.select_for_update().filter(user=user, confirmed=False).first()
    if facteur is None:
        raise Conflit("Demandez d'abord un nouveau QR code.", code="facteur_absent")
    if not accepter(facteur, code):
        return False
    Facteur.objects.filter(user=user, confirmed=True).delete()
    facteur.confirmed, facteur.confirme_le = True, timezone.now()
    facteur.save(update_fields=["confirmed", "confirme_le"])
    return True


@transaction.atomic
def verifier(user: User, code: str) -> str:
    """How the code was good, "totp" or "secours", and use it up; "" when it is not.

    The caller counts the attempt first (verrous.compter).
    """
    verrouiller_le_compte(user)
    propre = "".join(signe for signe in code.upper() if signe.isalnum())
    if len(propre) == SIGNES:
        return "secours" if _depenser(user, propre) else ""
    facteur = Facteur.objects.select_for_update().filter(user=user, confirmed=True).first()
    return "totp" if facteur is not None and accepter(facteur, propre) else ""


def accepter(facteur: Facteur, code: str) -> bool:
    """True once per code: its time step is then used up. The row must be locked.

    Raise chiffrement.Illisible when the secret is not the person's, or its key is lost.
    """
    if len(code) != CHIFFRES or not (code.isascii() and code.isdigit()):
        return False
    secret = trousseau().dechiffrer(facteur.secret, lie_a=lien(facteur.user_id))
    totp = TOTP(secret, step=PAS, digits=CHIFFRES)
    totp.time = time.time()
    if not totp.verify(int(code), tolerance=DERIVE, min_t=facteur.dernier_pas + 1):
        return False
    facteur.dernier_pas = totp.t()
    facteur.save(update_fields=["dernier_pas"])
    return True


@transaction.atomic
def donner_des_codes(user: User) -> list[str]:
    """Ten new recovery codes, shown this once; the older ones are worth nothing any more."""
    verrouiller_le_compte(user)
    CodeSecours.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(SIGNES)) for _ in range(CODES)]
    CodeSecours.objects.bulk_create(
        CodeSecours(user=user, empreinte=_empreinte(user, code)) for code in codes
    )
    return ["-".join(code[i : i + GROUPE] for i in range(0, SIGNES, GROUPE)) for code in codes]


@transaction.atomic
def retirer(user: User) -> bool:
    """Take factor and recovery codes away. False when there was no confirmed one."""
    verrouiller_le_compte(user)
    avait = Facteur.objects.filter(user=user, confirmed=True).exists()
    Facteur.objects.filter(user=user).delete()
    CodeSecours.objects.filter(user=user).delete()
    return avait


def a_un_facteur(user: User) -> bool:
    return Facteur.objects.filter(user=user, confirmed=True).exists()


def codes_restants(user: User) -> int:
    return CodeSecours.objects.filter(user=user, utilise_le=None).count()


@transaction.atomic
def tourner() -> tuple[list[Facteur], list[Facteur]]:
    """Put every secret under the current key: those that were, and those that no key opens."""
    clefs = trousseau()
    tournes: list[Facteur] = []
    illisibles: list[Facteur] = []
    tous = Facteur.objects.select_related("user").select_for_update(of=("self",))
    for facteur in tous.order_by("pk"):
        if clefs.est_courant(facteur.secret):
            continue
        try:
            clair = clefs.dechiffrer(facteur.secret, lie_a=lien(facteur.user_id))
        except ValueError:
            illisibles.append(facteur)
            continue
        facteur.secret = clefs.chiffrer(clair, lie_a=lien(facteur.user_id))
        facteur.save(update_fields=["secret"])
        tournes.append(facteur)
    return tournes, illisibles


def verrouiller_le_compte(user: User) -> User:
    """The lock under which a person's factor, codes and password change."""
    return User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)


def _depenser(user: User, code: str) -> bool:
    intact = CodeSecours.objects.filter(
        user=user, empreinte=_empreinte(user, code), utilise_le=None
    )
    return bool(intact.update(utilise_le=timezone.now()))


def _empreinte(user: User, code: str) -> str:
    return hashlib.sha256(f"{user.pk}:{code}".encode()).hexdigest()
