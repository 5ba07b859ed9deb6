"""Quotes: prepared, finalised under the lock of their series, sent, decided, revised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from chantiers.models import Chantier
from clients.models import Client
from clients.services import verrouiller
from facturation import mentions
from facturation.contenu import contenu_devis
from facturation.facturx.conformite import manques_du_devis
from facturation.models import Devis, Entreprise, Evenement
from facturation.models.numerotation import prochaine_place
from facturation.services.annonces_devis import annoncer_le_devis
from facturation.services.ecriture import (
    Ligne,
    chiffrer,
    exiger_brouillon,
    exiger_complet,
    exiger_des_lignes,
    figer_les_parties,
    porter_les_mentions,
    rediger,
    reprendre,
    tenir_les_parties_de,
    verifier_les_parties,
)
from facturation.services.envois import deja_promis, exiger_parti, exiger_une_adresse
from facturation.services.marche import COPIES
from facturation.services.numeros import reprendre_le_numero
from facturation.services.verrous import verrouiller_le_compte

FINALISE = ["numero", "date", "valide_jusqu_au", "total_ttc", "empreinte"]
DECISION = ["statut", "decide_le"]
DECHETS = ["quantite", "tri", "collecte", "cout"]
REVISABLES = [
    "client", "chantier", "objet", "conditions", "exoneration", "remise_taux", "remise_montant",
    "conclusion", "duree_validite", "sans_dechets", *(f"dechets_{nom}" for nom in DECHETS),
]  # fmt: skip
Code, Statut = Evenement.Code, Devis.Statut
# What the printed mentions cover: the withdrawal, then the seven days as well
PROTECTION: dict[str, int] = {
    Devis.Conclusion.ETABLISSEMENT: 0,
    Devis.Conclusion.DISTANCE: 1,
    Devis.Conclusion.DOMICILE: 2,
}


def preparer_devis(
    *,
    par: Auteur,
    client: Client,
    objet: str,
    lignes: Sequence[Ligne] = (),
    chantier: Chantier | None = None,
    **champs: Any,
) -> Devis:
    """Write a draft; `duree_validite` in days. Raise Invalide or Conflit."""
    devis = Devis(client=client, chantier=chantier, objet=objet, **champs)
    with transaction.atomic():
        devis = rediger(devis, lignes, par=par, action="devis.prepare")
        annoncer_le_devis(Code.DEVIS_CREE, devis, par=par)
    return devis


@transaction.atomic
def modifier_devis(
    devis: Devis, *, par: Auteur, lignes: Sequence[Ligne] | None = None, **champs: Any
) -> Devis:
    """Change a draft; `lignes`, when given, replace the old ones. Raise Conflit once finalised."""
    return reprendre(devis, lignes, champs, par=par, action="devis.modifie")


@transaction.atomic
def reviser_devis(devis: Devis, *, par: Auteur) -> Devis:
    """Prepare the next version of a devis that is not accepted, as a draft.

    The old one is superseded when the new one is finalised. Raise Conflit when a version waits.
    """
    tenir_les_parties_de(devis)
    devis = verrouiller(devis)
    if devis.statut in {Statut.BROUILLON, Statut.ACCEPTE, Statut.REMPLACE}:
        raise Conflit(
            f"{devis} ({devis.get_statut_display().lower()}) ne se révise pas.",
            code="transition_refusee",
        )
    if devis.revisions.exists():
        raise Conflit("Ce devis a déjà une nouvelle version.", code="deja_revise")
    revision = Devis(
        remplace=devis,
        version=devis.version + 1,
        **{champ: getattr(devis, champ) for champ in REVISABLES},
    )
    lignes = [{c: getattr(ligne, c) for c in [*COPIES, "option"]} for ligne in devis.lignes.all()]
    revision = rediger(revision, lignes, par=par, action="devis.revise")
    annoncer_le_devis(Code.DEVIS_CREE, revision, par=par)
    return revision


@transaction.atomic
def finaliser_devis(devis: Devis, *, par: Auteur, le: date | None = None) -> Devis:
    """Number, freeze, chain, promise the PDF and, as the table says, its mail.

    Valid to the end of its last day, Paris time.

    Raise Conflit when empty, or incomplete (with the list of what is missing); Invalide for a date
    in the future. A version supersedes the one before it.
    """
    devis = _tenir(devis)
    exiger_brouillon(devis)
    verifier_les_parties(client=devis.client, chantier=devis.chantier)
    exiger_des_lignes(devis)
    firme = Entreprise.objects.get(pk=1)
    devis.date = le or timezone.localdate()
    if devis.date > timezone.localdate():
        message = "La date du devis ne peut pas être dans le futur."
        raise Invalide(message, champs={"date": [message]})
    devis.valide_jusqu_au = devis.date + timedelta(days=devis.duree_validite)
    chiffrer(devis)
    figer_les_parties(devis, firme=firme)
    _completer(devis, firme)
    if devis.remplace is not None:
        devis.remplace.passer(Statut.REMPLACE)
        devis.remplace.save(update_fields=["statut"])
    devis.passer(Statut.FINALISE)
    place = prochaine_place(firme.prefixe_devis, le=devis.date)
    reprendre_le_numero(place.numero, genre="devis", client=devis.client, par=par)
    devis.serie, devis.numero = place.serie, place.numero
    devis.sceller(place, contenu_devis(devis))
    document = promettre_document(
        devis, genre="devis", nom=devis.numero, le=devis.date, client=devis.client_id
    )
    consigner(devis, "devis.finalise", par=par, apres=photo(devis, FINALISE))
    annoncer_le_devis(Code.DEVIS_FINALISE, devis, par=par, document=document)
    return devis


def _tenir(devis: Devis) -> Devis:
    """Lock the version before with this one."""
    if devis.remplace_id:
        verrouiller_le_compte(devis.client_id, [], devis=[devis.remplace_id, devis.pk])
    return verrouiller(devis)


def _completer(devis: Devis, firme: Entreprise) -> None:
    """Write the mentions and the waste box; raise Conflit with what the law finds missing."""
    for nom in [] if devis.sans_dechets else DECHETS:
        champ = f"dechets_{nom}"
        setattr(devis, champ, getattr(devis, champ) or getattr(firme, champ))
    contenu = contenu_devis(devis)
    lignes = list(devis.lignes.all())
    absences = porter_les_mentions(
        devis, contenu, lignes, codes=mentions.codes_de_devis, firme=firme
    )
    exiger_complet(
        [
            *absences,
            *mentions.dechets_absents(contenu, sans_dechets=devis.sans_dechets),
            *manques_du_devis(contenu),
        ]
    )


@transaction.atomic
def envoyer_devis(devis: Devis, *, par: Auteur) -> Courriel:
    """Promise the mail of a finalised devis with its PDF. Raise Conflit when it cannot be.

    What the client already got, or is about to get, at finalisation is not sent again.
    """
    devis = verrouiller(devis)
    premier = devis.statut != Statut.ENVOYE
    if premier:
        devis.passer(Statut.ENVOYE)
    exiger_une_adresse(devis.client)
    document = Document.objects.de(devis).get(type="devis")
    a = devis.client.email
    deja = deja_promis(document, genre="devis", a=a) if premier else None
    if deja is None:
        exiger_parti(document, genre="devis")
    devis.envoye_le = timezone.now()
    devis.save()
    promis = annoncer_le_devis(
        Code.DEVIS_ENVOYE, devis, par=par, document=document, envoyer=True, deja=deja
    )
    courriel = deja or promis[0]  # the client's comes before the firm's
    consigner(devis, "devis.envoye", par=par, courriel=courriel.pk, a=a)
    return courriel


def accepter_devis(
    devis: Devis,
    *,
    par: Auteur,
    options: Sequence[int] = (),
    le: date | None = None,
    conclusion: str = "",
) -> Devis:
    """Note the client's agreement, the options chosen (ids of lines), the day and the place.

    Raise Conflit past the last day of validity, or when signed where the printed mentions
    do not hold; Invalide for an unknown option or a date out of the devis.
    """
    with transaction.atomic():
        actuel = verrouiller(devis)
        if conclusion and PROTECTION[conclusion] > PROTECTION[actuel.conclusion]:
            raise Conflit(
                "Ce devis ne porte pas les mentions d'une signature à distance ou chez le client "
                "(articles L221-5 et L221-10) : révisez-le.",
                code="mentions_absentes",
            )
        actuel.options_retenues = _rangs(actuel, options)
        actuel.signe_le = le or timezone.localdate()
        _verifier_la_signature(actuel)
        _passer(actuel, Statut.ACCEPTE, par=par, options=list(actuel.options_retenues))
        document = Document.objects.de(actuel).filter(type="devis").first()
        annoncer_le_devis(Code.DEVIS_ACCEPTE, actuel, par=par, document=document)
        return actuel


def _rangs(devis: Devis, options: Sequence[int]) -> list[int]:
    """Ids do not survive a copy, ranks do."""
    connues = {ligne.pk: ligne.rang for ligne in devis.lignes.all() if ligne.option}
    if inconnues := [pk for pk in options if pk not in connues]:
        message = f"La ligne {inconnues[0]} n'est pas une option de ce devis."
        raise Invalide(message, champs={"options": [message]})
    return sorted({connues[pk] for pk in options})


def _verifier_la_signature(devis: Devis) -> None:
    le, debut, fin = devis.signe_le, devis.date, devis.valide_jusqu_au
    if le and debut and not debut <= le <= timezone.localdate():
        message = "La signature est entre la date du devis et aujourd'hui."
        raise Invalide(message, champs={"le": [message]})
    if le and fin and le > fin:
        raise Conflit("Ce devis n'est plus valable.", code="devis_perime")


def refuser_devis(devis: Devis, *, motif: str, par: Auteur) -> Devis:
    """Note the client's refusal and its reason."""
    return _decider(devis, Statut.REFUSE, par=par, motif=motif)


def expirer_devis(*, au: date) -> int:
    """Expire the unanswered devis whose last day is past; return how many.

    One that is decided, or goes to the trash, meanwhile is left alone.
    """
    return sum(_expirer(devis) for devis in Devis.objects.perimes(au=au))


@transaction.atomic
def _decider(devis: Devis, vers: str, *, par: Auteur, motif: str = "") -> Devis:
    devis = verrouiller(devis)
    devis.motif_refus = motif
    _passer(devis, vers, par=par, motif=motif)
    annoncer_le_devis(f"devis_{vers}", devis, par=par)
    return devis


def _passer(devis: Devis, vers: str, *, par: Auteur, **details: Any) -> None:
    avant = photo(devis, DECISION)
    devis.passer(vers)
    devis.decide_le = timezone.now()
    devis.save()
    apres = photo(devis, DECISION)
    consigner(devis, f"devis.{vers}", par=par, avant=avant, apres=apres, **details)


def _expirer(devis: Devis) -> bool:
    try:
        _decider(devis, Statut.EXPIRE, par=systeme("expiration des devis"))
    except Conflit:
        return False
    return True
