"""Letters to post: still true or not, printed together, marked as posted, received."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.storage.models import Document
from clients.models import Client
from facturation.services.verrous import verrouiller_le_compte
from relances.faits import lire_les_faits
from relances.models import Reglages, Relance, Ton
from relances.regles import MOTIFS, empechement

LIEES = ["lettre", "niveau", "facture__client"]


@dataclass(frozen=True)
class Lettre:
    """One letter to print: its document, its client, the reminders it carries."""

    document: Document
    client: Client
    relances: tuple[Relance, ...]

    @property
    def recommandee(self) -> bool:
        """A formal notice is sent registered, so that its receipt is proved."""
        return any(relance.niveau.ton == Ton.MISE_EN_DEMEURE for relance in self.relances)


def lettres_du_jour() -> list[Lettre]:
    """The letters to print and post that still say the truth, in the order of the clients."""
    vraies = Relance.objects.a_poster().exclude(lettre__in=lettres_caduques())
    par_lettre: dict[int, list[Relance]] = {}
    ordre = ("facture__client__nom_tri", "facture__client_id", "lettre_id", "pk")
    for relance in vraies.select_related(*LIEES).order_by(*ordre):
        par_lettre.setdefault(relance.lettre_id or 0, []).append(relance)
    return [_lettre(relances) for relances in par_lettre.values()]


def lettres_caduques(lettres: Collection[int] | None = None) -> dict[int, str]:
    """Letters to post that no longer say the truth: their document id → why. All, or these.

    A letter lists several invoices: one that was settled or disputed spoils it whole.
    """
    relances = Relance.objects.a_poster()
    if lettres is not None:
        relances = relances.filter(lettre__in=lettres)
    attente = list(relances.values_list("lettre_id", "facture_id", "solde"))
    faits = lire_les_faits(au=timezone.localdate(), factures=[ligne[1] for ligne in attente])
    par_facture = {f.facture_id: f for f in faits}
    tolerance = Reglages.les_notres().tolerance
    caduques = {}
    for lettre, facture, solde in attente:
        actuels = par_facture[facture]
        motif = empechement(actuels, tolerance=tolerance)
        motif = motif or ("" if actuels.solde == solde else "montant-change")
        if motif:
            caduques[lettre] = motif
    return caduques


@transaction.atomic
def annuler_les_lettres_caduques() -> None:
    """Take back the letters not posted yet that no longer hold; what is due is judged anew.

    When the same reminder also left by mail, it stands: only its letter is not to be posted.
    """
    caduques = lettres_caduques()
    for relance in Relance.objects.a_poster().filter(lettre__in=caduques).select_for_update():
        if relance.canal == Relance.Canal.LES_DEUX:
            relance.canal = Relance.Canal.COURRIEL
            relance.save(update_fields=["canal"])
        else:
            relance.annuler(MOTIFS[caduques[relance.lettre_id or 0]])


def exiger_lettre_vraie(relance: Relance) -> None:
    """Raise Conflit, with the reason, when a letter to post must not be any more."""
    if relance.postee_le is None and relance.lettre_id:
        _exiger_vraies([relance.lettre_id])


@transaction.atomic
def marquer_postees(
    lettres: Collection[int], *, par: Auteur, suivi: Mapping[int, str] | None = None
) -> list[Relance]:
    """Note that these letters (document ids) were posted; `suivi`: registered numbers by letter.

    All or none: raise Conflit, with the reasons, when one is not to be posted (any more).
    """
    _verrouiller_les_comptes(lettres)
    posees = Relance.objects.a_poster().filter(lettre__in=lettres).order_by("pk")
    relances = list(posees.select_for_update(no_key=True, of=("self",)))
    if {relance.lettre_id for relance in relances} != set(lettres):
        raise Conflit("Cette lettre n'est plus à poster.", code="transition_refusee")
    _exiger_vraies(lettres)
    for relance in relances:
        relance.postee_le = timezone.now()
        relance.suivi = (suivi or {}).get(relance.lettre_id or 0, "")
        relance.save(update_fields=["postee_le", "suivi"])
        consigner(relance, "relance.postee", par=par, suivi=relance.suivi)
    return relances


def marquer_postee(relance: Relance, *, par: Auteur) -> Relance:
    """Note that the letter of a reminder was posted, with all the invoices it lists.

    Raise Conflit when it is not to be posted (any more).
    """
    if relance.lettre_id is None:
        raise Conflit("Cette lettre n'est plus à poster.", code="transition_refusee")
    postees = {une.pk: une for une in marquer_postees([relance.lettre_id], par=par)}
    return postees[relance.pk]


@transaction.atomic
def noter_la_reception(
    relance: Relance, *, le: date, par: Auteur, suivi: str | None = None
) -> Relance:
    """Note the day a client received a posted letter (its signed receipt); it can be corrected.

    From a formal notice, the interest of a consumer runs from the next day. Raise Conflit for a
    letter that was not posted, Invalide for a day before that or in the future.
    """
    siennes = Relance.objects.valables().filter(lettre=relance.lettre_id, lettre__isnull=False)
    relances = list(siennes.order_by("pk").select_for_update(no_key=True, of=("self",)))
    if not relances or relances[0].postee_le is None:
        raise Conflit("Cette lettre n'est pas encore postée.", code="lettre_non_postee")
    _exiger_un_jour_possible(le, postee=timezone.localdate(relances[0].postee_le))
    for une in relances:
        avant = photo(une, ["recue_le", "suivi"])
        une.recue_le, une.suivi = le, une.suivi if suivi is None else suivi
        une.save(update_fields=["recue_le", "suivi"])
        apres = photo(une, ["recue_le", "suivi"])
        consigner(une, "relance.recue", par=par, avant=avant, apres=apres)
    return next(une for une in relances if une.pk == relance.pk)


def _lettre(relances: list[Relance]) -> Lettre:
    """Raise AssertionError when a document would go to another client than its own."""
    document, client = relances[0].lettre, relances[0].facture.client
    if document is None or any(r.facture.client_id != document.client_ref for r in relances):
        raise AssertionError("Une lettre n'est remise qu'au client qu'elle concerne.")
    return Lettre(document, client, tuple(relances))


def _exiger_vraies(lettres: Collection[int]) -> None:
    caduques = lettres_caduques(lettres)
    if not caduques:
        return
    fautives = Document.objects.filter(pk__in=caduques).order_by("pk")
    raisons = " ".join(f"{une.nom} : {MOTIFS[caduques[une.pk]]}" for une in fautives)
    seule = len(lettres) == 1
    debut = "Cette lettre n'est plus à poster" if seule else "Des lettres ne sont plus à poster"
    raisons = MOTIFS[next(iter(caduques.values()))] if seule else raisons
    raise Conflit(f"{debut} : {raisons}", code="lettre_caduque")


def _verrouiller_les_comptes(lettres: Collection[int]) -> None:
    """The clients of these letters in order, and their invoices: no payment comes in between."""
    comptes: dict[int, set[int]] = {}
    visees = Relance.objects.filter(lettre__in=lettres)
    for client, facture in visees.values_list("facture__client_id", "facture_id"):
        comptes.setdefault(client, set()).add(facture)
    for client in sorted(comptes):
        verrouiller_le_compte(client, sorted(comptes[client]))


def _exiger_un_jour_possible(le: date, *, postee: date) -> None:
    if not postee <= le <= timezone.localdate():
        message = "La réception est entre le jour de l'envoi et aujourd'hui."
        raise Invalide(message, champs={"le": [message]})
