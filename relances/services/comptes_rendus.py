"""What the patrons and the firm are told: the 8:00 preview, what the run did, its faults."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from artjardin.accounts.services import courriels_des_patrons
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import contenu_du_gabarit, promettre_a_chacun
from clients.models import Client
from facturation.models import Entreprise, Evenement
from facturation.services.annonces import adresses_internes, reglage
from relances.calendrier import ferie
from relances.models import Passage, Reglages, Relance, Suspension
from relances.plan import planifier
from relances.services.presentation import Resume, resumer
from relances.services.suspensions import suivre_les_promesses

LIGNES_MAX = 100  # of a report; the page has them all
APERCU, PASSAGE, ALERTE = "apercu_relances", "passage_relances", "alerte_relances"
PROMESSES = "promesses_relances"


@transaction.atomic
def envoyer_l_apercu() -> list[Courriel]:
    """Mail the patrons what the 9:00 run is about to do, once a day; none when nothing is to say.

    Broken promises are reported here, and everything that waits for a decision.
    """
    jour = timezone.localdate()
    reglages = Reglages.objects.select_for_update(no_key=True).get(pk=1)  # two workers send it once
    if ferie(jour) or _deja(APERCU, jour):
        return []
    patrons = courriels_des_patrons()
    rompues = suivre_les_promesses(au=jour, dire=bool(patrons))
    if not patrons:
        return []
    if not reglages.apercu_par_courriel:
        return _dire_les_promesses(patrons, rompues) if rompues else []
    resume = resumer(planifier(au=jour), avec_textes=True)
    a_poster = Relance.objects.a_poster().values("lettre").distinct().count()
    if not (resume.envois or resume.retenues or rompues or a_poster):
        return []
    return promettre_a_chacun(
        patrons,
        genre=APERCU,
        bcc=[],
        contenu=_contenu(
            APERCU,
            _titre(jour, resume, rompues),
            resume=resume,
            rompues=rompues,
            a_poster=a_poster,
        ),
    )


def _dire_les_promesses(patrons: list[str], rompues: list[Suspension]) -> list[Courriel]:
    """The preview is switched off: a broken promise is told all the same."""
    titre = _promesses(len(rompues))
    return promettre_a_chacun(
        patrons,
        genre=PROMESSES,
        bcc=[],
        contenu=_contenu(
            PROMESSES, titre[0].upper() + titre[1:], rompues=rompues, jour=timezone.localdate()
        ),
    )


def _titre(jour: date, resume: Resume, rompues: list[Suspension]) -> str:
    """The subject: a broken promise is in it, since it is told once."""
    dits = [resume.titre, _promesses(len(rompues))] if rompues else [resume.titre]
    return f"Relances du {jour:%d/%m} : {', '.join(dits)}"


def _promesses(nombre: int) -> str:
    return f"{nombre} promesses non tenues" if nombre > 1 else "une promesse non tenue"


def rendre_compte(passage: Passage) -> None:
    """In the transaction that ends a run: the firm gets one report, the patrons every fault."""
    evenement = reglage(Evenement.Code.RELANCE)
    erreurs = _nommer(passage.erreurs)
    titre = f"Relances du {passage.jour:%d/%m/%Y}"
    if evenement.a_l_entreprise and passage.prevues:
        valables = passage.relances.valables()
        lignes = valables.select_related("facture__client", "niveau")
        promettre_a_chacun(
            adresses_internes(evenement, Entreprise.la_notre().instantane()),
            genre=PASSAGE,
            bcc=[],
            contenu=_contenu(
                PASSAGE,
                f"{titre} : {passage.faites} faite{'s' if passage.faites > 1 else ''}",
                passage=passage,
                lignes=lignes.order_by("facture__client__nom_tri", "facture__numero")[:LIGNES_MAX],
                de_plus=max(0, valables.count() - LIGNES_MAX),
                erreurs=erreurs,
            ),
        )
    patrons = courriels_des_patrons()
    if erreurs and patrons:
        promettre_a_chacun(
            patrons,
            genre=ALERTE,
            bcc=[],
            contenu=_contenu(
                ALERTE,
                f"{titre} : incomplètes, {len(erreurs)} client(s) non relancé(s)",
                passage=passage,
                erreurs=erreurs,
            ),
        )


def _nommer(erreurs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The faults of a run, with the client's name and page."""
    clients = Client.tous.in_bulk([erreur["client"] for erreur in erreurs])
    return [
        {**erreur, "nom": str(clients.get(erreur["client"], erreur["client"]))}
        for erreur in erreurs
    ]


def _deja(genre: str, jour: date) -> bool:
    return Courriel.objects.filter(type=genre, cree_le__date=jour).exists()


def _contenu(gabarit: str, objet: str, **contexte: Any) -> Any:
    base = settings.ADRESSE_PUBLIQUE
    page = f"{base}{reverse('admin:relances_apercu')}" if base else ""
    commun = {"entreprise": Entreprise.la_notre().instantane(), "page": page, "interne": True}
    return contenu_du_gabarit(gabarit, objet=objet, contexte=commun | contexte)
