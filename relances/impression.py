"""Letters put end to end in one PDF, to be printed in one go. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pikepdf

from artjardin.storage.models import Document
from artjardin.storage.services import lire

A4 = (595.276, 841.89)  # points


def mettre_bout_a_bout(documents: Iterable[Document], *, recto: bool = False) -> bytes:
    """One PDF of these documents, in this order; `recto`: each begins on the front of a sheet.

    Raise Indisponible when one is not made yet, missing or altered.
    """
    tout = pikepdf.Pdf.new()
    for document in documents:
        with pikepdf.open(BytesIO(lire(document))) as pdf:
            if recto and len(tout.pages) % 2:
                tout.add_blank_page(page_size=A4)
            tout.pages.extend(pdf.pages)
    sortie = BytesIO()
    tout.save(sortie, linearize=False)
    return sortie.getvalue()
