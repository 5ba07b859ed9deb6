"""What a reminder says: the text of the office, its holes filled, its blocks drawn. No query.

A run composes thousands of them: the frame of the mail is drawn once per firm, the rest is a few
small templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django.template import Context, Template
from django.template.loader import get_template

from artjardin.argent import ZERO, en_euros
from artjardin.erreurs import Invalide
from artjardin.outbox.services import Contenu
from artjardin.textes import en_html, en_texte, remplir
from facturation.epc import epc
from facturation.templatetags.presentation import date_longue, iban
from relances import colonnes
from relances.decompte import Decompte
from relances.models import Modele

DELAI = 8  # days that a reminder leaves to pay
CITEES = 4  # numbers named one by one; more of them are counted
REFERENCE = 140  # characters of the reference of a transfer
SUITE = "<!-- suite -->"  # where the frame is cut
FIRME = ("nom", "adresse", "code_postal", "ville", "telephone", "email", "siret")

Ligne = Mapping[str, Any]


def composer(
    *,
    modele: Modele,
    niveau_nom: str,
    client: Mapping[str, Any],
    entreprise: Mapping[str, Any],
    lignes: Sequence[Ligne],
    jour: date,
    lien: str = "",
    decompte: Decompte | None = None,
) -> Contenu:
    """The mail of one client about these invoices, from frozen parties. Raise Invalide.

    `lignes` have numero, date, echeance, objet, total_ttc, regle, solde (euros), retard (days).
    `lien` is the page where they are paid, "" for none.
    """
    contact = contact_par_courriel(entreprise)
    valeurs = valeurs_de(client, entreprise, lignes, jour=jour, niveau=niveau_nom, contact=contact)
    code = virement(client, entreprise, lignes)
    piece = {"lignes": lignes, "total": somme(lignes), "decompte": decompte, "lien": lien}
    rangs = rangs_de_banque(client, entreprise, lignes)
    try:
        texte = en_texte(modele.courriel, valeurs=valeurs, blocs=_en_texte(piece, rangs))
        html = en_html(modele.courriel, valeurs=valeurs, blocs=_en_html(piece, rangs, code=code))
        objet = remplir(modele.objet, valeurs)
    except KeyError as erreur:
        raise trou_inconnu(modele, erreur) from erreur
    tete, queue = _cadre(tuple(str(entreprise.get(champ) or "") for champ in FIRME))
    return Contenu(
        objet,
        f"{colonnes.couper(texte)}\n\n{_pied(entreprise)}\n",
        f"{tete}{html}{queue}",
        {"virement": code} if code and 'src="cid:virement"' in html else {},
    )


def trou_inconnu(modele: Modele, erreur: KeyError) -> Invalide:
    """What to say of a text whose hole nothing fills."""
    return Invalide(f"Le texte « {modele} » a un trou inconnu : {{{erreur.args[0]}}}.")


def valeurs_de(
    client: Mapping[str, Any],
    entreprise: Mapping[str, Any],
    lignes: Sequence[Ligne],
    *,
    jour: date,
    niveau: str,
    contact: str,
) -> dict[str, str]:
    """What fills the holes of a text, in French, agreeing with one invoice or several."""
    return nommer([ligne["numero"] for ligne in lignes]) | {
        "nom": client["nom"],
        "code_client": client["code"],
        "entreprise": entreprise["nom"],
        "contact": contact,
        "jour": _en_lettres(jour),
        "niveau": niveau,
        "total": en_euros(somme(lignes)),
        "echues": _echues([ligne["echeance"] for ligne in lignes]),
        "retard": colonnes.jours(max(ligne["retard"] for ligne in lignes)),
        "delai": _en_lettres(jour + timedelta(days=DELAI)),
    }


def nommer(numeros: Sequence[str]) -> dict[str, str]:
    """How a text names these invoices, in the singular or the plural.

    >>> nommer(["A-1"])["de_factures"], nommer(["A-1", "A-2", "A-3"])["de_factures"]
    ('de la facture A-1', 'des factures A-1, A-2 et A-3')
    >>> nommer(["A"] * 25)["vos_factures"], nommer(["A-1", "A-2"])["ces_factures"]
    ('vos 25 factures', 'ces factures')
    """
    if len(numeros) == 1:
        [un] = numeros
        singulier = {"ces_factures": "cette facture", "de_ces_factures": "de cette facture"}
        noms = {"factures": "la", "de_factures": "de la", "vos_factures": "votre"}
        return {"numeros": un} | singulier | {nom: f"{de} facture {un}" for nom, de in noms.items()}
    pluriel = {"ces_factures": "ces factures", "de_ces_factures": "de ces factures"}
    noms = {"factures": "les", "de_factures": "des", "vos_factures": "vos"}
    if len(numeros) > CITEES:
        compte = f"{len(numeros)} factures"
        return {"numeros": compte} | pluriel | {nom: f"{de} {compte}" for nom, de in noms.items()}
    cites = f"{', '.join(numeros[:-1])} et {numeros[-1]}"
    cites_par_nom = {nom: f"{de} factures {cites}" for nom, de in noms.items()}
    return {"numeros": cites} | pluriel | cites_par_nom


def contact_par_courriel(entreprise: Mapping[str, Any]) -> str:
    """How to reach the firm, after « joindre », in a mail."""
    telephone = f"au {entreprise['telephone']} ou " if entreprise["telephone"] else ""
    return f"{telephone}en répondant à ce message"


def somme(lignes: Sequence[Ligne]) -> Decimal:
    """What is due of these invoices, in euros."""
    return sum((ligne["solde"] for ligne in lignes), ZERO)


def reference(client: Mapping[str, Any], lignes: Sequence[Ligne]) -> str:
    """What the client writes on its transfer: the numbers, or its code when they are too many."""
    numeros = " ".join(ligne["numero"] for ligne in lignes)
    return numeros if len(numeros) <= REFERENCE else f"{client['code']} {len(lignes)} factures"


def virement(
    client: Mapping[str, Any], entreprise: Mapping[str, Any], lignes: Sequence[Ligne]
) -> str:
    """The text of the code that pays all these invoices at once, "" where none is possible."""
    return epc(
        nom=entreprise["nom"],
        iban=entreprise["iban"],
        bic=entreprise["bic"],
        montant=somme(lignes),
        reference=reference(client, lignes),
    )


def rangs_de_banque(
    client: Mapping[str, Any], entreprise: Mapping[str, Any], lignes: Sequence[Ligne]
) -> list[tuple[str, str]]:
    """The transfer, as names and values; [] without an IBAN."""
    if not entreprise["iban"]:
        return []
    rangs = [
        ("IBAN", iban(entreprise["iban"])),
        ("BIC", entreprise["bic"]),
        ("Titulaire", entreprise["nom"]),
        ("Référence", reference(client, lignes)),
    ]
    return [(nom, valeur) for nom, valeur in rangs if valeur]


def rangs_du_decompte(decompte: Decompte | None) -> list[tuple[str, str]]:
    """The totals of a statement of interest, [] when there is nothing beside the principal."""
    if decompte is None or not decompte.accessoires:
        return []
    interets = "Intérêts au taux légal" if decompte.consommateur else "Pénalités de retard"
    rangs = [
        ("Principal", decompte.principal),
        (interets, decompte.interets),
        ("Indemnités forfaitaires de recouvrement", decompte.indemnites),
        ("Total", decompte.total),
    ]
    return [(nom, en_euros(montant)) for nom, montant in rangs if montant]


def titre_du_decompte(decompte: Decompte | None) -> str:
    """What stands above those totals."""
    return f"Décompte arrêté au {decompte.au:%d/%m/%Y}" if decompte else ""


def _en_texte(piece: Mapping[str, Any], rangs: Sequence[tuple[str, str]]) -> dict[str, str]:
    sommes = rangs_du_decompte(piece["decompte"])
    titre = titre_du_decompte(piece["decompte"])
    return {
        "tableau": colonnes.tableau(piece["lignes"], total=piece["total"]),
        "decompte": colonnes.decompte(sommes, titre=titre) if sommes else "",
        "coordonnees_bancaires": colonnes.banque(rangs, lien=piece["lien"]),
    }


def _en_html(
    piece: Mapping[str, Any], rangs: Sequence[tuple[str, str]], *, code: str
) -> dict[str, str]:
    sommes = rangs_du_decompte(piece["decompte"])
    titre = titre_du_decompte(piece["decompte"])
    return {
        "tableau": _rendre("tableau", piece),
        "decompte": _rendre("decompte", {"rangs": sommes, "titre": titre}) if sommes else "",
        "coordonnees_bancaires": _rendre(
            "banque", {"rangs": rangs, "code": code, "lien": piece["lien"]}
        ),
    }


def _rendre(nom: str, contexte: Mapping[str, Any]) -> str:
    return _gabarit(nom).render(Context(dict(contexte)))


@cache
def _gabarit(nom: str) -> Template:
    charge: Any = get_template(f"courriels/relance_{nom}.html")
    return charge.template  # Django's own, without a request


@lru_cache(maxsize=4)
def _cadre(firme: tuple[str, ...]) -> tuple[str, str]:
    """The frame of the mails of a firm, cut where the text goes."""
    entreprise = dict(zip(FIRME, firme, strict=True))
    tete, _, queue = (
        get_template("courriels/relance.html").render({"entreprise": entreprise}).partition(SUITE)
    )
    return tete, queue


def _pied(entreprise: Mapping[str, Any]) -> str:
    ville = f"{entreprise['code_postal']} {entreprise['ville']}".strip()
    telephone = entreprise["telephone"] and f"Tél. {entreprise['telephone']}"
    siret = entreprise["siret"] and f"SIRET {entreprise['siret']}"
    lignes = [entreprise["adresse"], ville, telephone, entreprise["email"], siret]
    return "\n".join(["--", *filter(None, lignes)])


def _echues(echeances: Sequence[date]) -> str:
    if len(echeances) == 1:
        return f"échue le {_en_lettres(echeances[0])}"
    return f"échues, la plus ancienne le {_en_lettres(min(echeances))}"


@lru_cache(maxsize=400)
def _en_lettres(jour: date) -> str:
    return date_longue(jour)
