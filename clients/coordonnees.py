"""Contact data: checks and normal forms. Every function raises ValueError with a French reason."""

import re
from unicodedata import normalize

import phonenumbers
from stdnum.exceptions import ValidationError as NumeroInvalide
from stdnum.fr import siret, tva

from artjardin.outbox.adresses import est_une_adresse


def normaliser_siret(valeur: str) -> str:
    """14 digits, Luhn key checked (INSEE; La Poste's own rule included). "" stays "".

    >>> normaliser_siret("732 829 320 00074")
    '73282932000074'
    >>> normaliser_siret("732 829 320 00075")
    Traceback (most recent call last):
    ValueError: SIRET invalide : sa clef de contrôle est fausse.
    """
    if not (compact := siret.compact(valeur.replace("\xa0", " "))):
        return ""
    if not (compact.isascii() and compact.isdigit() and len(compact) == 14):  # noqa: PLR2004
        raise ValueError("SIRET invalide : 14 chiffres attendus.")
    if not siret.is_valid(compact):
        raise ValueError("SIRET invalide : sa clef de contrôle est fausse.")
    return compact


def normaliser_tva(valeur: str) -> str:
    """French VAT number with its prefix, key checked (CGI art. 286 ter). "" stays "".

    >>> normaliser_tva("fr 40 303 265 045")
    'FR40303265045'
    """
    if not valeur.strip():
        return ""
    try:
        return f"FR{tva.validate(valeur)}"
    except NumeroInvalide as erreur:
        raise ValueError("Numéro de TVA invalide : sa clef de contrôle est fausse.") from erreur


def normaliser_telephone(valeur: str) -> str:
    """E.164; numbers without a country code are French. "" stays "".

    >>> normaliser_telephone("02 41 19 78 22"), normaliser_telephone("+32 2 555 12 12")
    ('+33241197822', '+3225551212')
    """
    if not valeur.strip():
        return ""
    try:
        numero = phonenumbers.parse(valeur, "FR")
    except phonenumbers.NumberParseException as erreur:
        raise ValueError("Numéro de téléphone illisible.") from erreur
    if not phonenumbers.is_possible_number(numero):
        raise ValueError("Numéro de téléphone impossible : vérifiez le nombre de chiffres.")
    return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)


def afficher_telephone(e164: str) -> str:
    """As a French reader writes it.

    >>> afficher_telephone("+33241197822"), afficher_telephone("")
    ('02 41 19 78 22', '')
    """
    if not e164:
        return ""
    numero = phonenumbers.parse(e164)
    national = numero.country_code == 33  # noqa: PLR2004
    forme = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(numero, forme.NATIONAL if national else forme.INTERNATIONAL)


def normaliser_email(valeur: str) -> str:
    """Lower case, syntax checked; an accent is one character, however it was typed. "" stays "".

    >>> normaliser_email(" Client1@Example.org "), normaliser_email("Hélène@Été.example")
    ('client1@example.org', 'hélène@été.example')
    """
    if not (email := normalize("NFC", valeur.strip().lower())):
        return ""
    if not est_une_adresse(email):
        raise ValueError("Adresse e-mail invalide.")
    return email


def normaliser_code_postal(valeur: str) -> str:
    """Five digits, the leading zero lost by a spreadsheet restored; foreign codes kept.

    >>> [normaliser_code_postal(code) for code in ("1000", "49 000", "B-1000")]
    ['01000', '49000', 'B-1000']
    """
    compact = re.sub(r"\s", "", valeur)
    return compact.zfill(5) if compact.isascii() and compact.isdigit() else valeur.strip()
