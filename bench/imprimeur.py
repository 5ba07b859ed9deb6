"""One worker that draws the model invoice again and again: `python -m bench.imprimeur`."""

import json
import time
from collections.abc import Callable

import django
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench.brouillons import fichier_modele
from bench.ouvriers import Ordre, servir

Dessiner = Callable[[], bytes]
MAGIE = b"%PDF-1.7"


def dessinateurs() -> dict[str, Dessiner]:
    """The product, and WeasyPrint alone on the HTML that the product makes."""
    from artjardin.storage.models import Document  # noqa: PLC0415 - once Django is set up
    from facturation.documents import contexte_facture  # noqa: PLC0415
    from facturation.models import Facture  # noqa: PLC0415
    from facturation.pdf import pdf_facture  # noqa: PLC0415
    from facturation.rendu import SansNavigateur, en_html  # noqa: PLC0415

    modele = json.loads(fichier_modele().read_text())
    document = Document.objects.de(Facture(pk=modele["facture"])).get()
    html = en_html("pdf/facture.html", contexte_facture(modele["contenu"]))
    return {
        "produit": lambda: pdf_facture(document),
        "nu": weasyprint_seul(html, SansNavigateur),
        "avec feuille": weasyprint_seul(html, HTML),
    }


def weasyprint_seul(html: str, page: type[HTML]) -> Dessiner:
    """Same fonts, same PDF/A, style sheets parsed once. `page` has the browser's sheet or not."""
    from facturation.rendu import FEUILLES, GABARITS, POLICES, SansReseau  # noqa: PLC0415

    polices = FontConfiguration()
    styles = [
        CSS(
            string=(GABARITS / feuille).read_text(encoding="utf-8"),
            base_url=f"{POLICES.as_uri()}/",
            url_fetcher=SansReseau(),
            font_config=polices,
        )
        for feuille in FEUILLES
    ]

    def dessiner() -> bytes:
        document = page(string=html, base_url=None, url_fetcher=SansReseau())
        pdf: bytes = document.write_pdf(
            stylesheets=styles, font_config=polices, pdf_variant="pdf/a-3b"
        )
        return pdf

    return dessiner


def chronometrer(dessiner: Dessiner, combien: int) -> Ordre:
    """When it began and ended, the seconds of each document, on the clock and of processor."""
    durees, calculs, octets = [], [], 0
    debut = time.perf_counter()
    for _ in range(combien):
        depart, calcul = time.perf_counter(), time.process_time()
        pdf = dessiner()
        durees.append(time.perf_counter() - depart)
        calculs.append(time.process_time() - calcul)
        octets = len(pdf)
        if not pdf.startswith(MAGIE):
            raise RuntimeError("Ce n'est pas un PDF.")
    fin = time.perf_counter()
    return {"debut": debut, "fin": fin, "durees": durees, "calculs": calculs, "octets": octets}


if __name__ == "__main__":
    django.setup()
    connus = dessinateurs()
    servir(lambda ordre: chronometrer(connus[ordre["quoi"]], ordre["combien"]))
