"""What the firm's work is watched for: one line each, with what to do."""

from __future__ import annotations

from datetime import timedelta

from ops import nuit
from ops.corbeille.passage import REMEDE as REMEDE_DE_LA_PURGE
from ops.sante.activite.courriels import PERDUS
from ops.sante.activite.nuit import nom_de
from ops.sante.constats import Sonde
from ops.sante.examen import BASE

ICI = "ops.sante.activite"
AUSSITOT = timedelta(0)
RATTRAPAGE = timedelta(minutes=10)  # given to what waited while a service was down, at its return
PLANNING = "planning"  # asks both Valkey and the database


def _sonde(
    nom: str,
    titre: str,
    fonction: str,
    remede: str,
    *,
    delai: timedelta = AUSSITOT,
    sans: tuple[str, ...] = (),
) -> Sonde:
    """Of the database. `sans`: the other services without which it cannot tell."""
    demande = ("postgresql", *sans)
    return Sonde(
        nom,
        titre,
        f"{ICI}.{fonction}",
        remede,
        groupe=BASE,
        demande=demande,
        delai=delai,
        activite=True,
    )


DES_COURRIELS = [
    _sonde(
        "courriels_file",
        "Courriels en attente",
        "courriels.file",
        "voyez le relais (EMAIL_URL), les workers et la page Courriels ; tout part au retour, une "
        "seule fois.",
        delai=RATTRAPAGE,
        sans=("smtp", "worker"),
    ),
    _sonde(
        "courriels_echecs",
        "Envois refusés en nombre",
        "courriels.echecs",
        "lisez les réponses du relais, page Courriels : domaine bloqué, quota, identifiants ; puis "
        "renvoyez ce qui a échoué.",
    ),
    _sonde(
        PERDUS,
        "Courriels de clients non remis",
        "courriels.perdus",
        "page Courriels : corrigez l'adresse et renvoyez, ou joignez le client autrement, puis "
        "prenez l'incident en charge.",
    ),
    _sonde(
        "courriels_incertains",
        "Courriels incertains",
        "courriels.incertains",
        "page Courriels : regardez les copies ou le journal du relais, puis dites s'ils sont "
        "arrivés.",
    ),
    _sonde(
        "courriels_internes",
        "Courriels à l'entreprise non remis",
        "courriels.internes",
        "page Courriels : vérifiez les adresses des patrons, lisez ce qu'ils avaient à dire, et "
        "renvoyez.",
    ),
]
DES_RELANCES = [
    _sonde(
        "relances_passage",
        "Relances de 9 h",
        "relances.passage",
        "page Passages et journal des workers ; relancé chaque minute jusqu'à 19 h, ou à la main "
        "depuis l'aperçu du jour.",
        delai=timedelta(minutes=5),
    ),
    _sonde(
        "relances_incompletes",
        "Relances incomplètes",
        "relances.incompletes",
        "page Passages : le dernier nomme les clients et la cause ; corrigez, puis relancez-les "
        "depuis leur facture.",
    ),
    Sonde(
        "relances_apercu",
        "Aperçu de 8 h",
        f"{ICI}.relances.apercu",
        "lisez l'aperçu du jour avant 9 h, page Aperçu du jour ; voyez les workers et beat.",
        groupe=PLANNING,
        activite=True,
        demande=("postgresql", "valkey"),
        delai=AUSSITOT,
    ),
]
DES_NUITS = [
    _sonde(
        "sauvegarde_nuit",
        "Sauvegarde de la nuit",
        "nuit.sauvegarde",
        f"page Exécutions et page Sauvegardes ; {nuit.RESTAURER}",
    ),
    _sonde(
        "sauvegarde_fraicheur",
        "Sauvegarde vérifiée depuis moins de 26 h",
        "nuit.fraicheur",
        f"page Sauvegardes, « Sauvegarder maintenant » ; {nuit.GUIDE}.",
        delai=timedelta(minutes=15),
    ),
    _sonde(
        "nuit_controles",
        "Contrôles de la nuit",
        "nuit.controles",
        "voyez le worker des tâches longues ; ils sont refaits chaque heure.",
        delai=timedelta(minutes=65),
    ),
    _sonde(
        "corbeille_purge",
        "Purge de la corbeille",
        "nuit.purge",
        REMEDE_DE_LA_PURGE,
    ),
    _sonde(
        "archives_retard",
        "Archivage des documents",
        "nuit.archivage",
        "voyez le dépôt S3 et la page Documents ; rien n'est perdu, la copie d'ici reste.",
        delai=RATTRAPAGE,
        sans=("s3_documents",),
    ),
    _sonde(
        "executions_echec",
        "Autres tâches en échec",
        "nuit.executions",
        "page Exécutions : la dernière dit pourquoi ; elle est refaite à son heure.",
        delai=timedelta(hours=2),
    ),
    *(
        _sonde(nom_de(controle), controle.titre, f"nuit.{nom_de(controle)}", controle.remede)
        for controle in nuit.CONTROLES
        if controle.fonction != "ops.nuit.fraicheur"  # looked at all day
    ),
]
DIVERSES = [
    _sonde(
        "verrous_repetes",
        "Essais de mots de passe en nombre",
        "acces.verrous",
        "page Journal, catégorie Sécurité : de quelle adresse ? Bloquez-la au pare-feu et prévenez "
        "les personnes ; les verrous tiennent.",
    ),
    _sonde(
        "exports_bloques",
        "Exports bloqués",
        "taches.exports",
        "voyez le worker des tâches longues et la place du disque ; redemandez l'export.",
    ),
    Sonde(
        "taches_planifiees",
        "Tâches planifiées",
        f"{ICI}.taches.planifiees",
        "voyez beat et les workers (page Exécutions) ; une tâche en retard est faite au retour.",
        groupe=PLANNING,
        demande=("postgresql", "valkey", "worker", "beat"),
        activite=True,
        delai=timedelta(minutes=5),
    ),
]
SONDES = [*DES_COURRIELS, *DES_RELANCES, *DES_NUITS, *DIVERSES]
