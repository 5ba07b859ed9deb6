"""The texts of the reminders and the legal rates from 2024 on; both are edited in the admin.

Undone, the rows that are still as written here go, and so do those the office changed: the version
before has no place for them.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

# First day: (ECB refinancing rate, legal rate "autres cas"), in percent
TAUX = {
    date(2024, 1, 1): ("4.50", "5.07"),
    date(2024, 7, 1): ("4.25", "4.92"),
    date(2025, 1, 1): ("3.15", "3.71"),
    date(2025, 7, 1): ("2.15", "2.76"),
    date(2026, 1, 1): ("2.15", "2.62"),
    date(2026, 7, 1): ("2.40", "2.75"),
}
SALUTATIONS = (
    "Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées."
)
DEMEURE = "**Mise en demeure de payer**\n{nom}, le {jour}\n\nMadame, Monsieur,"
TRIBUNAL = (
    "À défaut de paiement à cette date, nous nous réservons le droit de saisir la juridiction "
    "compétente pour obtenir le règlement de notre créance."
)
PENALITES = (
    "Les pénalités de retard courent de plein droit depuis le lendemain de l'échéance, sans "
    "qu'un rappel soit nécessaire, et une indemnité forfaitaire de 40 € est due par facture "
    "(articles L. 441-10 et D. 441-5 du Code de commerce)."
)
SANS_PIECE = "Le détail est en pièce jointe."


def courriel(*paragraphes):
    return "\n\n".join([*paragraphes, "{entreprise}"])


def lettre(*paragraphes):
    return "\n\n".join(paragraphes)


PARTICULIER = {
    "amical": (
        "Rappel : {vos_factures}",
        courriel(
            "Bonjour,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, ne nous est pas "
            "encore parvenu. Il s'agit sans doute d'un simple oubli.",
            "{tableau}",
            "Nous vous remercions de nous adresser ce règlement dès que cela vous sera possible. "
            + SANS_PIECE,
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé ce message, ne tenez pas compte de ce rappel. Pour toute "
            "question, vous pouvez nous joindre {contact}.",
            "En vous remerciant de votre confiance,",
        ),
        lettre(
            "Madame, Monsieur,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, ne nous est pas "
            "encore parvenu. Il s'agit sans doute d'un simple oubli.",
            "{tableau}",
            "Nous vous remercions de nous adresser la somme de **{total}** dès que cela vous sera "
            "possible.",
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé cette lettre, ne tenez pas compte de ce rappel. Pour "
            "toute question, vous pouvez nous joindre {contact}.",
            "En vous remerciant de votre confiance, nous vous prions d'agréer, Madame, Monsieur, "
            "nos salutations les meilleures.",
        ),
    ),
    "ferme": (
        "Règlement attendu pour le {delai} : {vos_factures}",
        courriel(
            "Madame, Monsieur,",
            "À ce jour, le règlement {de_factures}, {echues}, ne nous est toujours pas parvenu.",
            "{tableau}",
            "Nous vous demandons de régler la somme de **{total}** au plus tard le **{delai}**. "
            + SANS_PIECE,
            "{coordonnees_bancaires}",
            "Si vous rencontrez une difficulté, ou si vous contestez tout ou partie de cette "
            "somme, dites-le-nous avant cette date : vous pouvez nous joindre {contact}, et nous "
            "chercherons une solution avec vous.",
            "Si votre règlement a croisé ce message, ne tenez pas compte de ce rappel.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "À ce jour, le règlement {de_factures}, {echues}, ne nous est toujours pas parvenu.",
            "{tableau}",
            "Nous vous demandons de régler la somme de **{total}** au plus tard le **{delai}**.",
            "{coordonnees_bancaires}",
            "Si vous rencontrez une difficulté, ou si vous contestez tout ou partie de cette "
            "somme, dites-le-nous avant cette date : vous pouvez nous joindre {contact}, et nous "
            "chercherons une solution avec vous.",
            "Si votre règlement a croisé cette lettre, ne tenez pas compte de ce rappel.",
            SALUTATIONS,
        ),
    ),
    "mise_en_demeure": (
        "Mise en demeure de payer : {vos_factures}",
        courriel(
            DEMEURE,
            "Le règlement {de_factures}, {echues}, ne nous est pas parvenu.",
            "{tableau}",
            "Par la présente, nous vous **mettons en demeure** de nous payer la somme de "
            "**{total}** en principal au plus tard le **{delai}**.",
            "À compter de la réception de cette mise en demeure, la somme due porte intérêt au "
            "taux légal (articles 1231-6 et 1344-1 du Code civil).",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé ce message, n'en tenez pas compte. Vous pouvez nous "
            "joindre {contact}.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "Le règlement {de_factures}, {echues}, ne nous est pas parvenu.",
            "{tableau}",
            "Par la présente lettre, valant **mise en demeure**, nous vous demandons de nous payer "
            "la somme de **{total}** en principal au plus tard le **{delai}**.",
            "À compter de la réception de cette mise en demeure, la somme due porte intérêt au "
            "taux légal (articles 1231-6 et 1344-1 du Code civil).",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé cette lettre, n'en tenez pas compte. Vous pouvez nous "
            "joindre {contact}.",
            SALUTATIONS,
        ),
    ),
    "merci": (
        "Nous avons bien reçu votre règlement, merci",
        courriel(
            "Bonjour,",
            "Nous avons bien reçu le règlement {de_factures} et nous vous en remercions. Votre "
            "compte est à jour pour {ces_factures}.",
            "Au plaisir de vous retrouver dans votre jardin,",
        ),
        "",
    ),
}
PROFESSIONNEL = {
    "amical": (
        "Échéance dépassée : {vos_factures}",
        courriel(
            "Bonjour,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, n'apparaît pas "
            "encore sur notre compte.",
            "{tableau}",
            "Merci de nous indiquer la date de paiement prévue, ou de transmettre ce message à la "
            "personne qui suit vos règlements. " + SANS_PIECE,
            "{coordonnees_bancaires}",
            "S'il vous manque une pièce pour mettre cette somme en paiement, vous pouvez nous "
            "joindre {contact}. Si votre règlement a croisé ce message, n'en tenez pas compte.",
            "Bien cordialement,",
        ),
        lettre(
            "Madame, Monsieur,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, n'apparaît pas "
            "encore sur notre compte.",
            "{tableau}",
            "Nous vous remercions de mettre la somme de **{total}** en paiement, ou de nous "
            "indiquer la date prévue.",
            "{coordonnees_bancaires}",
            "S'il vous manque une pièce pour traiter {ces_factures}, vous pouvez nous joindre "
            "{contact}. Si votre règlement a croisé cette lettre, n'en tenez pas compte.",
            "Nous vous prions d'agréer, Madame, Monsieur, nos salutations les meilleures.",
        ),
    ),
    "ferme": (
        "Paiement attendu pour le {delai} : {vos_factures}",
        courriel(
            "Madame, Monsieur,",
            "Le règlement {de_factures}, {echues}, a maintenant {retard} de retard.",
            "{tableau}",
            "Nous vous demandons de payer la somme de **{total}** au plus tard le **{delai}**. "
            + SANS_PIECE,
            PENALITES,
            "{coordonnees_bancaires}",
            "Si un point de {ces_factures} est contesté, précisez-le-nous par écrit avant cette "
            "date. Vous pouvez nous joindre {contact}.",
            "Si votre règlement a croisé ce message, n'en tenez pas compte.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "Le règlement {de_factures}, {echues}, a maintenant {retard} de retard.",
            "{tableau}",
            "Nous vous demandons de payer la somme de **{total}** au plus tard le **{delai}**.",
            PENALITES,
            "{coordonnees_bancaires}",
            "En cas de contestation, précisez-en les motifs par écrit avant cette date. Vous "
            "pouvez nous joindre {contact}.",
            "Si votre règlement a croisé cette lettre, n'en tenez pas compte.",
            SALUTATIONS,
        ),
    ),
    "mise_en_demeure": (
        "Mise en demeure de payer : {vos_factures}",
        courriel(
            DEMEURE,
            "Le règlement {de_factures}, {echues}, a {retard} de retard.",
            "{tableau}",
            "Par la présente, nous vous **mettons en demeure** de nous payer la somme de "
            "**{total}** en principal au plus tard le **{delai}**.",
            PENALITES + " Elles s'ajoutent au principal.",
            "{decompte}",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé ce message, n'en tenez pas compte. Vous pouvez nous "
            "joindre {contact}.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "Le règlement {de_factures}, {echues}, a {retard} de retard.",
            "{tableau}",
            "Par la présente lettre, valant **mise en demeure**, nous vous demandons de nous payer "
            "la somme de **{total}** en principal au plus tard le **{delai}**.",
            PENALITES,
            "{decompte}",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si votre règlement a croisé cette lettre, n'en tenez pas compte. Vous pouvez nous "
            "joindre {contact}.",
            SALUTATIONS,
        ),
    ),
    "merci": (
        "Règlement reçu : {vos_factures}",
        courriel(
            "Bonjour,",
            "Nous accusons réception du règlement {de_factures}, et nous vous en remercions.",
            "Bien cordialement,",
        ),
        "",
    ),
}
SYNDIC = {
    "amical": (
        "Copropriété, règlement en attente : {vos_factures}",
        courriel(
            "Madame, Monsieur,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, par le syndicat des "
            "copropriétaires ne nous est pas encore parvenu.",
            "{tableau}",
            "Si la mise en paiement attend un accord du conseil syndical ou un appel de fonds, un "
            "mot de votre part sur la date prévue nous suffit. " + SANS_PIECE,
            "{coordonnees_bancaires}",
            "S'il vous manque un ordre de service ou la référence de l'immeuble, vous pouvez nous "
            "joindre {contact}. Si le règlement a croisé ce message, n'en tenez pas compte.",
            "Bien cordialement,",
        ),
        lettre(
            "Madame, Monsieur,",
            "Sauf erreur de notre part, le règlement {de_factures}, {echues}, par le syndicat des "
            "copropriétaires ne nous est pas encore parvenu.",
            "{tableau}",
            "Nous vous remercions de mettre la somme de **{total}** en paiement. Si elle attend un "
            "accord du conseil syndical ou un appel de fonds, un mot de votre part sur la date "
            "prévue nous suffit.",
            "{coordonnees_bancaires}",
            "S'il vous manque un ordre de service ou la référence de l'immeuble, vous pouvez nous "
            "joindre {contact}. Si le règlement a croisé cette lettre, n'en tenez pas compte.",
            "Nous vous prions d'agréer, Madame, Monsieur, nos salutations les meilleures.",
        ),
    ),
    "ferme": (
        "Copropriété, règlement attendu pour le {delai} : {vos_factures}",
        courriel(
            "Madame, Monsieur,",
            "À ce jour, le syndicat des copropriétaires que vous représentez n'a pas réglé ce "
            "qu'il doit au titre {de_factures}, {echues}.",
            "{tableau}",
            "Nous vous demandons de faire régler la somme de **{total}** au plus tard le "
            "**{delai}**. " + SANS_PIECE,
            "{coordonnees_bancaires}",
            "Si un obstacle retarde ce paiement, ou si tout ou partie de la somme est contesté, "
            "informez-nous-en avant cette date. Vous pouvez nous joindre {contact}.",
            "Si le règlement a croisé ce message, n'en tenez pas compte.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "À ce jour, le syndicat des copropriétaires que vous représentez n'a pas réglé ce "
            "qu'il doit au titre {de_factures}, {echues}.",
            "{tableau}",
            "Nous vous demandons de faire régler la somme de **{total}** au plus tard le "
            "**{delai}**.",
            "{coordonnees_bancaires}",
            "Si un obstacle retarde ce paiement, ou si tout ou partie de la somme est contesté, "
            "informez-nous-en avant cette date. Vous pouvez nous joindre {contact}.",
            "Si le règlement a croisé cette lettre, n'en tenez pas compte.",
            SALUTATIONS,
        ),
    ),
    # Holds whether the firm treats syndics as consumers or as professionals (Entreprise)
    "mise_en_demeure": (
        "Copropriété, mise en demeure de payer : {vos_factures}",
        courriel(
            DEMEURE,
            "Le syndicat des copropriétaires que vous représentez n'a pas réglé ce qu'il doit au "
            "titre {de_factures}, {echues}.",
            "{tableau}",
            "Par la présente, nous **mettons en demeure** le syndicat des copropriétaires de nous "
            "payer la somme de **{total}** en principal au plus tard le **{delai}**.",
            "À compter de la réception de cette mise en demeure, la somme due porte intérêt au "
            "moins au taux légal (articles 1231-6 et 1344-1 du Code civil).",
            "{decompte}",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si le règlement a croisé ce message, n'en tenez pas compte. Vous pouvez nous joindre "
            "{contact}.",
            SALUTATIONS,
        ),
        lettre(
            "Madame, Monsieur,",
            "Le syndicat des copropriétaires que vous représentez n'a pas réglé ce qu'il doit au "
            "titre {de_factures}, {echues}.",
            "{tableau}",
            "Par la présente lettre, valant **mise en demeure** du syndicat des copropriétaires, "
            "nous vous demandons de nous faire payer la somme de **{total}** en principal au plus "
            "tard le **{delai}**.",
            "À compter de la réception de cette mise en demeure, la somme due porte intérêt au "
            "moins au taux légal (articles 1231-6 et 1344-1 du Code civil).",
            "{decompte}",
            TRIBUNAL,
            "{coordonnees_bancaires}",
            "Si le règlement a croisé cette lettre, n'en tenez pas compte. Vous pouvez nous "
            "joindre {contact}.",
            SALUTATIONS,
        ),
    ),
    "merci": (
        "Copropriété, règlement reçu : {vos_factures}",
        courriel(
            "Madame, Monsieur,",
            "Nous avons bien reçu du syndicat des copropriétaires le règlement {de_factures}. "
            "Merci de l'avoir mis en paiement.",
            "Bien cordialement,",
        ),
        "",
    ),
}
TEXTES = {"particulier": PARTICULIER, "professionnel": PROFESSIONNEL, "syndic": SYNDIC}


def semer(apps, schema_editor):
    Modele = apps.get_model("relances", "Modele")
    Modele.objects.bulk_create(
        Modele(ton=ton, type_client=genre, objet=objet, courriel=message, lettre=papier)
        for genre, textes in TEXTES.items()
        for ton, (objet, message, papier) in textes.items()
    )
    Taux = apps.get_model("relances", "TauxLegal")
    Taux.objects.bulk_create(
        Taux(debut=debut, bce=Decimal(bce), legal=Decimal(legal))
        for debut, (bce, legal) in TAUX.items()
    )


def retirer(apps, schema_editor):
    apps.get_model("relances", "Modele").objects.all().delete()
    apps.get_model("relances", "TauxLegal").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("relances", "0007_niveaux_par_plan")]
    operations = [migrations.RunPython(semer, retirer)]
