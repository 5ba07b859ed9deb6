"""The firm of the demo: invented, with well-formed identifiers. Pure data."""

from ops.demo.identifiants import iban, tva

SIRET = "08491260900017"

ENTREPRISE = {
    "nom": "Art & Jardin",
    "forme": "SARL au capital de 20 000 €",
    "adresse": "14 bis chemin des Trois-Sécateurs",
    "code_postal": "49000",
    "ville": "Angers",
    "siret": SIRET,
    "rcs": f"Angers {SIRET[:3]} {SIRET[3:6]} {SIRET[6:9]}",
    "tva_intracom": tva(SIRET),
    "telephone": "02 61 91 04 49",
    "email": "bureau@art-jardin.example",
    "iban": iban("99999", "04900", "00020260001"),
    "bic": "ZZZZFRP1XXX",
    "ics": "FR23ZZZ049260",
    "assurance": "Mutuelle fictive des Jardins de Loire, police n° 49-2026-0417, "
    "14 place du Pressoir, 49000 Angers, garantie : France métropolitaine",
    "dechets_collecte": "Déchèterie fictive du Petit-Clos, route des Essais, 49000 Angers "
    "(déchèterie professionnelle)",
    "mediateur": "Médiation fictive Paysage & Jardin, 3 rue des Arbitres, 49000 Angers, "
    "mediation.example",
}
