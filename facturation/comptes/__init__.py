"""The accounts of clients and the turnover: computed from what is issued and paid, never stored."""

from facturation.comptes.balance import Balance, dresser_la_balance
from facturation.comptes.chiffre_affaires import ChiffreAffaires, chiffrer_la_periode
from facturation.comptes.impression import promettre_la_balance, promettre_le_releve
from facturation.comptes.releve import Releve, relever_le_compte
from facturation.comptes.tableur import csv_balance, csv_chiffre_affaires, csv_releve

__all__ = [
    "Balance",
    "ChiffreAffaires",
    "Releve",
    "chiffrer_la_periode",
    "csv_balance",
    "csv_chiffre_affaires",
    "csv_releve",
    "dresser_la_balance",
    "promettre_la_balance",
    "promettre_le_releve",
    "relever_le_compte",
]
