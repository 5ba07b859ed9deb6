"""The bare limit of an issue: the same locks, reads and writes by psycopg, statements prepared.

Its values are those of an invoice that the product issued, so its rows have their size. Its numbers
have no gap and its links are hashes of as long a text, but not of what the control would read.
"""

import datetime as dt
import hashlib
import json
from typing import Any

import psycopg

from bench.brouillons import SERIE_NUE

FACTURE = """
    SELECT type, statut, client_id, chantier_id, devis_id, origine_id, objet, echeance, remise_taux,
        remise_montant, exoneration, conditions, retenue_taux
    FROM facturation_facture WHERE id = %s AND supprime_le IS NULL FOR NO KEY UPDATE
"""
CLIENT = """
    SELECT code, type, civilite, nom, prenom, raison_sociale, siret, tva_intracom, email, adresse,
        code_postal, ville, delai_jours, fin_de_mois, supprime_le
    FROM clients_client WHERE id = %s
"""
FIRME = """
    SELECT nom, forme, adresse, code_postal, ville, siret, rcs, tva_intracom, franchise, tva_debits,
        telephone, email, iban, bic, assurance, mediateur, sap, couleur, logo_id,
        syndic_consommateur, prefixe_facture
    FROM facturation_entreprise WHERE id = 1
"""
LIGNES = """
    SELECT section, designation, quantite, unite, prix_unitaire, remise, remise_montant, taux_tva,
        justification_tva, decennale, sap, total_ht
    FROM facturation_lignefacture WHERE facture_id = %s ORDER BY rang
"""
MENTIONS = "SELECT code, texte FROM facturation_mention WHERE active"
TVA = """
    INSERT INTO facturation_tvafacture (facture_id, taux, base, montant) VALUES (%s, %s, %s, %s)
"""
COMPTEURS = """
    SELECT id, annee, dernier, derniere_date, empreinte FROM facturation_compteur
    WHERE serie = %s ORDER BY annee FOR NO KEY UPDATE
"""
COMPTER = """
    UPDATE facturation_compteur SET dernier = %s, derniere_date = %s, empreinte = %s WHERE id = %s
"""
EMETTRE = """
    UPDATE facturation_facture SET statut = 'emise', serie = %s, numero = %s, precedente = %s,
        empreinte = %s, date = %s, echeance = %s, emise_le = %s, total_ht = %s, total_tva = %s,
        total_ttc = %s, emetteur = %s, destinataire = %s, lieu = %s, mentions = %s,
        "references" = %s
    WHERE id = %s
"""
DOCUMENT = """
    INSERT INTO storage_document (type, objet_type, objet_id, client_ref, cle, nom, contexte,
        sha256, taille, cree_le, essais, erreur)
    VALUES ('facture', 'facturation.facture', %s, %s, %s, %s, '{}', '', 0, %s, 0, '')
    ON CONFLICT DO NOTHING
"""
JOURNAL = """
    INSERT INTO audit_entree (le, acteur_id, acteur_nom, action, objet_type, objet_id, objet_nom,
        avant, apres, details, adresse, requete)
    VALUES (%s, %s, %s, 'facture.emise', 'facturation.facture', %s, %s, '{}', %s, '{}', %s, %s)
"""
TOTAUX = ("total_ht", "total_tva", "total_ttc")
FIGES = ("emetteur", "destinataire", "lieu", "mentions", "references")


class EmissionNue:
    """Issues drafts that are copies of that of `modele`, in a series of its own."""

    def __init__(self, connexion: psycopg.Connection, modele: dict[str, Any]) -> None:
        self._connexion, self._acteur = connexion, modele["acteur"]
        contenu = modele["contenu"]
        self._le, self._echeance = contenu["date"], contenu["echeance"]
        self._tva = [(t["taux"], t["base"], t["montant"]) for t in contenu["tva"]]
        self._totaux = [contenu[champ] for champ in TOTAUX]
        self._figes = [json.dumps(contenu[champ]) for champ in FIGES]
        # About as facturation.models.numerotation seals it; only the number changes
        texte = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._debut, _, self._fin = texte.partition(contenu["numero"])

    def emettre(self, pk: int) -> None:
        with self._connexion.transaction():
            client = self._lire(pk)
            for tva in self._tva:
                self._faire(TVA, pk, *tva)
            *_, compteur = self._faire(COMPTEURS, SERIE_NUE)
            cle_compteur, annee, dernier, _, precedente = compteur
            numero = f"{SERIE_NUE}-{annee}-{dernier + 1:04d}"
            texte = f"{precedente}\n{self._debut}{numero}{self._fin}"
            empreinte = hashlib.sha256(texte.encode()).hexdigest()
            self._faire(COMPTER, dernier + 1, self._le, empreinte, cle_compteur)
            maintenant = dt.datetime.now(dt.UTC)
            chaine = (SERIE_NUE, numero, precedente, empreinte)
            jours = (self._le, self._echeance, maintenant)
            self._faire(EMETTRE, *chaine, *jours, *self._totaux, *self._figes, pk)
            cle = f"{self._le[:4]}/{self._le[5:7]}/facture/{numero}.pdf"
            self._faire(DOCUMENT, pk, client, cle, f"{numero}.pdf", maintenant)
            self._consigner(pk, numero, empreinte, le=maintenant)

    def _lire(self, pk: int) -> int:
        """Lock the draft, read all that an issue needs; its client's id."""
        client: int = self._faire(FACTURE, pk).fetchall()[0][2]
        self._faire(CLIENT, client).fetchall()
        self._faire(FIRME).fetchall()
        self._faire(LIGNES, pk).fetchall()
        self._faire(MENTIONS).fetchall()
        return client

    def _consigner(self, pk: int, numero: str, empreinte: str, *, le: dt.datetime) -> None:
        apres = {
            "numero": numero,
            "date": self._le,
            "echeance": self._echeance,
            "total_ttc": self._totaux[-1],
            "empreinte": empreinte,
        }
        ecrit = (le, *self._acteur, pk, f"Facture {numero}", json.dumps(apres))
        self._faire(JOURNAL, *ecrit, "127.0.0.1", f"{pk:032x}")

    def _faire(self, texte: str, *valeurs: Any) -> psycopg.Cursor[Any]:
        return self._connexion.execute(texte, valeurs, prepare=True)
