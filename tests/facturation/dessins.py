"""Frozen contents as documents are drawn from: dicts, no database."""

from decimal import Decimal

EMETTEUR = {
    "nom": "Art & Jardin",
    "forme": "SARL au capital de 10 000 €",
    "adresse": "14, rue des Lices",
    "code_postal": "49000",
    "ville": "Angers",
    "siret": "73282932000074",
    "rcs": "Angers 732 829 320",
    "tva_intracom": "FR44732829320",
    "telephone": "02 41 00 00 00",
    "email": "contact@artjardin.fr",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
    "assurance": "",
    "mediateur": "CM2C, Paris",
}
CLIENT = {
    "code": "C-0001",
    "type": "particulier",
    "siret": "",
    "tva_intracom": "",
    "email": "",
    "adresse": "3, rue Haute",
    "code_postal": "49000",
    "ville": "Angers",
    "nom": "Mme Claire Dupont",
}
PRO = CLIENT | {"type": "professionnel", "nom": "Hôtel des Tilleuls", "siret": "40483304800022"}
DEVIS = {"numero": "DEV-2026-0007", "date": "2026-06-02"}
ORIGINE = {"type": "facture", "numero": "FAC-2026-0009", "date": "2026-10-22"}
GRATUIT = {"code": "gratuit", "texte": "Ce devis est gratuit."}
DECHETS = dict.fromkeys(["quantite", "tri", "collecte", "cout"], "")


def ligne(**champs):
    return {
        "section": "",
        "designation": "Taille de haie",
        "quantite": "2.5000",
        "unite": "m2",
        "prix_unitaire": "1250.000000",
        "remise": "0.00",
        "remise_montant": "0.00",
        "taux_tva": "20.00",
        "total_ht": "3125.00",
        "justification_tva": "",
    } | champs


def deduction(numero, total):
    return ligne(
        designation=f"Acompte {numero} du 22/06/2026",
        quantite="-1.0000",
        unite="forfait",
        prix_unitaire=total,
        total_ht=f"-{total}",
    )


def piece(*lignes, **champs):
    lignes = list(lignes) or [ligne()]
    comptees = [une for une in lignes if not une.get("option")]
    ht = sum(Decimal(une["total_ht"]) for une in comptees)
    tva = sum(Decimal(une["total_ht"]) * Decimal(une["taux_tva"]) / 100 for une in comptees)
    return {
        "numero": "FAC-2026-0001",
        "date": "2026-11-22",
        "objet": "Entretien d'automne",
        "conditions": "",
        "exoneration": "",
        "emetteur": EMETTEUR,
        "destinataire": CLIENT,
        "lieu": {},
        "lignes": lignes,
        "remise_taux": "0.00",
        "remise_montant": "0.00",
        "remises": [],
        "tva": [{"taux": "20.00", "base": f"{ht:.2f}", "montant": f"{tva:.2f}"}],
        "total_ht": f"{ht:.2f}",
        "total_tva": f"{tva:.2f}",
        "total_ttc": f"{ht + tva:.2f}",
        "mentions": [],
    } | champs


def facture(*lignes, **champs):
    propres = {
        "type": "facture",
        "echeance": "2026-12-22",
        "motif": "",
        "prestation_le": None,
        "reference_client": "",
        "devis": None,
        "references": [],
        "retenue": None,
    }
    return piece(*[{"avancement": None} | une for une in lignes or [ligne()]], **propres | champs)


def devis(*lignes, **champs):
    propres = {
        "numero": "DEV-2026-0008",
        "version": 1,
        "remplace": None,
        "valide_jusqu_au": "2026-12-22",
        "conclusion": "etablissement",
        "dechets": DECHETS,
    }
    return piece(*[{"option": False} | une for une in lignes or [ligne()]], **propres | champs)


def mouvement(**champs):
    return {
        "le": "2026-02-03",
        "piece": "FAC-2026-0001",
        "libelle": "Facture",
        "debit": "100.00",
        "credit": "0.00",
        "solde": "220.00",
    } | champs


def releve(nombre=1, **champs):
    return {
        "client": CLIENT,
        "emetteur": EMETTEUR,
        "du": "2026-01-01",
        "au": "2026-11-22",
        "ouverture": "120.00",
        "mouvements": [mouvement() for _ in range(nombre)],
        "totaux": {"debit": "100.00", "credit": "0.00"},
        "cloture": "220.00",
        "avances": "0.00",
    } | champs


def balance(nombre=1):
    tranches = dict.fromkeys(["j60", "j90", "plus", "avances"], "0.00")
    tranches |= {"total": "120.00", "non_echu": "100.00", "j30": "20.00"}
    return {
        "emetteur": EMETTEUR,
        "au": "2026-11-22",
        "lignes": [{"code": "C-0001", "client": "Mme Dupont"} | tranches] * nombre,
        "totaux": tranches,
    }
