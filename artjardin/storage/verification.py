"""Reading the archive again: every object listed, a sample hashed on both copies, and repaired.

What was repaired is still told: somebody or something altered it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain

from django.db import transaction
from django.utils import timezone

from artjardin.audit.services import consigner
from artjardin.controles import Anomalie, Bilan
from artjardin.erreurs import Indisponible
from artjardin.pannes import en_francais
from artjardin.storage.coffres import PANNES, coffre_des_documents
from artjardin.storage.models import Archive, Document, Orphelin
from artjardin.storage.services.archivage import archiver, remettre_a_faire
from artjardin.storage.services.copies import (
    ECART,
    CopieFausse,
    MetadonneesPerdues,
    VerrouFaux,
    echeance,
    relire,
)
from artjardin.storage.services.lecture import (
    INJOIGNABLE,
    PAR,
    lire_l_archive,
    lire_la_copie_locale,
    reparer_la_copie_locale,
)
from artjardin.storage.survol import Constat, survoler

ECHANTILLON = 2_000  # documents hashed again each night, on both copies
RETARD = timedelta(days=1)  # before a document that is not archived is an anomaly
MONTREES = 100  # of each kind
ILLISIBLE = "illisible"  # how the fault of an archive that could not be read begins
PANNES_MAX = 3  # in a row, then the store is out of reach


def controler(*, echantillon: int | None = ECHANTILLON, depuis: date | None = None) -> Bilan:
    """List the whole archive, hash a sample (None: all) made since `depuis`, repair what can be.

    The sample is half what was read longest ago, half drawn at random; what the listing shows as
    wrong is always read. Raise OSError when the archive is out of reach.
    """
    lus = {"objets": 0, "documents": 0, "prolonges": 0}
    constats = list(survoler(coffre_des_documents(), lus))
    suspects = [un.archive for un in constats if un.archive and un.objet is None]
    anomalies = [*_dire(constats), *_en_retard(), *_perdus()]
    for archive in _choisir(echantillon, depuis, suspects):
        anomalies += verifier(archive, lus)
        lus["documents"] += 1
    return Bilan(lus, sorted(set(anomalies)))


def verifier(archive: Archive, lus: dict[str, int] | None = None) -> list[Anomalie]:
    """Hash both copies of one document, repair one from the other; what was wrong, in French.

    Raise ConnectionError after some documents in a row whose archive could not be read.
    """
    lus = lus if lus is not None else {}
    fautes = list(_fautes(archive, lus) if archive.est_faite else _reprendre(archive))
    if fautes:
        Archive.objects.filter(pk=archive.pk).update(erreur=" ; ".join(fautes))
    return [Anomalie(archive.document.cle, faute) for faute in fautes]


def _fautes(archive: Archive, lus: dict[str, int]) -> Iterator[str]:
    faute_locale = lire_la_copie_locale(archive.document)[1]
    faute_distante = _relire(archive, lus)
    if not faute_distante.startswith(ILLISIBLE):  # what was not read is drawn again first
        Archive.objects.filter(pk=archive.pk).update(verifie_le=timezone.now(), erreur="")
    if faute_locale:
        yield _reparer_ici(archive, faute_locale)
    if faute_distante:
        yield f"archive : {faute_distante}"


def _reprendre(archive: Archive) -> Iterator[str]:
    """A document that is not archived: this is the moment to try."""
    issue = archiver(archive)
    if issue.erreur:
        yield f"non archivé : {issue.erreur}"
    elif issue.a_reparer is not None:
        yield "copie locale altérée, réparée depuis l'archive"


def _reparer_ici(archive: Archive, faute: str) -> str:
    document = archive.document
    try:
        reparer_la_copie_locale(document, lire_l_archive(document, faute=faute))
    except Indisponible as refus:
        if refus.code != INJOIGNABLE:  # nothing is known of the other copy
            Archive.objects.filter(pk=archive.pk).update(etat=Archive.Etat.DEFAUT)
        return f"copie locale {faute}, non réparée : {refus.message}"
    except OSError as erreur:
        return f"copie locale {faute}, non réparée : {en_francais(erreur)}"
    return f"copie locale {faute}, réparée depuis l'archive"


def _relire(archive: Archive, lus: dict[str, int]) -> str:
    """What is wrong with the object in the archive and what was done, or nothing."""
    coffre, document = coffre_des_documents(), archive.document
    promis = archive.verrouille_jusqu_au
    try:
        copie = relire(coffre, document, archive.cle, archive.version, jusqu_au=promis)
        _prolonger(archive, copie.verrouille_jusqu_au, lus)
    except VerrouFaux as erreur:
        return _reverrouiller(archive, str(erreur))
    except FileNotFoundError:
        return _refaire(archive, "l'objet a disparu")
    except MetadonneesPerdues:
        return _refaire(archive, "les métadonnées sont perdues")
    except CopieFausse:
        return _refaire(archive, "l'objet est altéré")
    except PANNES as erreur:
        lus["pannes"] = lus.get("pannes", 0) + 1
        if lus["pannes"] >= PANNES_MAX:
            raise ConnectionError(f"L'archive ne répond plus : {erreur}") from erreur
        return f"{ILLISIBLE} ({en_francais(erreur)})"
    lus.pop("pannes", None)
    return ""


def _prolonger(archive: Archive, date: datetime | None, lus: dict[str, int]) -> None:
    """Lock it longer when the retention was made longer since."""
    coffre, voulu = coffre_des_documents(), echeance(archive.document.date)
    if not coffre.date or (date is not None and date >= voulu - ECART):
        return
    coffre.prolonger(archive.cle, archive.version, voulu)
    _noter_le_verrou(archive, coffre.etat(archive.cle, archive.version).verrouille_jusqu_au)
    lus["prolonges"] = lus.get("prolonges", 0) + 1


def _reverrouiller(archive: Archive, faute: str) -> str:
    coffre, document = coffre_des_documents(), archive.document
    voulu = max(archive.verrouille_jusqu_au or echeance(document.date), echeance(document.date))
    try:
        coffre.prolonger(archive.cle, archive.version, voulu)
        copie = relire(coffre, document, archive.cle, archive.version, jusqu_au=voulu)
    except (CopieFausse, *PANNES) as erreur:
        return f"{faute} Non reverrouillé : {erreur}"
    with transaction.atomic():
        _noter_le_verrou(archive, copie.verrouille_jusqu_au)
        consigner(document, "archive.reverrouillee", par=PAR, faute=faute)
    return f"{faute} Reverrouillé."


def _noter_le_verrou(archive: Archive, date: datetime | None) -> None:
    Archive.objects.filter(pk=archive.pk).update(verrouille_jusqu_au=date)


def _refaire(archive: Archive, faute: str) -> str:
    """Put the document again, from whichever copy is right; the wrong object stays as evidence."""
    remettre_a_faire(archive, faute=faute)
    issue = archiver(archive)
    if issue.copie is None:
        if not issue.panne:
            Archive.objects.filter(pk=archive.pk).update(etat=Archive.Etat.DEFAUT)
        return f"{faute}, non réparé : {issue.erreur}"
    with transaction.atomic():
        consigner(archive.document, "archive.reparee", par=PAR, copie="archive", faute=faute)
    return f"{faute}, réparé depuis une bonne copie"


def _dire(constats: list[Constat]) -> Iterator[Anomalie]:
    """What the listing shows; an object that covers ours is told once, then known."""
    for constat in constats:
        if constat.archive and constat.objet is not None:
            _reconnaitre(constat.cle, constat.faute, constat.archive, constat.objet.version)
            yield Anomalie(constat.cle, constat.faute)
    inconnus = [un for un in constats if un.archive is None]
    yield from (Anomalie(un.cle, un.faute) for un in inconnus[:MONTREES])
    if autres := len(inconnus[MONTREES:]):
        yield Anomalie("archive", f"{autres} autres objets inconnus de la base")


def _reconnaitre(cle: str, faute: str, archive_id: int, version: str) -> None:
    with transaction.atomic():
        archive = Archive.objects.select_for_update().get(pk=archive_id)
        archive.ecartees.append({"cle": cle, "version": version, "faute": faute})
        archive.save(update_fields=["ecartees"])
        consigner(archive.document, "archive.recouverte", par=PAR, faute=faute)


def _en_retard() -> Iterator[Anomalie]:
    limite = timezone.now() - RETARD
    tardifs = Document.objects.exclude(sha256="").filter(produit_le__lt=limite)
    tardifs = tardifs.exclude(archive__etat__in=[Archive.Etat.ARCHIVE, Archive.Etat.DEFAUT])
    for document in tardifs.select_related("archive").order_by("pk")[:MONTREES]:
        archive = getattr(document, "archive", None)
        motif = archive.erreur if archive and archive.erreur else "pas encore essayé"
        yield Anomalie(document.cle, f"pas archivé depuis le {document.produit_le:%d/%m} : {motif}")
    if (total := tardifs.count()) > MONTREES:
        yield Anomalie("archive", f"{total - MONTREES} autres documents ne sont pas archivés")


def _perdus() -> Iterator[Anomalie]:
    """What was issued before a restoration, and that nobody entered again."""
    for perdu in Orphelin.objects.a_regler()[:MONTREES]:
        yield Anomalie(perdu.cle, f"{perdu.numero}, émis avant la restauration, à saisir à nouveau")


def _choisir(
    echantillon: int | None, depuis: date | None, suspects: Iterable[int]
) -> Iterator[Archive]:
    archives = Archive.objects.all()
    if depuis:
        archives = archives.filter(document__produit_le__date__gte=depuis)
    faites = archives.faites()
    if echantillon is None:
        tirage = list(archives.order_by("pk").values_list("pk", flat=True))
    else:
        par_age = faites.order_by("verifie_le", "pk").values_list("pk", flat=True)
        anciens = list(par_age[: (echantillon + 1) // 2])
        hasard = faites.exclude(pk__in=anciens).order_by("?").values_list("pk", flat=True)
        tirage = [*anciens, *hasard[: echantillon // 2]]
    defauts = archives.filter(etat=Archive.Etat.DEFAUT).values_list("pk", flat=True)
    for pk in dict.fromkeys(chain(suspects, defauts, tirage)):
        yield Archive.objects.select_related("document").get(pk=pk)
