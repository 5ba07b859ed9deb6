"""What each thing in panne means for the office. Data only."""

from __future__ import annotations

# Told in detail, with names, by a mail of the outbox as it happens: an incident, no second mail
DITES_AILLEURS = frozenset({"courriels_perdus", "relances_incompletes"})

DES_SERVICES = {
    "postgresql": "le site ne répond plus, et ni courriel ni relance ne part ; rien n'est perdu, "
    "tout reprend au retour.",
    "valkey": "plus aucune tâche ne se fait : courriels, relances et archives attendent, rien "
    "n'est perdu.",
    "ecriture": "aucune facture ne peut recevoir son PDF tant que le dossier ne s'écrit pas.",
    "migrations": "cette version du produit et sa base ne vont pas ensemble : des pages échouent.",
    "disque": "bientôt plus rien ne s'écrira : ni document, ni sauvegarde, ni la base elle-même.",
    "s3_documents": "les nouveaux documents n'ont que leur copie d'ici ; l'archivage reprend seul.",
    "s3_sauvegardes": "la sauvegarde de la nuit ne serait pas hors site.",
    "smtp": "aucun courriel ne part ; ils attendent dans la file, les relances aussi.",
    "certificat": "les navigateurs refuseront bientôt le site.",
    "horloge": "les dates des pièces et des relances seraient fausses.",
    "replication": "la copie de secours de la base est en retard ; le site n'en dépend pas.",
    "taille": "rien pour le bureau.",
    "files": "les tâches s'accumulent : courriels et documents tardent.",
    "worker": "courriels, documents et relances attendent ; rien n'est perdu.",
    "beat": "plus rien ne se fait à son heure, ni relances ni sauvegarde ; tout reprend au retour.",
}
DU_TRAVAIL = {
    "courriels_file": "des courriels n'arrivent pas à l'heure chez les clients.",
    "courriels_echecs": "beaucoup de clients n'ont pas reçu ce qui leur était adressé.",
    "courriels_perdus": "ces clients n'ont pas reçu leur devis, leur facture ou leur relance.",
    "courriels_incertains": "on ne sait pas si ces clients ont reçu leur courriel ; il n'est pas "
    "renvoyé sans vous, pour ne pas les déranger deux fois.",
    "courriels_internes": "ce que le produit avait à vous dire ne vous est pas parvenu.",
    "relances_passage": "aucun client n'a été relancé aujourd'hui ; personne ne l'a été à tort.",
    "relances_incompletes": "certains clients n'ont pas été relancés ; les autres l'ont été.",
    "relances_apercu": "les relances de 9 h partent sans que vous les ayez vues avant.",
    "sauvegarde_nuit": "si la base était perdue maintenant, ce qui a été saisi depuis la dernière "
    "sauvegarde vérifiée serait à ressaisir.",
    "sauvegarde_fraicheur": "si la base était perdue maintenant, plus d'un jour de saisie serait "
    "à refaire.",
    "nuit_controles": "les pièces, le journal et les archives n'ont pas été relus cette nuit.",
    "corbeille_purge": "rien n'est détruit tant qu'une personne n'a pas regardé.",
    "archives_retard": "des documents n'ont qu'une seule copie.",
    "executions_echec": "un travail de fond ne se fait plus.",
    "pieces_controle": "quelqu'un a pu changer des factures sans passer par le produit.",
    "journal_controle": "quelqu'un a pu réécrire l'histoire de la base.",
    "journal_concordance": "quelqu'un a pu changer des données sans passer par le produit.",
    "courriels_relecture": "la preuve de ce qui a été envoyé n'est plus sûre.",
    "journal_ancres": "quelqu'un a pu réécrire l'histoire de la base.",
    "corbeille_comptes": "un client mis à la corbeille doit de l'argent, ou nous lui en devons.",
    "archives_controle": "une des deux copies de ces documents n'est plus bonne.",
    "sauvegarde_relecture": "une copie de sauvegarde n'est plus bonne.",
    "verrous_repetes": "quelqu'un cherche à entrer ; les comptes verrouillés ne s'ouvrent pas.",
    "exports_bloques": "un export demandé n'arrive pas.",
    "taches_planifiees": "un travail prévu ne se fait pas à son heure.",
}
CONSEQUENCES = DES_SERVICES | DU_TRAVAIL
