"""What the letters and messages of the tests are about."""

from datetime import date
from decimal import Decimal

LE = date(2026, 11, 22)
FIRME = {
    "nom": "Art & Jardin",
    "adresse": "14 rue des Essais",
    "code_postal": "49000",
    "ville": "Angers",
    "siret": "73282932000074",
    "telephone": "02 61 91 00 00",
    "email": "bureau@essais.example",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
}
CLIENT = {"nom": "M. Jean Petit", "code": "C0007", "type": "particulier"}


def lignes(nombre=1, **champs):
    """So many overdue invoices, 1 000,00 € left of each."""
    defaut = {
        "date": date(2026, 9, 1),
        "echeance": date(2026, 10, 1),
        "objet": "Taille de l'if",
        "total_ttc": Decimal("1234.56"),
        "regle": Decimal("234.56"),
        "solde": Decimal("1000.00"),
        "retard": 52,
    }
    return [defaut | {"numero": f"FAC-2026-{n:04d}"} | champs for n in range(1, nombre + 1)]
