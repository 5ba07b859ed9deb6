"""The texts of the mentions, as the law has them on 2026-11-22; the office may change them."""

from django.db import migrations

ATTESTATION = (
    "Je soussigné(e) … certifie, en qualité de preneur de la prestation, que les travaux réalisés "
    "concernent des locaux à usage d'habitation achevés depuis plus de deux ans et qu'ils n'ont "
    "pas eu pour effet, sur une période de deux ans au plus, de concourir à la production d'un "
    "immeuble neuf au sens du 2° du 2 du I de l'article 257 du CGI, ni d'entraîner une augmentation "
    "de la surface de plancher des locaux existants supérieure à 10 %"
)
TEXTES = [
    ("franchise", "TVA : franchise en base", "TVA non applicable, article 293 B du CGI"),
    (
        "autoliquidation",
        "TVA : autoliquidation",
        "Autoliquidation : TVA due par le preneur (article 283-2 nonies du CGI).",
    ),
    (
        "debits",
        "TVA : option pour les débits",
        "Option pour le paiement de la taxe d'après les débits",
    ),
    ("tva_10", "TVA à 10 % : attestation du client", f"{ATTESTATION}."),
    (
        "tva_5_5",
        "TVA à 5,5 % : attestation du client",
        f"{ATTESTATION} et qu'ils ont la nature de travaux de rénovation énergétique.",
    ),
    ("decennale", "Assurance décennale", "Assurance décennale : {assurance}."),
    (
        "sap",
        "Services à la personne",
        (
            "Organisme de services à la personne déclaré : {sap}. Les prestations de petits travaux de "
            "jardinage ouvrent droit au crédit d'impôt de l'article 199 sexdecies du CGI, dans les "
            "limites qu'il fixe."
        ),
    ),
    (
        "mediateur",
        "Médiation de la consommation",
        (
            "Médiation de la consommation : en cas de différend que notre service n'aurait pas résolu, "
            "vous pouvez recourir gratuitement au médiateur {mediateur} (articles L. 612-1 et L. 616-1 "
            "du Code de la consommation)."
        ),
    ),
    ("gratuit", "Devis gratuit", "Ce devis est établi gratuitement."),
    (
        "retractation",
        "Droit de rétractation",
        (
            "Vous disposez d'un délai de quatorze jours à compter de la signature pour vous rétracter, "
            "sans motif ni frais (articles L. 221-5 et L. 221-18 du Code de la consommation), au moyen "
            "du formulaire joint ou de toute déclaration dénuée d'ambiguïté. Les travaux ne commencent "
            "pas avant la fin de ce délai, sauf demande expresse de votre part."
        ),
    ),
    (
        "sept_jours",
        "Signature à domicile",
        (
            "Contrat signé à votre domicile : aucun paiement ni contrepartie n'est exigé ni reçu avant "
            "sept jours (article L. 221-10 du Code de la consommation)."
        ),
    ),
    ("escompte", "Escompte", "Escompte pour paiement anticipé : néant."),
    (
        "penalites",
        "Pénalités de retard",
        (
            "En cas de retard de paiement, des pénalités sont dues de plein droit dès le lendemain de "
            "l'échéance, au taux de refinancement le plus récent de la Banque centrale européenne "
            "majoré de 10 points de pourcentage (article L. 441-10 du Code de commerce)."
        ),
    ),
    (
        "indemnite",
        "Indemnité de recouvrement",
        (
            "Tout retard de paiement entraîne en outre une indemnité forfaitaire pour frais de "
            "recouvrement de 40 € (articles L. 441-10 et D. 441-5 du Code de commerce)."
        ),
    ),
]


def ecrire(apps, schema_editor):
    Mention = apps.get_model("facturation", "Mention")
    Mention.objects.bulk_create(
        Mention(code=code, intitule=intitule, texte=texte, rang=rang)
        for rang, (code, intitule, texte) in enumerate(TEXTES)
    )


def effacer(apps, schema_editor):
    apps.get_model("facturation", "Mention").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("facturation", "0007_index_des_echeances")]
    operations = [migrations.RunPython(ecrire, effacer)]
