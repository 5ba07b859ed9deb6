"""Well-formed identifiers of firms that do not exist. Pure."""

from random import Random

from stdnum import luhn


def siret(rng: Random) -> str:
    """A SIREN and its NIC, both keys right (Luhn); numbers in 08 are not given to new firms."""
    siren = f"08{rng.randrange(10**6):06d}"
    siren += luhn.calc_check_digit(siren)
    nic = f"{siren}000{rng.randrange(1, 3)}"
    return nic + luhn.calc_check_digit(nic)


def tva(siret_de_la_firme: str) -> str:
    """The VAT number of a firm (CGI art. 286 ter), from its SIREN.

    >>> tva("30326504500018")
    'FR40303265045'
    """
    siren = siret_de_la_firme[:9]
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def iban(banque: str, guichet: str, compte: str) -> str:
    """A French IBAN with its RIB key and check digits, from digits only.

    >>> iban("20041", "01005", "00500013026")
    'FR7620041010050050001302606'
    """
    clef = 97 - (89 * int(banque) + 15 * int(guichet) + 3 * int(compte)) % 97
    bban = f"{banque}{guichet}{compte}{clef:02d}"
    controle = 98 - int(f"{bban}152700") % 97  # FR is 15 27
    return f"FR{controle:02d}{bban}"
