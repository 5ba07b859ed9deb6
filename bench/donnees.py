"""Fills an empty, migrated database in SQL: clients, sites, invoices, payments, reminders.

Of every hundred invoices `r = g % 100` says what each one is, so the counts are exact:
0-79 settled (one in a thousand by a credit note), 80-89 to be reminded on AU, 90-95 not due
yet, 96 disputed, 97 reminded lately, 98 of an excluded client, 99 of one without email.
Three in a thousand have a retention: 77 owes nothing else, 183 owes all, 280 owes it and it is due.
"""

import datetime as dt
import hashlib
import json

import psycopg

from ops.demo.entreprise import ENTREPRISE

AU = dt.date(2026, 11, 24)
JETON = "banc-de-mesure-" + "0" * 28
COURRIEL = "banc@art-jardin.example"
# What an invoice freezes of the firm, and its mentions: JSON in SQL texts
EMETTEUR = json.dumps(ENTREPRISE | {"franchise": False, "tva_debits": False, "logo": None})
MENTIONS = json.dumps([{"code": code, "texte": "Texte de la mention. " * 12} for code in "ab"])

# A column that the product fills by itself, and that nothing measured reads, is left empty
DEFAUTS = r"""
    DO $$ DECLARE c record; BEGIN
        FOR c IN SELECT table_name, column_name, CASE
                WHEN data_type IN ('text', 'character varying') THEN ''
                WHEN data_type IN ('smallint', 'integer', 'numeric') THEN '0'
                WHEN data_type = 'jsonb' THEN '{{}}'
                WHEN data_type = 'boolean' THEN 'false'
            END AS defaut FROM information_schema.columns
            WHERE table_name LIKE 'facturation\_%' AND is_nullable = 'NO'
                AND column_default IS NULL AND is_generated = 'NEVER'
                AND data_type IN ('text', 'character varying', 'smallint', 'integer', 'numeric',
                    'jsonb', 'boolean')
        LOOP
            EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %L',
                c.table_name, c.column_name, c.defaut);
        END LOOP;
    END $$
"""
UTILISATEUR = """
    WITH u AS (
        INSERT INTO accounts_user
            (password, is_superuser, email, prenom, nom, is_active, is_staff, cree_le)
        VALUES ('!', false, '{courriel}', 'Banc', 'De Mesure', true, true, now())
        RETURNING id
    ), g AS (
        INSERT INTO accounts_user_groups (user_id, group_id)
        SELECT u.id, auth_group.id FROM u, auth_group WHERE name = 'comptable'
    )
    INSERT INTO accounts_jeton (user_id, empreinte, appareil, cree_le, vu_le, expire_le)
    SELECT id, {empreinte}, 'bench', now(), now(), now() + interval '1 day' FROM u
"""
CLIENTS = """
    INSERT INTO clients_client
        (id, code, type, civilite, nom, prenom, raison_sociale, siret, tva_intracom, email,
         telephone, adresse, code_postal, ville, notes, delai_jours, fin_de_mois, exclusion_le,
         exclusion_motif, exclusion_par, cree_le)
    SELECT c, 'C' || lpad(c::text, 6, '0'),
        CASE WHEN c % 10 = 0 THEN 'syndic' ELSE 'particulier' END, 'Mme', 'Nom' || c, 'Prénom',
        CASE WHEN c % 10 = 0 THEN 'Résidence des Tilleuls ' || c ELSE '' END,
        '', '', CASE WHEN c % 100 = 99 THEN '' ELSE 'client' || c || '@exemple.fr' END, '',
        c % 300 || ' rue des Jardins', '69003', 'Lyon', '', 30, false,
        CASE WHEN c % 100 = 98 THEN {au} - 90 END,
        CASE WHEN c % 100 = 98 THEN 'Arrangement' ELSE '' END, '', now()
    FROM generate_series(0, {clients} - 1) c
"""
CHANTIERS = """
    INSERT INTO chantiers_chantier
        (id, client_id, nom, adresse, code_postal, ville, statut, consignes, cree_le)
    SELECT id, id, 'Jardin de ' || nom, adresse, code_postal, ville, 'facture', '', now()
    FROM clients_client
"""
# The credit note of an invoice follows it, with its client and amounts. Frozen values have the
# size of those of a real invoice, and the links of the chain their length, not their value.
FACTURES = """
    INSERT INTO facturation_facture
        (id, type, serie, numero, client_id, chantier_id, origine_id, objet, statut, date, echeance,
         total_ht, total_tva, total_ttc, emetteur, destinataire, lieu, mentions, "references",
         motif, retenue_taux, precedente, empreinte, emise_le, cree_le)
    SELECT g, CASE WHEN avoir THEN 'avoir' ELSE 'facture' END,
        CASE WHEN avoir THEN 'AVO' ELSE 'FAC' END,
        CASE WHEN avoir THEN 'AVO-' ELSE 'FAC-' END || lpad(g::text, 8, '0'), client,
        CASE WHEN h % 5 <> 0 THEN client END, CASE WHEN avoir THEN g - 1 END,
        'Entretien du jardin, passage ' || g, 'emise',
        echeance - 30, echeance, ht, ht / 5, ht + ht / 5,
        '{emetteur}', jsonb_build_object('nom', 'Mme Prénom Nom' || client, 'code', 'C' || client,
            'ville', 'Lyon', 'adresse', '3 rue des Jardins', 'code_postal', '69003',
            'type', 'particulier', 'siret', '', 'tva_intracom', '', 'email', 'c@exemple.fr'),
        '{{}}', '{mentions}',
        CASE WHEN avoir THEN jsonb_build_array(jsonb_build_object('type', 'facture',
            'numero', 'FAC-' || lpad((g - 1)::text, 8, '0'), 'date', echeance - 30)) ELSE '[]' END,
        CASE WHEN avoir THEN 'Annulation' ELSE '' END,
        CASE WHEN g % 1000 IN (77, 183, 280) THEN 5 ELSE 0 END,
        encode(sha256((g - 1)::text::bytea), 'hex'), encode(sha256(g::text::bytea), 'hex'),
        now(), now()
    FROM (
        SELECT g, h, avoir, round(100 + h % 300000 / 100.0, 1) AS ht,
            h / 128 % ({clients} / 100) * 100 + CASE WHEN r < 98 THEN h % 98 ELSE r END AS client,
            {au} - CASE
                WHEN r < 80 THEN h % 1000
                WHEN r < 85 THEN 30 + h % 90
                WHEN r < 88 THEN 45 + h % 60
                WHEN r < 90 THEN 60 + h % 60
                WHEN r < 96 THEN h % 40 - 29
                WHEN r = 97 THEN 31 + h % 14
                ELSE 40 + h % 30
            END::int AS echeance
        FROM (
            SELECT g, g % 100 AS r, g % 1000 = 79 AS avoir,
                abs(hashint8(g - (g % 1000 = 79)::int)::bigint) AS h
            FROM generate_series(1, {factures}::bigint) g
        ) tirage
    ) facture
"""
# Until the works are accepted a retention has no due date; the last one is due for forty days
RETENUES = """
    INSERT INTO facturation_retenue (facture_id, montant, reception_le, echeance)
    SELECT id, round(total_ttc * 5 / 100, 2),
        CASE WHEN id % 1000 = 280 THEN {au} - 405 END, CASE WHEN id % 1000 = 280 THEN {au} - 40 END
    FROM facturation_facture WHERE retenue_taux > 0
"""
# Settled ones whole but for their retention, one in a hundred of those to be reminded by half
PAIEMENTS = """
    INSERT INTO facturation_paiement
        (id, client_id, serie, numero, montant, mode, le, reference, saisi_le)
    SELECT f.id, f.client_id, 'ENC', 'ENC-' || lpad(f.id::text, 8, '0'),
        CASE WHEN f.id % 100 = 82 THEN round(total_ttc / 2, 2)
             ELSE total_ttc - coalesce(r.montant, 0) END,
        'virement', f.echeance, '', now()
    FROM facturation_facture f LEFT JOIN facturation_retenue r ON r.facture_id = f.id
    WHERE f.type = 'facture'
        AND (f.id % 100 < 80 AND f.id % 1000 <> 78 OR f.id % 100 = 82 OR f.id % 1000 = 280)
"""
IMPUTATIONS = """
    INSERT INTO facturation_imputation (paiement_id, facture_id, montant)
    SELECT id, id, montant FROM facturation_paiement
"""
LITIGES = """
    INSERT INTO facturation_litige (facture_id, motif, ouvert_le, ouvert_par, clos_par)
    SELECT id, 'Tonte contestée', now(), 'Banc', '' FROM facturation_facture
    WHERE type = 'facture' AND id % 100 = 96
"""
PASSAGES = """
    INSERT INTO relances_passage
        (jour, debut, fin, lance_par, automatique, prevues, relancees, courriels, lettres,
         retenues, echecs, erreurs, ecartees)
    SELECT jour, jour, jour, 'système', true, 0, 0, 0, 0, 0, 0, '[]', '{{}}'
    FROM generate_series({au} - 200, {au} - 1, '1 day') jour
"""
RELANCES = """
    INSERT INTO relances_relance
        (passage_id, facture_id, niveau_id, jour, canal, solde, retard, cree_le, annulation, suivi)
    SELECT p.id, f.id, n.id, p.jour, 'courriel', f.total_ttc, n.jours, now(), '', ''
    FROM facturation_facture f
    JOIN relances_planderelance d ON d.type_client = 'particulier'
    JOIN relances_niveau n ON n.plan_id = d.id AND (
        n.jours = 30 AND (f.id % 100 BETWEEN 85 AND 89 OR f.id % 100 = 97)
        OR n.jours = 45 AND f.id % 100 BETWEEN 88 AND 89
    )
    JOIN relances_passage p ON p.jour = f.echeance + n.jours
    WHERE f.type = 'facture'
"""
ETAPES = [
    DEFAUTS, UTILISATEUR, CLIENTS, CHANTIERS, FACTURES, RETENUES, PAIEMENTS, IMPUTATIONS, LITIGES,
    PASSAGES, RELANCES,
]  # fmt: skip


def remplir(url: str, factures: int) -> None:
    """Load `factures` invoices and all around them. `url` is the superuser's: triggers are off."""
    parametres = {
        "factures": factures,
        "clients": max(100, factures // 20),
        "au": f"DATE '{AU}'",
        "courriel": COURRIEL,
        "emetteur": EMETTEUR,
        "mentions": MENTIONS,
        "empreinte": f"'{hashlib.sha256(JETON.encode()).hexdigest()}'",
    }
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("SET session_replication_role = replica")
        for etape in ETAPES:
            connexion.execute(etape.format(**parametres))
        connexion.execute("VACUUM ANALYZE")
        connexion.execute("CHECKPOINT")
