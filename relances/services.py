"""The reminder run: ledger and outbox in one transaction per client, asked again at sending."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, photo, suivre
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import PlusTard, annuler, contenu_du_gabarit, promettre
from artjardin.storage.models import Document
from clients.models import Client
from facturation.documents import promettre_releve
from facturation.models import Entreprise, Facture
from facturation.services.verrous import verrouiller_le_compte
from relances.documents import promettre_lettre
from relances.models import Niveau, Passage, Relance
from relances.plan import Ligne, lire_les_faits, planifier
from relances.regles import MOTIFS, empechement

journal = logging.getLogger(__name__)
TACHE = "relances"
REFAIT = "Le message est refait : le montant ou l'adresse a changé."
OUVERTURE, FERMETURE = time(9), time(19)  # nobody is reminded at night


def relancer_du_jour() -> Passage | None:
    """Today's automatic run: 9:00, or caught up until 19:00 (Paris). None when not to be done.

    Caught up, it does what the 9:00 run would have done: what was imported since waits for the
    next morning, so that a client is not mailed before anyone has seen the preview.
    """
    local = timezone.localtime()
    if not OUVERTURE <= local.time() < FERMETURE:
        return None
    if Passage.objects.filter(jour=local.date(), fin__isnull=False).exists():
        return None
    neuf_heures = local.replace(hour=OUVERTURE.hour, minute=0, second=0, microsecond=0)
    return relancer(jour=local.date(), par=systeme("relances de 9 h"), entrees_avant=neuf_heures)


def relancer(*, jour: date, par: Auteur, entrees_avant: datetime | None = None) -> Passage:
    """Make the reminders of a day, once: ledger rows and messages, client by client.

    A run that was cut short is resumed. Raise Conflit when that day's run is already made
    (`passage_deja_fait`) or is being made elsewhere (`execution_en_cours`).
    """
    with suivre(TACHE) as execution:
        passage = _ouvrir(jour=jour, par=par, automatique=entrees_avant is not None)
        annuler_les_lettres_caduques()
        plan = planifier(au=jour, entrees_avant=entrees_avant)
        passage.ecartees = dict(plan.motifs)
        passage.prevues = passage.relances.count() + len(plan.a_relancer) + len(plan.a_poster)
        passage.echecs = 0
        for client_id, lignes in plan.par_client():
            try:
                relancer_client(client_id, lignes, passage=passage)
            except Exception:  # noqa: BLE001 - one bad client stops nobody else
                journal.exception("client %s non relancé", client_id)
                passage.echecs += 1
        _clore(passage, par=par)
        execution.compteurs = compteurs(passage)
        if passage.echecs:
            execution.resultat = Execution.Resultat.PARTIEL
    return passage


@transaction.atomic
def relancer_client(client_id: int, lignes: Sequence[Ligne], *, passage: Passage) -> None:
    """One client: lock, judge again, write the ledger and the one message of this run."""
    ids = [ligne.faits.facture_id for ligne in lignes]
    client, _ = verrouiller_le_compte(client_id, ids)
    plan = planifier(au=passage.jour, factures=ids)
    confirmees = [*plan.a_relancer, *plan.a_poster]
    if confirmees:
        _promettre(client, confirmees, passage=passage)


def motif_d_abandon(courriel: Courriel) -> str:
    """Guard of the outbox, in its transaction: why this reminder may not leave, or "".

    When an invoice it lists was settled, disputed, excluded or partly paid meanwhile, the whole
    message is cancelled, and what is still to be reminded is promised anew with true amounts.
    """
    _exiger_le_jour(courriel)
    relances = list(
        Relance.objects.valables()
        .filter(courriel=courriel)
        .select_related("passage", "niveau")
        .order_by("facture_id")
    )
    if not relances:
        return _motif_de_ne_pas_renvoyer(courriel)
    par_facture = {relance.facture_id: relance for relance in relances}
    client, _ = verrouiller_le_compte(courriel.client_ref or 0, list(par_facture))
    passage = relances[0].passage
    faits = list(lire_les_faits(au=timezone.localdate(), factures=par_facture))
    motifs = {f.facture_id: empechement(f) for f in faits}
    inchanges = courriel.a == [client.email] and all(
        f.solde == par_facture[f.facture_id].solde for f in faits
    )
    if inchanges and not any(motifs.values()):
        return ""
    for relance in relances:
        motif = motifs[relance.facture_id]
        _annuler(
            relance, MOTIFS.get(motif, "Le message est refait : le montant ou l'adresse a changé.")
        )
    restent = [
        Ligne(f, par_facture[f.facture_id].niveau, f.retard(au=passage.jour))
        for f in faits
        if not motifs[f.facture_id]
    ]
    if restent:
        _promettre(client, restent, passage=passage)
    return " ".join(sorted({MOTIFS[m] for m in motifs.values() if m})) or REFAIT


def _exiger_le_jour(courriel: Courriel) -> None:
    """What an automatic run promised does not leave at night; a person's own run may."""
    local = timezone.localtime()
    if OUVERTURE <= local.time() < FERMETURE:
        return
    if courriel.relances.filter(passage__automatique=True).exists():
        demain = local.date() + timedelta(days=local.time() >= FERMETURE)
        ouverture = datetime.combine(demain, OUVERTURE, tzinfo=local.tzinfo)
        raise PlusTard(ouverture, "Attend 9 h : personne n'est relancé la nuit.")


def _motif_de_ne_pas_renvoyer(courriel: Courriel) -> str:
    """A resent reminder leaves only if what it said is still true, to the cent."""
    premier = courriel
    while premier.renvoi_de is not None:
        premier = premier.renvoi_de
    if premier == courriel or premier.relances.exclude(annulee_le=None).exists():
        return "Les relances de ce message ont été annulées."
    soldes = dict(premier.relances.values_list("facture_id", "solde"))
    verrouiller_le_compte(courriel.client_ref or 0, list(soldes))
    faits = list(lire_les_faits(au=timezone.localdate(), factures=soldes))
    motifs = {MOTIFS[motif] for f in faits if (motif := empechement(f))}
    if not motifs and any(f.solde != soldes[f.facture_id] for f in faits):
        motifs = {"Les montants ont changé depuis : relancez à nouveau."}
    return " ".join(sorted(motifs))


@transaction.atomic
def annuler_courriel(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Cancel a waiting mail; the reminders it carried did not go out, so their level may again."""
    annule = annuler(courriel, par=par)
    for relance in annule.relances.valables():
        _annuler(relance, f"Courriel annulé par {par.nom}.")
    return annule


def lettres_caduques() -> dict[int, str]:
    """Letters to post that no longer say the truth: their document id → why.

    A letter lists several invoices: one that was settled or disputed spoils it whole.
    """
    attente = Relance.objects.a_poster().values_list("lettre_id", "facture_id", "solde")
    faits = lire_les_faits(au=timezone.localdate(), factures=[ligne[1] for ligne in attente])
    par_facture = {f.facture_id: f for f in faits}
    caduques = {}
    for lettre, facture, solde in attente:
        actuels = par_facture[facture]
        motif = empechement(actuels) or ("" if actuels.solde == solde else "montant-change")
        if motif:
            caduques[lettre] = motif
    return caduques


@transaction.atomic
def annuler_les_lettres_caduques() -> None:
    """Take back the letters not posted yet that no longer hold; what is due is judged anew."""
    caduques = lettres_caduques()
    for relance in Relance.objects.a_poster().filter(lettre__in=caduques).select_for_update():
        _annuler(relance, MOTIFS[caduques[relance.lettre_id or 0]])


def exiger_lettre_vraie(relance: Relance) -> None:
    """Raise Conflit, with the reason, when a letter to post must not be any more."""
    if relance.postee_le is None and (motif := lettres_caduques().get(relance.lettre_id or 0)):
        raise Conflit(f"Cette lettre n'est plus à poster : {MOTIFS[motif]}", code="lettre_caduque")


@transaction.atomic
def marquer_postee(relance: Relance, *, par: Auteur) -> Relance:
    """Note that a letter was posted. Raise Conflit when it is not to be posted (any more)."""
    exiger_lettre_vraie(relance)
    posees = Relance.objects.a_poster().select_for_update(no_key=True).filter(pk=relance.pk)
    actuelle = posees.first()
    if actuelle is None:
        raise Conflit("Cette lettre n'est plus à poster.", code="transition_refusee")
    actuelle.postee_le = timezone.now()
    actuelle.save(update_fields=["postee_le"])
    consigner(actuelle, "relance.postee", par=par)
    return actuelle


@transaction.atomic
def modifier_niveau(niveau: Niveau, *, par: Auteur, **champs: Any) -> Niveau:
    """Change a level. Raise ValidationError (days already taken, for instance)."""
    actuel = Niveau.objects.select_for_update(no_key=True).get(pk=niveau.pk)
    noms = ["jours", "nom", "delai_minimum", "actif"]
    avant = photo(actuel, noms)
    for champ, valeur in champs.items():
        setattr(niveau, champ, valeur)
    niveau.full_clean()
    niveau.save()
    consigner(niveau, "niveau.modifie", par=par, avant=avant, apres=photo(niveau, noms))
    return niveau


def _ouvrir(*, jour: date, par: Auteur, automatique: bool) -> Passage:
    """Today's row, new or cut short. A run that reminded nobody leaves its day open."""
    passage, _ = Passage.objects.get_or_create(
        jour=jour, defaults={"lance_par": par.nom, "automatique": automatique}
    )
    if passage.est_fini and passage.relances.exists():
        raise Conflit(
            f"Les relances du {jour:%d/%m/%Y} sont déjà faites.", code="passage_deja_fait"
        )
    return passage


def _clore(passage: Passage, *, par: Auteur) -> None:
    canaux = Relance.Canal
    valables = passage.relances.valables()
    passage.relancees = valables.filter(canal=canaux.COURRIEL).count()
    passage.lettres = valables.filter(canal=canaux.POSTE).count()
    passage.courriels = valables.exclude(courriel=None).values("courriel").distinct().count()
    passage.fin = timezone.now()
    with transaction.atomic():
        passage.save()
        if passage.prevues:
            consigner(passage, "relances.passage", par=par, **compteurs(passage))


def compteurs(passage: Passage) -> dict[str, Any]:
    champs = ("prevues", "relancees", "courriels", "lettres", "echecs", "ecartees")
    return {champ: getattr(passage, champ) for champ in champs}


def _annuler(relance: Relance, motif: str) -> None:
    relance.annulee_le, relance.annulation = timezone.now(), motif[:100]
    relance.save(update_fields=["annulee_le", "annulation"])


def _promettre(client: Client, lignes: Sequence[Ligne], *, passage: Passage) -> None:
    """Write the ledger and the message (or the letter) of one client."""
    if any(ligne.client_id != client.pk for ligne in lignes):
        raise AssertionError("Une relance ne mêle pas deux clients.")
    niveau = max((ligne.niveau for ligne in lignes), key=lambda n: n.jours)
    factures = list(
        Facture.objects.avec_solde().filter(pk__in=[ligne.faits.facture_id for ligne in lignes])
    )
    courriel = lettre = None
    if client.email:
        courriel = _courriel(client, lignes, factures, niveau=niveau, passage=passage)
    else:
        lettre = promettre_lettre(
            client,
            niveau=niveau,
            le=passage.jour,
            lignes=_tableau(lignes, factures),
            nom=f"{client.code}-{uuid4().hex[:8]}",
        )
    Relance.objects.bulk_create(
        Relance(
            passage=passage,
            facture_id=ligne.faits.facture_id,
            niveau=ligne.niveau,
            jour=passage.jour,
            canal=Relance.Canal.COURRIEL if courriel else Relance.Canal.POSTE,
            solde=ligne.faits.solde,
            retard=ligne.retard,
            courriel=courriel,
            lettre=lettre,
        )
        for ligne in lignes
    )


def _courriel(
    client: Client,
    lignes: Sequence[Ligne],
    factures: Sequence[Facture],
    *,
    niveau: Any,
    passage: Passage,
) -> Courriel:
    entreprise = Entreprise.la_notre().instantane()
    numeros = ", ".join(ligne.faits.numero for ligne in lignes[:3])
    de_plus = len(lignes) - 3
    suite = f" et {de_plus} autre{'s' if de_plus > 1 else ''}" if de_plus > 0 else ""
    return promettre(
        genre="relance",
        a=[client.email],
        contenu=contenu_du_gabarit(
            niveau.gabarit,
            objet=f"{niveau.nom} – {'factures' if len(lignes) > 1 else 'facture'} {numeros}{suite}",
            contexte={
                "lignes": _tableau(lignes, factures),
                "total": sum(ligne.faits.solde for ligne in lignes),
                "jour": passage.jour,
                "niveau": niveau,
                "entreprise": entreprise,
                "client": client.instantane(),
                "pluriel": len(lignes) > 1,
            },
        ),
        client=client.pk,
        pieces=_pieces(client, factures, le=passage.jour),
    )


def _pieces(client: Client, factures: Sequence[Facture], *, le: date) -> list[Document]:
    """The PDF of each invoice; imported ones, which have none, share a summary of the account."""
    ids = [facture.pk for facture in factures]
    documents = Document.objects.filter(
        type="facture", objet_type="facturation.facture", objet_id__in=ids
    )
    pieces = list(documents.order_by("objet_id"))
    avec_pdf = {document.objet_id for document in pieces}
    sans_pdf = [facture for facture in factures if facture.pk not in avec_pdf]
    if sans_pdf:
        nom = f"{client.code}-{uuid4().hex[:8]}"
        pieces.append(promettre_releve(client, le=le, factures=sans_pdf, nom=nom))
    return pieces


def _tableau(lignes: Sequence[Ligne], factures: Sequence[Facture]) -> list[dict[str, Any]]:
    """The rows of the table shown to the client, oldest due date first."""
    par_id = {facture.pk: facture for facture in factures}
    tableau = []
    for ligne in sorted(lignes, key=lambda ligne: ligne.faits.echeance):
        facture: Any = par_id[ligne.faits.facture_id]
        tableau.append(
            {
                "numero": facture.numero,
                "date": facture.date,
                "echeance": ligne.faits.echeance,
                "objet": facture.objet,
                "total_ttc": facture.total_ttc,
                "regle": facture.total_ttc - facture.solde,
                "solde": ligne.faits.solde,
                "retard": ligne.retard,
            }
        )
    return tableau
