"""Texts that the office writes: named holes, paragraphs, bold; to plain text and to HTML. Pure.

A text is paragraphs apart by an empty line; `{nom}` is replaced by a value, `**gras**` is bold, and
a paragraph that is one `{bloc}` alone takes a ready-made piece, as a table. Nothing else has a
meaning: what a value holds is never read again, so that a client's name opens no hole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import escape

TROU = re.compile(r"\{([^{}]*)\}")
GRAS = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
ACCOLADE = re.compile(r"[{}]")
PARAGRAPHE = '<p style="margin:0 0 14px;">{}</p>'


def fautes(texte: str, *, champs: Collection[str], blocs: Collection[str] = ()) -> list[str]:
    """What is wrong with the holes of a text, in French; [] when all are known.

    >>> fautes("Bonjour {nom}, {tableau}", champs=["nom"], blocs=["tableau"])
    ['« {tableau} » est un tableau : mettez-le seul dans son paragraphe.']
    >>> fautes("Bonjour {prenom} }", champs=["nom"])
    ['« {prenom} » est inconnu : {nom}.', 'Une accolade est seule.']
    """
    connus = ", ".join(f"{{{champ}}}" for champ in [*champs, *blocs])
    trouvees = []
    for paragraphe in _paragraphes(texte):
        for nom in TROU.findall(paragraphe):
            if nom in blocs and paragraphe != f"{{{nom}}}":
                trouvees.append(
                    f"« {{{nom}}} » est un tableau : mettez-le seul dans son paragraphe."
                )
            elif nom not in champs and nom not in blocs:
                trouvees.append(f"« {{{nom}}} » est inconnu : {connus}.")
    if ACCOLADE.search(TROU.sub("", texte)):
        trouvees.append("Une accolade est seule.")
    return list(dict.fromkeys(trouvees))


def remplir(texte: str, valeurs: Mapping[str, str]) -> str:
    """Replace the holes. Raise KeyError for one without a value.

    >>> remplir("Facture {numero}", {"numero": "FAC-1 {nom}"})
    'Facture FAC-1 {nom}'
    """
    return TROU.sub(lambda trou: valeurs[trou[1]], texte)


def en_texte(texte: str, *, valeurs: Mapping[str, str], blocs: Mapping[str, str]) -> str:
    """The plain text: paragraphs apart by an empty line; an empty paragraph is left out.

    >>> en_texte("Bonjour\\n\\n{prix}\\n\\n{rien}", valeurs={"rien": ""}, blocs={"prix": "1 €"})
    'Bonjour\\n\\n1 €'
    """
    rendus = [
        blocs[seul] if (seul := _bloc(p, blocs)) else remplir(GRAS.sub(r"\1", p), valeurs)
        for p in _paragraphes(texte)
    ]
    return "\n\n".join(rendu.strip("\n") for rendu in rendus if rendu.strip())


def en_html(
    texte: str,
    *,
    valeurs: Mapping[str, str],
    blocs: Mapping[str, str],
    paragraphe: str = PARAGRAPHE,
) -> str:
    """The HTML: values escaped, blocks as they are, each paragraph in `paragraphe`.

    >>> en_html("**Bonjour** {nom}", valeurs={"nom": "<Léa>"}, blocs={}, paragraphe="<p>{}</p>")
    '<p><strong>Bonjour</strong> &lt;Léa&gt;</p>'
    """
    sures = {nom: escape(valeur) for nom, valeur in valeurs.items()}
    rendus = []
    for texte_du_paragraphe in _paragraphes(texte):
        if seul := _bloc(texte_du_paragraphe, blocs):
            rendus.append(blocs[seul])
        elif rendu := remplir(
            GRAS.sub(r"<strong>\1</strong>", escape(texte_du_paragraphe)), sures
        ).strip():
            rendus.append(paragraphe.format(rendu.replace("\n", "<br>")))
    return "\n".join(rendu for rendu in rendus if rendu.strip())


def _paragraphes(texte: str) -> list[str]:
    return [p.strip() for p in re.split(r"\n\s*\n", texte.replace("\r\n", "\n")) if p.strip()]


def _bloc(paragraphe: str, blocs: Mapping[str, str]) -> str:
    nom = paragraphe[1:-1]
    return nom if paragraphe == f"{{{nom}}}" and nom in blocs else ""
