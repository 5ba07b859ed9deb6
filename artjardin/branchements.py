"""The doors by which the kernel calls the apps, which it does not import. Data only."""

# Asked under lock just before a mail of this type leaves: a reason to give up, or "" (design G4)
COURRIEL_GARDES = {
    "devis": "facturation.services.gardes.motif_de_ne_pas_envoyer_le_devis",
    **dict.fromkeys(
        ("devis_accepte", "devis_refuse", "devis_expire"),
        "facturation.services.gardes.motif_de_ne_pas_dire_la_decision",
    ),
    "facture": "facturation.services.gardes.motif_de_ne_pas_envoyer_la_facture",
    "facture_payee": "relances.services.remerciements.garde_du_recu",
    "merci": "relances.services.remerciements.motif_de_ne_plus_remercier",
    "relance": "relances.services.motif_d_abandon",
    "compte_lien": "ops.comptes.liens.motif_de_ne_plus_l_envoyer",
}
# Asked of every mail that its own guard lets go, whatever its type
COURRIEL_GARDE_COMMUNE = "facturation.services.gardes.motif_du_client"
# What takes the place of MARQUE in such a mail as it leaves, stored nowhere: (Courriel) -> text
COURRIEL_SECRETS = {"compte_lien": "ops.comptes.liens.adresse_du_lien"}
# Who writes the PDF of a promised document of this type: (Document) -> bytes
COMPTABLES = ["facture", "acquittee", "devis", "releve", "releve_compte", "balance"]
DOCUMENT_PRODUCTEURS = {
    **{genre: f"facturation.pdf.pdf_{genre}" for genre in COMPTABLES},
    "lettre_relance": "relances.pdf.pdf_lettre",
    "decompte": "relances.pdf.pdf_decompte",
}
# Those that bear a number of a series: one that a restored base forgot is to be entered again
DOCUMENT_NUMEROTES = frozenset({"devis", "facture"})
# What a restored database is checked for, besides its rows: () -> artjardin.controles.Bilan
BASE_CONTROLES = {
    "pièces": "facturation.controle.controler",
    "journal": "artjardin.audit.verification.controler",
    "concordance": "artjardin.audit.concordance.controler",
}
# What a deletion, a purge or an erasure would leave uninvoiced for ever: (rows by model) -> phrases
CORBEILLE_PERTES = "facturation.services.renoncements.ce_qui_serait_perdu"
# The rows that a person reaches, by model: (user) -> a condition, or None for all of them
PORTEES = {
    "clients.client": "chantiers.portee.clients",
    "chantiers.chantier": "chantiers.portee.chantiers",
    "chantiers.intervention": "chantiers.portee.interventions",
    "outbox.courriel": "ops.portee.courriels",
    "outbox.rebond": "ops.portee.rebonds",
}
# What the keys of machines may read, by scope: nothing that writes
PORTEES_DES_CLES = {
    "surveillance": frozenset({"audit.view_execution", "ops.view_incident"}),
    "comptabilite": frozenset(
        {
            "clients.view_client",
            "clients.voir_tous_clients",
            "facturation.view_devis",
            "facturation.view_facture",
            "facturation.view_paiement",
            "storage.view_document",
        }
    ),
}
# Answers that need no thread of Django, nor the database: (Demande) -> Reponse, see guichet.py
REPONSES_DIRECTES = "ops.sante.direct"
