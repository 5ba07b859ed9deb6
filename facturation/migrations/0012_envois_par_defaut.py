"""What is sent at each step, to whom and in which words, by default; the office may change it."""

from django.db import migrations

PARTIES = ["client", "entreprise", "contact"]
DOCUMENT = ["document", "numero", "date", "objet", "montant", *PARTIES]
SUJET = "{document} – {entreprise}"
QUESTION = "Pour toute question, {contact}."
MERCI = "En vous remerciant de votre confiance,"
DEVIS_JOINT = f"""Bonjour,

Comme convenu, veuillez trouver ci-joint notre devis **{{numero}}** du {{date}}.

{{fiche}}

Pour l'accepter, retournez-le-nous daté et signé, avec la mention « Bon pour accord ».

{QUESTION}

{MERCI}"""

# code, intitulé, vers, (sujet, texte) du client, (sujet, texte) de l'entreprise, champs, blocs
EVENEMENTS = [
    (
        "devis_cree",
        "Devis créé",
        "entreprise",
        ("", ""),
        (
            "[{entreprise}] Nouveau devis en brouillon – {client}",
            "Un devis est en préparation pour **{client}**, par {par}.\n\n{fiche}",
        ),
        ["objet", "montant", *PARTIES],
        ["fiche"],
    ),
    (
        "devis_finalise",
        "Devis finalisé",
        "les_deux",
        (SUJET, DEVIS_JOINT),
        (
            "[{entreprise}] {document} finalisé – {client}, {montant}",
            "Le devis **{numero}** pour **{client}** est finalisé, par {par}.\n\n{fiche}\n\n{sort}",
        ),
        [*DOCUMENT, "validite"],
        ["fiche"],
    ),
    (
        "devis_envoye",
        "Devis envoyé",
        "les_deux",
        (SUJET, DEVIS_JOINT),
        (
            "[{entreprise}] {document} envoyé – {client}, {montant}",
            "Le devis **{numero}** pour **{client}** est envoyé, par {par}.\n\n{fiche}\n\n{sort}",
        ),
        [*DOCUMENT, "validite"],
        ["fiche"],
    ),
    (
        "devis_accepte",
        "Devis accepté ou signé",
        "les_deux",
        (
            "{document} accepté – {entreprise}",
            f"""Bonjour,

Nous avons bien reçu votre accord du {{signe_le}} sur notre devis **{{numero}}** du {{date}}, et nous vous en remercions.

{{fiche}}

{{options}}

Nous revenons vers vous pour convenir du début des travaux. Le devis est joint à ce message.

{QUESTION}

{MERCI}""",
        ),
        (
            "[{entreprise}] {document} accepté – {client}, {montant}",
            (
                "**{client}** a accepté le devis **{numero}**, signé le {signe_le}. Noté par {par}.\n\n"
                "{fiche}\n\n{options}\n\n{sort}"
            ),
        ),
        [*DOCUMENT, "validite", "signe_le", "options"],
        ["fiche"],
    ),
    (
        "devis_refuse",
        "Devis refusé",
        "les_deux",
        (
            "{document} – {entreprise}",
            """Bonjour,

Nous prenons note que vous ne donnez pas suite à notre devis **{numero}** du {date} ({objet}), et nous vous remercions de nous l'avoir fait savoir.

Si votre projet évolue, nous serons heureux d'en reparler : {contact}.

Cordialement,""",
        ),
        (
            "[{entreprise}] {document} refusé – {client}, {montant}",
            (
                "**{client}** ne donne pas suite au devis **{numero}**. Noté par {par}.\n\n"
                "{fiche}\n\n{motif}\n\n{sort}"
            ),
        ),
        [*DOCUMENT, "validite", "motif"],
        ["fiche"],
    ),
    (
        "devis_expire",
        "Devis expiré",
        "entreprise",
        (
            "{document} : fin de validité – {entreprise}",
            f"""Bonjour,

Notre devis **{{numero}}** du {{date}} ({{objet}}) était valable jusqu'au {{validite}}.

Si votre projet est toujours d'actualité, nous l'actualiserons volontiers : {{contact}}.

{MERCI}""",
        ),
        (
            "[{entreprise}] {document} expiré – {client}, {montant}",
            (
                "Le devis **{numero}** pour **{client}** est resté sans réponse jusqu'au {validite} : "
                "il est expiré.\n\n{fiche}\n\n{sort}"
            ),
        ),
        [*DOCUMENT, "validite"],
        ["fiche"],
    ),
    (
        "facture_emise",
        "Facture émise",
        "les_deux",
        (
            SUJET,
            f"""Bonjour,

Veuillez trouver ci-joint la facture **{{numero}}** du {{date}}.

{{fiche}}

{{reglement}}

{QUESTION}

{MERCI}""",
        ),
        (
            "[{entreprise}] {document} émise – {client}, {montant}",
            "La facture **{numero}** à **{client}** est émise, par {par}.\n\n{fiche}\n\n{sort}",
        ),
        [*DOCUMENT, "echeance"],
        ["fiche", "reglement"],
    ),
    (
        "facture_payee",
        "Facture payée",
        "les_deux",
        (
            "{document} réglée – {entreprise}",
            f"""Bonjour,

Nous avons bien reçu le règlement de la facture **{{numero}}** du {{date}}, et nous vous en remercions.

{{fiche}}

{{acquittee}}

{QUESTION}

{MERCI}""",
        ),
        (
            "[{entreprise}] {document} payée – {client}, {montant}",
            (
                "La facture **{numero}** à **{client}** est entièrement réglée : {recu} reçus, "
                "le dernier règlement le {regle_le} ({moyens}). Noté par {par}.\n\n{fiche}\n\n{sort}"
            ),
        ),
        [*DOCUMENT, "echeance", "recu", "regle_le", "moyens", "acquittee"],
        ["fiche"],
    ),
    (
        "avoir_emis",
        "Avoir émis",
        "les_deux",
        (
            SUJET,
            f"""Bonjour,

Veuillez trouver ci-joint l'avoir **{{numero}}** du {{date}}, qui réduit la facture {{origine}}.

{{fiche}}

{QUESTION}

{MERCI}""",
        ),
        (
            "[{entreprise}] {document} émis – {client}, {montant}",
            (
                "L'avoir **{numero}** à **{client}**, sur la facture {origine}, est émis, par {par}. "
                "Motif : {motif}\n\n{fiche}\n\n{sort}"
            ),
        ),
        [*DOCUMENT, "origine", "motif"],
        ["fiche"],
    ),
    ("relance", "Relance", "les_deux", ("", ""), ("", ""), [], []),
]


def creer(apps, schema_editor):
    Evenement = apps.get_model("facturation", "Evenement")
    for rang, (code, intitule, vers, client, interne, champs, blocs) in enumerate(EVENEMENTS):
        Evenement.objects.update_or_create(
            code=code,
            defaults={
                "intitule": intitule,
                "vers": vers,
                "objet": client[0],
                "texte": client[1],
                "objet_interne": interne[0],
                "texte_interne": interne[1],
                "champs": champs,
                "blocs": blocs,
                "rang": rang,
            },
        )


def retirer(apps, schema_editor):
    apps.get_model("facturation", "Evenement").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("facturation", "0011_envois_et_prelevements")]

    operations = [migrations.RunPython(creer, retirer)]
