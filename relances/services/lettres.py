"""Letters to post: still true or not, printed together, marked as posted, received."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.storage.models import Document
from clients.models import Client
from facturation.services.verrous import verrouiller_le_compte
from relances.empechements import empechements
from relances.faits import lire_les_faits
from relances.models import Relance, Ton
from relances.regles import LETTRE_VALABLE, MOTIFS
from relances.services.envois import refaire_la_lettre

LIEES = ["lettre", "niveau", "facture__client"]
PAR = systeme("relances")


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


def lettres_caduques(
    lettres: Collection[int] | None = None, *, postees_le: date | None = None
) -> dict[int, str]:
    """Letters to post that no longer say the truth: their document id → why. All, or these.

    A letter lists several invoices: one that was settled or disputed spoils it whole. One written
    more than five days before it is posted (`postees_le`, today unless told) is spoilt too: it
    would give a deadline that is near, or past.
    """
    relances = Relance.objects.a_poster()
    if lettres is not None:
        relances = relances.filter(lettre__in=lettres)
    le = postees_le or timezone.localdate()
    attente = list(relances.values_list("lettre_id", "facture_id", "solde", "lettre__cree_le"))
    faits = lire_les_faits(au=timezone.localdate(), factures=[ligne[1] for ligne in attente])
    par_facture = {f.facture_id: f for f in faits}
    motifs = empechements(par_facture.values())
    caduques = {}
    for lettre, facture, solde, ecrite in attente:
        actuels = par_facture[facture]
        motif = motifs[facture] or ("" if actuels.solde == solde else "montant-change")
        age = (le - timezone.localdate(ecrite)).days
        if motif or (motif := "trop-ancienne" if age > LETTRE_VALABLE else ""):
            caduques[lettre] = motif
    return caduques


@transaction.atomic
def annuler_les_lettres_caduques() -> None:
    """Take back the letters not posted yet that no longer hold; what is due is judged anew.

    When the same reminder also left by mail, it stands: only its letter is not to be posted, or is
    written anew when it had only grown old.
    """
    caduques = lettres_caduques()
    visees = Relance.objects.a_poster().filter(lettre__in=caduques)
    for relance in visees.order_by("pk").select_for_update(no_key=True):
        if relance.canal == Relance.Canal.LES_DEUX:
            if caduques[relance.lettre_id or 0] == "trop-ancienne":
                continue  # see refaire_les_lettres
            relance.canal = Relance.Canal.COURRIEL
            relance.save(update_fields=["canal"])
        else:
            relance.annuler(MOTIFS[caduques[relance.lettre_id or 0]])
        consigner(relance, "relance.lettre_caduque", par=PAR, etats=[relance])


def refaire_les_lettres_anciennes() -> None:
    """Write anew the letters that grew old before they were posted, of reminders that also left by
    mail: one transaction each."""
    anciennes = [pk for pk, motif in lettres_caduques().items() if motif == "trop-ancienne"]
    for lettre in sorted(anciennes):
        with transaction.atomic():
            _refaire_l_ancienne(lettre)


def _refaire_l_ancienne(lettre: int) -> None:
    _verrouiller_les_comptes([lettre])
    posees = Relance.objects.a_poster().filter(lettre=lettre, canal=Relance.Canal.LES_DEUX)
    relances = list(
        posees.select_related(*LIEES).select_for_update(no_key=True, of=("self",)).order_by("pk")
    )
    if not relances or lettres_caduques([lettre]).get(lettre) != "trop-ancienne":
        return
    jour = timezone.localdate()
    faits = list(lire_les_faits(au=jour, factures=[une.facture_id for une in relances]))
    neuve = refaire_la_lettre(relances[0].facture.client, relances, faits, jour=jour)
    posees.filter(pk__in=[une.pk for une in relances]).update(lettre=neuve)
    consigner(neuve, "relances.lettre_refaite", par=PAR, etats=relances)


def exiger_lettre_vraie(relance: Relance) -> None:
    """Raise Conflit, with the reason, when a letter to post must not be any more."""
    if relance.postee_le is None and relance.lettre_id:
        _exiger_vraies([relance.lettre_id])


@transaction.atomic
def marquer_postees(
    lettres: Collection[int],
    *,
    par: Auteur,
    suivi: Mapping[int, str] | None = None,
    le: date | None = None,
) -> list[Relance]:
    """Note that these letters (document ids) were posted; `suivi`: registered numbers by letter.

    `le` is the day, today unless told. All or none: raise Conflit, with the reasons, when one is
    not to be posted (any more); Invalide for a day before it was written, or in the future.
    """
    le = le or timezone.localdate()
    _verrouiller_les_comptes(lettres)
    posees = Relance.objects.a_poster().filter(lettre__in=lettres).order_by("pk")
    relances = list(posees.select_for_update(no_key=True, of=("self",)))
    if {relance.lettre_id for relance in relances} != set(lettres):
        raise Conflit("Cette lettre n'est plus à poster.", code="transition_refusee")
    if le > timezone.localdate() or any(le < relance.jour for relance in relances):
        message = "Le jour de l'envoi est entre celui de la lettre et aujourd'hui."
        raise Invalide(message, champs={"le": [message]})
    _exiger_vraies(lettres, postees_le=le)
    for relance in relances:
        relance.postee_le = _a_midi(le)
        relance.suivi = (suivi or {}).get(relance.lettre_id or 0, "")
        relance.save(update_fields=["postee_le", "suivi"])
        consigner(relance, "relance.postee", par=par, etats=[relance], suivi=relance.suivi)
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
        consigner(une, "relance.recue", par=par, avant=avant, apres=apres, etats=[une])
    return next(une for une in relances if une.pk == relance.pk)


def _lettre(relances: list[Relance]) -> Lettre:
    """Raise AssertionError when a document would go to another client than its own."""
    document, client = relances[0].lettre, relances[0].facture.client
    if document is None or any(r.facture.client_id != document.client_ref for r in relances):
        raise AssertionError("Une lettre n'est remise qu'au client qu'elle concerne.")
    return Lettre(document, client, tuple(relances))


def _a_midi(le: date) -> datetime:
    """Now for today; noon in Paris for a day before."""
    if le == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(le, time(12)))


def _exiger_vraies(lettres: Collection[int], *, postees_le: date | None = None) -> None:
    caduques = lettres_caduques(lettres, postees_le=postees_le)
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
