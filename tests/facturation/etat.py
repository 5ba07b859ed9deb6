"""What a refusal must leave alone: every row of money, the journal, the papers, the mails."""

import pytest

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from facturation.models import (
    Compteur,
    Devis,
    Facture,
    Imputation,
    LigneDevis,
    LigneFacture,
    Paiement,
    Retenue,
    TvaFacture,
)

MODELES = [
    Devis, LigneDevis, Facture, LigneFacture, TvaFacture, Retenue, Paiement, Imputation, Compteur,
]  # fmt: skip


def etat():
    """The rows, and how many entries, documents and mails there are."""
    lignes = [list(modele._base_manager.order_by("pk").values()) for modele in MODELES]
    return lignes, [modele.objects.count() for modele in (Entree, Document, Courriel)]


def refuse(code, travail, genre=Conflit):
    """The refusal of `travail`, with this code, after which nothing has changed."""
    avant = etat()
    with pytest.raises(genre) as refus:
        travail()
    assert refus.value.code == code
    assert etat() == avant
    return refus.value


def refuse_en_http(reponse_de, *, statut=400):
    """The body of a refusal over HTTP, after which nothing has changed."""
    avant = etat()
    reponse = reponse_de()
    assert reponse.status_code == statut, reponse.content
    assert etat() == avant
    return reponse.json()
