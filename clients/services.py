"""Use cases of clients: create, change, keep out of reminders, spot duplicates.

`verrouiller`, `enregistrer` and `modifier` also serve the sites: any model of the trash.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from django.contrib.postgres.aggregates import JSONBAgg
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import BigIntegerField, Case, Count, Max, Value, When
from django.db.models.functions import Cast, Concat, JSONObject, Substr, Trim
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.models import Supprimable
from clients.models import RESSEMBLANCES, Client

CHAMPS = [
    "code", "type", "civilite", "nom", "prenom", "raison_sociale", "siret", "tva_intracom", "email",
    "telephone", "adresse", "code_postal", "ville", "notes", "delai_jours", "fin_de_mois",
]  # fmt: skip
# What the crews see of those they work for: who, and how to call them; sites have the address
CHAMPS_D_EQUIPE = ["code", "type", "civilite", "nom", "prenom", "raison_sociale", "telephone"]
EXCLUSION = ["exclusion_le", "exclusion_fin", "exclusion_motif", "exclusion_par"]
DOUBLONS_MAX = 20
GROUPES_MAX = 200

Objet = TypeVar("Objet", bound=Supprimable)


@transaction.atomic
def creer_client(*, par: Auteur, **champs: Any) -> Client:
    """Create a client; without a code it gets the next one (C0001, C0002…).

    Raise Invalide with the faulty fields, or Conflit when a living client has that code.
    """
    exiger_connus(champs, CHAMPS)
    client = Client(**champs)
    client.code = client.code.strip() or _prochain_code()
    enregistrer(client)
    consigner(client, "client.cree", par=par, apres=photo(client, CHAMPS), etats=[client])
    return client


def modifier_client(client: Client, *, par: Auteur, **champs: Any) -> Client:
    """Change the given fields; nothing is written when none differs. Same refusals as creation."""
    exiger_connus(champs, CHAMPS)
    return modifier(client, champs, "client.modifie", par=par)


def exclure_des_relances(
    client: Client, *, motif: str, par: Auteur, jusqu_au: date | None = None
) -> Client:
    """No reminder from today on, `jusqu_au` included (None: until further notice).

    Raise Invalide without a reason, or when the end is already past.
    """
    aujourdhui = timezone.localdate()
    if not motif.strip():
        raise Invalide("Une exclusion demande un motif.", champs={"motif": ["Donnez un motif."]})
    if jusqu_au is not None and jusqu_au < aujourdhui:
        raise Invalide(
            "La fin de l'exclusion est déjà passée.",
            champs={"jusqu_au": ["Donnez une date à partir d'aujourd'hui."]},
        )
    decision = dict(zip(EXCLUSION, (aujourdhui, jusqu_au, motif.strip(), par.nom), strict=True))
    return modifier(client, decision, "client.exclu", par=par)


def reprendre_les_relances(client: Client, *, par: Auteur) -> Client:
    """Remind this client again. Raise Conflit when it was not excluded."""
    with transaction.atomic():
        if verrouiller(client).exclusion_le is None:
            raise Conflit("Ce client n'est pas exclu des relances.", code="pas_exclu")
        decision = dict(zip(EXCLUSION, (None, None, "", ""), strict=True))
        return modifier(client, decision, "client.repris", par=par)


def doublons_probables(client: Client) -> list[Client]:
    """Living clients that look like this one, at most twenty."""
    return list(Client.objects.ressemblant(client)[:DOUBLONS_MAX])


def groupes_de_doublons() -> list[dict[str, Any]]:
    """Across the base, by one query: who shares what, `{"motifs", "clients"}`, at most 200."""
    premier, *autres = (_partageant(motif, champs) for motif, champs in RESSEMBLANCES.items())
    groupes: dict[tuple[int, ...], dict[str, Any]] = {}
    for ligne in premier.union(*autres, all=True)[:GROUPES_MAX]:
        ids = tuple(membre["id"] for membre in ligne["membres"])
        groupe = groupes.setdefault(ids, {"motifs": [], "clients": ligne["membres"]})
        groupe["motifs"].append(ligne["motif"])
    return sorted(groupes.values(), key=lambda groupe: groupe["clients"][0]["designation"])


def _partageant(motif: str, champs: list[str]) -> models.QuerySet:
    designation = Case(
        When(raison_sociale="", then=Trim(Concat("nom", Value(" "), "prenom"))),
        default="raison_sociale",
    )
    membre = JSONObject(id="pk", code="code", designation=designation, ville="ville")
    partages = Client.objects.exclude(**{champs[0]: ""}).order_by().values(*champs)
    return (
        partages.annotate(nombre=Count("pk"))
        .filter(nombre__gt=1)
        .values(motif=Value(motif), membres=JSONBAgg(membre, order_by="pk"))
    )


def exiger_connus(champs: Mapping[str, Any], connus: list[str]) -> None:
    """Raise TypeError on a field that is not for callers to set: a programming error."""
    if inconnus := champs.keys() - set(connus):
        raise TypeError(f"Champs inconnus : {', '.join(sorted(inconnus))}.")


def verrouiller(objet: Objet) -> Objet:
    """Lock the row and read it afresh. Raise Conflit when it is in the trash."""
    actuel = type(objet).objects.select_for_update(no_key=True).filter(pk=objet.pk).first()
    if actuel is None:
        raise Conflit(f"« {objet} » est dans la corbeille.", code="supprime")
    return actuel


@transaction.atomic
def modifier(objet: Objet, champs: Mapping[str, Any], action: str, *, par: Auteur) -> Objet:
    """Set fields under the row's lock, and journal those that really changed under `action`."""
    actuel = verrouiller(objet)
    avant = photo(actuel, champs)
    for champ, valeur in champs.items():
        setattr(actuel, champ, valeur)
    valider(actuel)
    apres = photo(actuel, champs)
    changes = [champ for champ in champs if avant[champ] != apres[champ]]
    if changes:
        _sauver(actuel)
        actuel.refresh_from_db()
        consigner(
            actuel,
            action,
            par=par,
            avant={champ: avant[champ] for champ in changes},
            apres={champ: apres[champ] for champ in changes},
            etats=[actuel],
        )
    return actuel


def valider(objet: models.Model) -> None:
    """Check and normalise every field. Raise Invalide, by field."""
    try:
        objet.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as erreur:
        champs = {
            "non_field_errors" if champ == "__all__" else champ: textes
            for champ, textes in erreur.message_dict.items()
        }
        raise Invalide("La demande contient des erreurs.", champs=champs) from erreur


def enregistrer(objet: models.Model) -> None:
    """Check and save; the database has the last word on constraints.

    A check constraint that refuses raises Invalide, a unique or an exclusion one Conflit.
    """
    valider(objet)
    _sauver(objet)


def _sauver(objet: models.Model) -> None:
    try:
        with transaction.atomic():
            objet.save()
    except IntegrityError as erreur:
        raise _traduire(objet, erreur) from erreur


def _traduire(objet: models.Model, erreur: IntegrityError) -> Exception:
    nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", None)
    for contrainte in objet._meta.constraints:
        if contrainte.name == nom:
            message = str(contrainte.get_violation_error_message())
            if isinstance(contrainte, models.CheckConstraint):
                return Invalide(message, champs={"non_field_errors": [message]})
            champs = {champ: [message] for champ in getattr(contrainte, "fields", ())}
            doublon = isinstance(contrainte, models.UniqueConstraint)
            return Conflit(message, champs=champs, code="doublon" if doublon else "chevauchement")
    return erreur


def _prochain_code() -> str:
    """One more than the highest, trash included; one creation at a time takes it."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(b"client.code")])
    numeros = Client.tous.filter(code__regex=r"^C\d{1,9}$")
    numero = Cast(Substr("code", 2), BigIntegerField())
    dernier = numeros.aggregate(dernier=Max(numero))["dernier"] or 0
    return f"C{dernier + 1:04d}"
