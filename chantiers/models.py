"""Job sites, and the interventions of the crews on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from artjardin import etats
from artjardin.accounts.models import User
from artjardin.erreurs import Conflit
from artjardin.softdelete.models import Supprimable, SupprimableQuerySet, vivants_d_abord
from clients.models import Client


class TypeService(models.Model):
    """What a site may need: tonte, taille, élagage… Seeded, editable."""

    nom = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name = "type de service"
        verbose_name_plural = "types de service"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


ANNEES = range(2000, 2100)  # of an hour planned or worked: another is a typing mistake
ANNEE_IMPOSSIBLE = "Cette année est impossible : vérifiez la date."
HEURES_GARDEES = relativedelta(years=3)  # pay may be claimed so long (C. trav. L3245-1)


class ChantierQuerySet(SupprimableQuerySet):
    RAISON_DE_GARDER = "Des pièces ou des heures validées portent ce chantier."

    def rechercher(self, demande: str) -> Self:
        """By its own name or town, or by its client."""
        return self._rechercher(demande, Client.tous.rechercher(demande))

    def rechercher_a_portee(self, demande: str) -> Self:
        """The same; of the clients, those of these sites only, and by what crews see of them."""
        siens = Client.tous.filter(pk__in=self.order_by().values("client"))
        return self._rechercher(demande, siens.rechercher_a_portee(demande))

    def _rechercher(self, demande: str, clients: Any) -> Self:
        lieu = Q(nom__icontains=demande) | Q(ville__icontains=demande)
        return self.filter(lieu | Q(client__in=clients.values("pk")))

    def anonymiser(self) -> int:
        return self.update(
            nom=Concat(Value("Chantier anonymisé n° "), F("pk"), output_field=models.CharField()),
            adresse="",
            code_postal="",
            ville="",
            consignes="",
        )


class Chantier(Supprimable):
    """A site of a client, from first call to invoice."""

    class Statut(models.TextChoices):
        LEAD = "lead", "Demande"
        VISITE_PLANIFIEE = "visite_planifiee", "Visite planifiée"
        DEVIS_ENVOYE = "devis_envoye", "Devis envoyé"
        ACCEPTE = "accepte", "Accepté"
        PLANIFIE = "planifie", "Planifié"
        EN_COURS = "en_cours", "En cours"
        TERMINE = "termine", "Terminé"
        FACTURE = "facture", "Facturé"
        ANNULE = "annule", "Annulé"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.LEAD: frozenset({Statut.VISITE_PLANIFIEE, Statut.ANNULE}),
        Statut.VISITE_PLANIFIEE: frozenset({Statut.DEVIS_ENVOYE, Statut.ANNULE}),
        Statut.DEVIS_ENVOYE: frozenset({Statut.ACCEPTE, Statut.ANNULE}),
        Statut.ACCEPTE: frozenset({Statut.PLANIFIE, Statut.ANNULE}),
        Statut.PLANIFIE: frozenset({Statut.EN_COURS, Statut.ANNULE}),
        Statut.EN_COURS: frozenset({Statut.TERMINE, Statut.ANNULE}),
        Statut.TERMINE: frozenset({Statut.FACTURE, Statut.ANNULE}),
        Statut.FACTURE: frozenset({Statut.ANNULE}),
        Statut.ANNULE: frozenset(),
    }

    DISCRETS = {"consignes": "texte"}  # in the journal

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="chantiers")
    nom = models.CharField(max_length=150)
    adresse = models.CharField(max_length=200, blank=True)
    code_postal = models.CharField(max_length=10, blank=True)
    ville = models.CharField(max_length=100, blank=True)
    statut = models.CharField(max_length=20, choices=Statut, default=Statut.LEAD)
    services = models.ManyToManyField(TypeService, blank=True, related_name="chantiers")
    responsable = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="chantiers",
    )
    consignes = models.TextField("consignes pour l'équipe", blank=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)

    objects: ClassVar[Any] = vivants_d_abord(ChantierQuerySet)
    tous: ClassVar[Any] = ChantierQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("voir_tous_chantiers", "Peut voir tous les chantiers et interventions")]
        constraints = [models.CheckConstraint(name="chantier_nomme", condition=~Q(nom=""))]

    def __str__(self) -> str:
        return self.nom

    def passer(self, vers: str) -> None:
        """Go to the next state. Raise Conflit when the pipeline forbids it."""
        etats.exiger(self.TRANSITIONS, de=self.statut, vers=vers)
        self.statut = vers

    def instantane(self) -> dict[str, str]:
        """What a document freezes of the place of the works."""
        return {champ: getattr(self, champ) for champ in ("nom", "adresse", "code_postal", "ville")}


def plage(debut: str, fin: str) -> Func:
    """A range of instants; an open end is still running."""
    return Func(debut, fin, function="TSTZRANGE", output_field=DateTimeRangeField())


class InterventionQuerySet(SupprimableQuerySet):
    RAISON_DE_GARDER = "Heures faites par un salarié : trois ans (C. trav. L3245-1)."

    def rechercher(self, demande: str) -> Self:
        """By its site and the site's client, or by its employee."""
        return self._rechercher(demande, Chantier.tous.rechercher(demande))

    def rechercher_a_portee(self, demande: str) -> Self:
        """The same, among the sites of these interventions only."""
        siens = Chantier.tous.filter(pk__in=self.order_by().values("chantier"))
        return self._rechercher(demande, siens.rechercher_a_portee(demande))

    def _rechercher(self, demande: str, chantiers: Any) -> Self:
        nom = Q(employe__nom__icontains=demande) | Q(employe__prenom__icontains=demande)
        return self.filter(Q(chantier__in=chantiers.values("pk")) | nom)

    def obstacles(self) -> list[str]:
        en_cours = self.filter(statut=Intervention.Statut.EN_COURS).select_related("chantier")
        return [f"L'intervention {i} est en cours : arrêtez-la." for i in en_cours[:20]]

    def obstacles_seuls(self) -> list[str]:
        """Hours worked, validated or not yet, leave only with their site."""
        statuts = [Intervention.Statut.TERMINEE, Intervention.Statut.VALIDEE]
        tenues: Iterable[Any] = self.filter(statut__in=statuts).select_related("chantier")
        return [
            f"L'intervention {une} est {une.get_statut_display().lower()} : ses heures ne partent "
            "qu'avec son chantier."
            for une in tenues
        ]

    def a_garder(self, *, au: date) -> Self:
        """Hours worked, whatever was made of them since."""
        return self.filter(fin__date__gt=au - HEURES_GARDEES)

    def anonymiser(self) -> int:
        return self.update(notes="")


class Intervention(Supprimable):
    """One employee on one site: planned, then real times, then validated by a patron."""

    class Statut(models.TextChoices):
        PLANIFIEE = "planifiee", "Planifiée"
        EN_COURS = "en_cours", "En cours"
        TERMINEE = "terminee", "Terminée"
        VALIDEE = "validee", "Validée"
        ANNULEE = "annulee", "Annulée"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.PLANIFIEE: frozenset({Statut.EN_COURS, Statut.ANNULEE}),
        Statut.EN_COURS: frozenset({Statut.TERMINEE}),
        Statut.TERMINEE: frozenset({Statut.VALIDEE}),
        Statut.VALIDEE: frozenset(),
        Statut.ANNULEE: frozenset(),
    }
    MODIFIABLES: Mapping[str, frozenset[str]] = {
        Statut.PLANIFIEE: frozenset({"chantier", "employe", "prevu_debut", "prevu_fin", "notes"}),
        Statut.EN_COURS: frozenset({"notes"}),
        Statut.TERMINEE: frozenset({"debut", "fin", "notes"}),
    }

    DISCRETS = {"notes": "texte"}  # in the journal

    chantier = models.ForeignKey(Chantier, on_delete=models.PROTECT, related_name="interventions")
    employe = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="employé",
        on_delete=models.PROTECT,
        related_name="interventions",
    )
    prevu_debut = models.DateTimeField("début prévu")
    prevu_fin = models.DateTimeField("fin prévue")
    debut = models.DateTimeField("début réel", null=True, blank=True)
    fin = models.DateTimeField("fin réelle", null=True, blank=True)
    statut = models.CharField(max_length=10, choices=Statut, default=Statut.PLANIFIEE)
    notes = models.TextField(blank=True)
    validee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="validée par",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects: ClassVar[Any] = vivants_d_abord(InterventionQuerySet)
    tous: ClassVar[Any] = InterventionQuerySet.as_manager()

    class Meta:
        ordering = ["-prevu_debut", "-id"]
        permissions = [
            ("pointer_intervention", "Peut démarrer et arrêter ses interventions"),
            ("valider_intervention", "Peut valider les interventions"),
        ]
        constraints = [
            models.CheckConstraint(
                name="intervention_prevue_dans_l_ordre",
                condition=Q(prevu_fin__gt=F("prevu_debut")),
                violation_error_message="La fin prévue doit suivre le début.",
            ),
            models.CheckConstraint(
                name="intervention_reelle_dans_l_ordre",
                condition=Q(fin=None) | Q(fin__gte=F("debut")),
            ),
            ExclusionConstraint(
                name="intervention_prevue_sans_chevauchement",
                expressions=[
                    ("employe", RangeOperators.EQUAL),
                    (plage("prevu_debut", "prevu_fin"), RangeOperators.OVERLAPS),
                ],
                condition=Q(supprime_le=None) & ~Q(statut="annulee"),
                violation_error_message="Cet employé a déjà une intervention à ce moment.",
            ),
            ExclusionConstraint(
                name="intervention_reelle_sans_chevauchement",
                expressions=[
                    ("employe", RangeOperators.EQUAL),
                    (plage("debut", "fin"), RangeOperators.OVERLAPS),
                ],
                condition=Q(supprime_le=None, debut__isnull=False),
                violation_error_message="Cet employé est déjà au travail à ce moment.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chantier} le {timezone.localtime(self.prevu_debut):%d/%m/%Y}"

    def clean(self) -> None:
        erreurs = {}
        if self.prevu_debut and self.prevu_fin and self.prevu_fin <= self.prevu_debut:
            erreurs["prevu_fin"] = ["La fin prévue doit suivre le début."]
        if self.debut and self.fin and self.fin <= self.debut:
            erreurs["fin"] = ["La fin réelle doit suivre le début."]
        if self.fin and self.fin > timezone.now():
            erreurs["fin"] = ["La fin réelle est dans l'avenir."]
        for champ in ("prevu_debut", "prevu_fin", "debut", "fin"):
            instant = getattr(self, champ)
            if instant and instant.year not in ANNEES:
                erreurs[champ] = [ANNEE_IMPOSSIBLE]
        if erreurs:
            raise ValidationError(erreurs)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """For forms that hold the whole plan; the database checks every write anyway.

        With all fields: Django cannot check a condition on those that a form leaves out.
        """
        if not {"employe", "prevu_debut", "prevu_fin"}.intersection(exclude or ()):
            super().validate_constraints()

    def exiger_modifiables(self, champs: Mapping[str, Any]) -> None:
        """Raise Conflit when a value differs in a field that the state has settled."""
        permis = self.MODIFIABLES.get(self.statut, frozenset())
        figes = [c for c in champs if c not in permis and champs[c] != getattr(self, c)]
        if figes:
            raise Conflit(
                f"Une intervention {self.get_statut_display().lower()} ne change plus ainsi.",
                champs={champ: ["Ce champ ne change plus."] for champ in figes},
                code="intervention_figee",
            )

    def demarrer(self, *, a: datetime) -> None:
        self._passer(self.Statut.EN_COURS)
        self.debut = a

    def arreter(self, *, a: datetime) -> None:
        self._passer(self.Statut.TERMINEE)
        if self.debut is None or a <= self.debut:
            raise Conflit("La fin doit suivre le début.", code="heures_incoherentes")
        self.fin = a

    def valider(self, *, par: User | None) -> None:
        self._passer(self.Statut.VALIDEE)
        self.validee_par = par

    def annuler(self) -> None:
        self._passer(self.Statut.ANNULEE)

    def _passer(self, vers: Any) -> None:
        etats.exiger(self.TRANSITIONS, de=self.statut, vers=vers)
        self.statut = vers
