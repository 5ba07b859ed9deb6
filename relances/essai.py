"""A text of the office tried on a real client: what would be written today. Nothing is sent."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from artjardin.outbox.services import Contenu
from artjardin.qr import qr_png
from clients.models import Client
from facturation.documents import ligne_de_compte
from facturation.liens import lien_de_reglement
from facturation.models import Entreprise, Facture
from relances.decompte import Decompte, decompter
from relances.documents import contexte_de_lettre
from relances.messages import composer
from relances.models import Modele

PROPOSES = 50  # clients offered to try a text on


@dataclass(frozen=True)
class Essai:
    """What a client would read: the mail, and the frozen content of the letter ({}: none)."""

    contenu: Contenu
    lettre: dict[str, Any]

    @property
    def html(self) -> str:
        """The mail with its codes drawn, for a page that fetches nothing."""
        html = self.contenu.html
        for nom, texte in self.contenu.codes.items():
            image = b64encode(qr_png(texte)).decode()
            html = html.replace(f"cid:{nom}", f"data:image/png;base64,{image}")
        return html


def clients_d_essai(modele: Modele, *, jour: date) -> list[Client]:
    """Clients of that type with an overdue invoice, those most in need of the text first."""
    dues: Any = Facture.objects.en_retard(au=jour).filter(client__type=modele.type_client)
    ids = list(dues.order_by("echeance").values_list("client_id", flat=True)[: 4 * PROPOSES])
    choisis = list(dict.fromkeys(ids))[:PROPOSES]
    return list(Client.objects.filter(pk__in=choisis))


def essayer(modele: Modele, client: Client, *, jour: date) -> Essai:
    """Write this text for this client, about its overdue invoices.

    Raise Invalide for a hole that nothing fills, TauxManquant.
    """
    dues: Any = Facture.objects.en_retard(au=jour).filter(client=client)
    factures = list(dues.order_by("echeance", "pk"))
    lignes = [ligne_de_compte(facture, le=jour) for facture in factures]
    demeure = modele.ton == Modele.Ton.MISE_EN_DEMEURE
    decompte = decompter(client, au=jour) if demeure else None
    contenu = composer(
        modele=modele,
        niveau_nom=modele.get_ton_display(),
        client=client.instantane(),
        entreprise=Entreprise.la_notre().instantane(),
        lignes=lignes,
        jour=jour,
        lien=lien_de_reglement(client.pk, [facture.pk for facture in factures]),
        decompte=decompte,
    )
    return Essai(contenu, _lettre(modele, client, lignes, jour=jour, decompte=decompte))


def _lettre(
    modele: Modele,
    client: Client,
    lignes: Sequence[dict[str, Any]],
    *,
    jour: date,
    decompte: Decompte | None,
) -> dict[str, Any]:
    if not modele.lettre:
        return {}
    niveau = {"nom": modele.get_ton_display(), "jours": 0, "ton": modele.ton}
    return contexte_de_lettre(
        client, niveau=niveau, le=jour, lignes=lignes, modele=modele, decompte=decompte
    )
