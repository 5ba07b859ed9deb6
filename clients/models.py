"""Clients: private persons, firms and syndics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from artjardin.softdelete.models import Supprimable, SupprimableQuerySet, vivants_d_abord
from artjardin.temoins import Temoin
from clients import coordonnees

PROXIMITE = 0.45  # word similarity from which a name counts as a likely typo
FORMES: dict[str, Callable[[str], str]] = {
    "siret": coordonnees.normaliser_siret,
    "tva_intracom": coordonnees.normaliser_tva,
    "email": coordonnees.normaliser_email,
    "telephone": coordonnees.normaliser_telephone,
    "code_postal": coordonnees.normaliser_code_postal,
}
# What names a person or a firm, cleared by an anonymisation; the name becomes a number
PERSONNELS = [
    "civilite", "prenom", "raison_sociale", "siret", "tva_intracom", "email", "telephone",
    "adresse", "code_postal", "ville", "notes", "exclusion_motif", "exclusion_par",
]  # fmt: skip
RESSEMBLANCES = {
    "même e-mail": ["email"],
    "même téléphone": ["telephone"],
    "même SIRET": ["siret"],
    "même nom et même code postal": ["nom_tri", "code_postal"],
}


def normalise(expression: Any) -> Func:
    """Lower case without accents: the SQL function `normaliser` of migration 0001."""
    return Func(expression, function="normaliser", output_field=models.TextField())


def _mots(*champs: str) -> Iterator[F | Value]:
    """These columns, each followed by a space."""
    for champ in champs:
        yield from (F(champ), Value(" "))


class ClientQuerySet(SupprimableQuerySet):
    RAISON_DE_GARDER = (
        "Des pièces comptables portent ce client : elles se conservent dix ans, avec leur propre "
        "copie de son nom et de son adresse."
    )

    def rechercher(self, demande: str) -> Self:
        """Every word found in name, firm, town, email, phone or code; else the near misses."""
        return _trouver(self, demande, dans="recherche")

    def rechercher_a_portee(self, demande: str) -> Self:
        """The same, but not by what crews do not see: email and town."""
        vus = _mots("nom", "prenom", "raison_sociale", "nom", "code", "telephone")
        return _trouver(self.alias(vu=normalise(Concat(*vus))), demande, dans="vu")

    def exclus(self, *, au: date) -> Self:
        """Excluded from reminders on that Paris date."""
        return self.filter(Client.exclusion_en_cours(au=au))

    def ressemblant(self, client: Client) -> Self:
        """Living clients that share the email, the phone, the SIRET, or name and postcode."""
        critere = Q(pk=None)
        for champ in ("email", "telephone", "siret"):
            if valeur := getattr(client, champ):
                critere |= Q(**{champ: valeur})
        nom = client.raison_sociale or f"{client.nom} {client.prenom}"  # as nom_tri is made
        critere |= Q(nom_tri=normalise(Value(nom)), code_postal=client.code_postal)
        return self.filter(critere).exclude(pk=client.pk)

    def places_prises(self) -> list[str]:
        partis = self.filter(anonymise_le__isnull=False).order_by("pk")
        effaces = [f"« {client} » a été anonymisé : il ne revient pas." for client in partis[:20]]
        vivants = Client.objects.filter(code__in=self.values("code")).order_by("code")[:20]
        return effaces + [
            f"La place est prise : le code {pris.code} est maintenant celui de « {pris} »."
            for pris in vivants
        ]

    def ressemblances_vivantes(self) -> list[str]:
        """E-mails that a client made since the deletion has now; older ones shared it before."""
        phrases = []
        revenants: Iterable[Any] = self.exclude(email="").order_by("pk")
        for client in revenants:
            depuis = Client.objects.filter(email=client.email, cree_le__gte=client.supprime_le)
            phrases += [
                f"L'adresse {client.email} est maintenant celle de « {autre} »."
                for autre in depuis.order_by("pk")[:5]
            ]
        return phrases

    def anonymiser(self) -> int:
        """Clear name, contacts, address, numbers of the firm and notes, for good."""
        return self.filter(anonymise_le=None).update(
            **dict.fromkeys(PERSONNELS, ""),
            nom=Concat(Value("Client anonymisé n° "), F("pk"), output_field=models.CharField()),
            exclusion_le=None,
            exclusion_fin=None,
            anonymise_le=timezone.now(),
        )


def _trouver(clients: Any, demande: str, *, dans: str) -> Any:
    exacts = clients
    for mot in demande.split():
        exacts = exacts.filter(**{f"{dans}__contains": normalise(Value(mot))})
    if exacts.exists():
        return exacts
    proche = TrigramWordSimilarity(normalise(Value(demande)), dans)  # type: ignore[arg-type]
    return clients.annotate(proximite=proche).filter(proximite__gte=PROXIMITE)


class Client(Supprimable):
    """Someone the firm works for. The address is the billing one; sites have their own."""

    class Type(models.TextChoices):
        PARTICULIER = "particulier", "Particulier"
        PROFESSIONNEL = "professionnel", "Professionnel"
        SYNDIC = "syndic", "Syndic"

    DISCRETS = {"telephone": "telephone", "email": "courriel", "notes": "texte"}  # in the journal
    TEMOIN = Temoin(
        [
            "code", "type", "nom", *PERSONNELS, "delai_jours", "fin_de_mois", "exclusion_le",
            "exclusion_fin", "supprime_le", "anonymise_le",
        ],
        masques={"nom": "empreinte"} | dict.fromkeys(PERSONNELS, "empreinte") | DISCRETS,
    )  # fmt: skip

    code = models.CharField(max_length=20, blank=True)
    type = models.CharField(max_length=15, choices=Type, default=Type.PARTICULIER)
    civilite = models.CharField("civilité", max_length=10, blank=True)
    nom = models.CharField(max_length=100, blank=True)
    prenom = models.CharField("prénom", max_length=100, blank=True)
    raison_sociale = models.CharField(max_length=150, blank=True)
    siret = models.CharField("SIRET", max_length=20, blank=True)
    tva_intracom = models.CharField("n° de TVA", max_length=20, blank=True)
    email = models.CharField("e-mail", max_length=254, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    adresse = models.CharField(max_length=200, blank=True)
    code_postal = models.CharField(max_length=10, blank=True)
    ville = models.CharField(max_length=100, blank=True)
    notes = models.TextField(blank=True)
    delai_jours = models.PositiveSmallIntegerField("délai de paiement (jours)", default=30)
    fin_de_mois = models.BooleanField("à la fin du mois", default=False)
    exclusion_le = models.DateField("hors relances depuis le", null=True, blank=True)
    exclusion_fin = models.DateField("hors relances jusqu'au", null=True, blank=True)
    exclusion_motif = models.CharField("motif", max_length=200, blank=True)
    exclusion_par = models.CharField("décidé par", max_length=200, blank=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)
    anonymise_le = models.DateTimeField("anonymisé le", null=True, editable=False)
    recherche = models.GeneratedField(
        expression=normalise(
            Concat(*_mots(
                "nom", "prenom", "raison_sociale", "nom", "code", "ville", "email", "telephone",
            ))
        ),
        output_field=models.TextField(),
        db_persist=True,
    )  # fmt: skip
    nom_tri = models.GeneratedField(
        expression=normalise(
            models.Case(
                models.When(raison_sociale="", then=Concat("nom", Value(" "), "prenom")),
                default=F("raison_sociale"),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects: ClassVar[Any] = vivants_d_abord(ClientQuerySet)
    tous: ClassVar[Any] = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["nom_tri", "id"]
        permissions = [
            ("importer_client", "Peut importer des clients"),
            ("voir_tous_clients", "Peut voir tous les clients, et tout d'eux"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(supprime_le=None),
                name="client_code_unique",
                violation_error_message="Ce code client est déjà pris.",
            ),
            models.CheckConstraint(
                name="client_nomme",
                condition=~Q(nom="", raison_sociale=""),
                violation_error_message="Donnez un nom ou une raison sociale.",
            ),
            models.CheckConstraint(name="client_code_present", condition=~Q(code="")),
            models.CheckConstraint(
                name="client_siret", condition=Q(siret="") | Q(siret__regex=r"^\d{14}$")
            ),
            models.CheckConstraint(
                name="client_telephone",
                condition=Q(telephone="") | Q(telephone__regex=r"^\+\d{4,15}$"),
            ),
            models.CheckConstraint(
                name="client_exclusion_motivee",
                condition=Q(exclusion_le=None, exclusion_fin=None)
                | (Q(exclusion_le__isnull=False) & ~Q(exclusion_motif="")),
                violation_error_message="Une exclusion des relances demande un motif.",
            ),
        ]
        indexes = [
            GinIndex(fields=["recherche"], opclasses=["gin_trgm_ops"], name="client_recherche"),
            models.Index(fields=["nom_tri", "id"], name="client_tri"),
        ]

    def __str__(self) -> str:
        return f"{self.designation} ({self.code})" if self.code else self.designation

    @property
    def designation(self) -> str:
        """The name documents are addressed to."""
        return self.raison_sociale or f"{self.nom} {self.prenom}".strip()

    def ressemblances(self, autre: Client) -> list[str]:
        """Why two saved clients may be the same one, in French."""
        return [
            motif
            for motif, champs in RESSEMBLANCES.items()
            if getattr(self, champs[0])
            and all(getattr(self, champ) == getattr(autre, champ) for champ in champs)
        ]

    @property
    def nom_complet(self) -> str:
        """The name as written on an envelope: firm, else title, first name, name."""
        personne = " ".join(part for part in (self.civilite, self.prenom, self.nom) if part)
        return self.raison_sociale or personne

    def instantane(self) -> dict[str, str]:
        """What a document freezes of its client at issue."""
        champs = ["code", "type", "siret", "tva_intracom", "email"]
        champs += ["adresse", "code_postal", "ville"]
        return {champ: getattr(self, champ) for champ in champs} | {"nom": self.nom_complet}

    @property
    def telephone_lisible(self) -> str:
        return coordonnees.afficher_telephone(self.telephone)

    @staticmethod
    def exclusion_en_cours(*, au: date, prefixe: str = "") -> Q:
        """Condition: excluded from reminders on `au`. The end date is the last excluded day."""
        debute = Q(**{f"{prefixe}exclusion_le__lte": au})
        ouverte = Q(**{f"{prefixe}exclusion_fin": None})
        return debute & (ouverte | Q(**{f"{prefixe}exclusion_fin__gte": au}))

    def est_exclu(self, *, au: date) -> bool:
        debut, fin = self.exclusion_le, self.exclusion_fin
        return debut is not None and debut <= au and (fin is None or fin >= au)

    def exclure(self, *, motif: str, par: str, le: date, jusqu_au: date | None = None) -> None:
        self.exclusion_le, self.exclusion_fin = le, jusqu_au
        self.exclusion_motif, self.exclusion_par = motif, par

    def echeance(self, *, du: date) -> date:
        """Due date of an invoice issued on `du`: N days, then the end of that month if so."""
        jour = du + timedelta(days=self.delai_jours)
        return jour + relativedelta(day=31) if self.fin_de_mois else jour

    def normaliser(self) -> None:
        """Put names and contact data in normal form. Raise ValidationError, by field."""
        for champ in ("code", "civilite", "nom", "prenom", "raison_sociale", "adresse", "ville"):
            setattr(self, champ, getattr(self, champ).strip())
        erreurs = {}
        for champ, forme in FORMES.items():
            try:
                setattr(self, champ, forme(getattr(self, champ)))
            except ValueError as erreur:
                erreurs[champ] = [str(erreur)]
        if not (self.nom or self.raison_sociale):
            erreurs["nom"] = ["Donnez un nom ou une raison sociale."]
        if erreurs:
            raise ValidationError(erreurs)

    def clean(self) -> None:
        self.normaliser()


class RejetImport(models.Model):
    """A code that the last import naming it refused; its invoices are refused with it."""

    code = models.CharField(max_length=200, unique=True)
    raison = models.CharField(max_length=30)
    fichier = models.CharField(max_length=200)
    importe_le = models.DateTimeField("importé le", default=timezone.now)

    class Meta:
        verbose_name = "client rejeté à l'import"
        verbose_name_plural = "clients rejetés à l'import"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.code} : {self.raison}"
