"""Writing the imagined year: by the services, dated in the past, telling nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, personne, systeme
from artjardin.accounts.models import Role, User
from artjardin.argent import arrondir
from artjardin.audit.services import consigner, photo
from chantiers import services as chantiers
from chantiers.models import Chantier, Intervention, TypeService
from clients import services as clients
from clients.models import Client
from facturation import services as facturation
from facturation.models import Devis, Facture, Prestation
from facturation.services.annonces import en_silence
from ops.comptes.gestion import ouvrir_compte
from ops.demo.cas import jouer_les_cas
from ops.demo.clientele import ascii_simple
from ops.demo.decisions import (
    attendre_demain,
    decider,
    donner_les_mandats,
    regler_les_relances,
    remercier,
)
from ops.demo.entreprise import ENTREPRISE
from ops.demo.imagines import (
    Annee,
    ChantierImagine,
    DevisImagine,
    FactureImaginee,
    InterventionImaginee,
    Lignes,
    PaiementImagine,
)
from ops.demo.noms import EQUIPE, MOTIFS_EXCLUSION, MOTIFS_LITIGE, MOTIFS_REFUS
from ops.demo.passages import jouer_les_passages
from ops.demo.scenario import imaginer
from relances.models import Relance

ESPECES_MAX = Decimal(1000)
UN_AN = timedelta(days=370)
CHEMIN = list(Chantier.Statut.values[:8])  # the pipeline in order; cancelling leaves it


def base_vide() -> bool:
    """Whether nobody has begun to work with this database."""
    tables: list[Any] = [User.objects, Client.tous, Devis.tous, Facture.tous]
    return not any(table.exists() for table in tables)


@transaction.atomic
def charger(*, au: date) -> dict[str, int]:
    """Write the whole year that ends on `au`, or nothing; return the counts."""
    chargement = Chargement(imaginer(au), au=au)
    with en_silence():
        comptes = chargement.ecrire()
    jouer_les_passages(chargement.cas, au=au, par=chargement.par)
    with en_silence():
        decider(chargement.cas, par=chargement.par)
    remercier()
    attendre_demain(par=systeme("démonstration"))
    return comptes | {"relances": Relance.objects.count()}


class Chargement:
    """Keeps the rows written so far: the imagined ones point to them by rank."""

    def __init__(self, annee: Annee, *, au: date) -> None:
        self.annee, self.au = annee, au
        self.equipe = [
            ouvrir_compte(
                email=adresse(prenom, nom),
                mot_de_passe=mot_de_passe,
                role=Role(role),
                prenom=prenom,
                nom=nom,
                par=systeme("démonstration"),
            )
            for role, prenom, nom, mot_de_passe in EQUIPE
        ]
        self.par: Auteur = personne(self.equipe[0])
        self.employes = [
            user for user, (role, *_) in zip(self.equipe, EQUIPE, strict=True) if role == "employe"
        ]
        self.prestations = {p.code: p for p in Prestation.objects.all()}
        self.types = {t.nom: t for t in TypeService.objects.all()}
        self.clients: list[Client] = []
        self.chantiers: list[Chantier] = []
        self.devis: list[Devis] = []
        self.cas: defaultdict[str, list[Facture]] = defaultdict(list)

    def ecrire(self) -> dict[str, int]:
        annee = self.annee
        facturation.modifier_entreprise(par=self.par, **ENTREPRISE)
        self.clients = [clients.creer_client(par=self.par, **champs) for champs in annee.clients]
        for rang, motif in zip(annee.exclus, MOTIFS_EXCLUSION, strict=True):
            clients.exclure_des_relances(self.clients[rang], motif=motif, par=self.par)
        preleves = [self.clients[rang] for rang in annee.preleves]
        donner_les_mandats(preleves, le=self.au - UN_AN, par=self.par)
        au_plan_propre = [self.clients[rang] for rang in annee.au_plan_propre]
        regler_les_relances(au_plan_propre, au=self.au, par=self.par)
        self.chantiers = [self._chantier(imagine) for imagine in annee.chantiers]
        for intervention in annee.interventions:
            self._intervention(intervention)
        refus = iter(MOTIFS_REFUS)
        self.devis = [self._devis(imagine, refus=refus) for imagine in annee.devis]
        litiges = iter(MOTIFS_LITIGE)
        for facture in annee.factures:
            self._facture(facture, litiges=litiges)
        jouer_les_cas(self.devis, par=self.par)
        for brouillon in annee.brouillons:
            self._preparer(brouillon)
        return {
            "clients": len(self.clients),
            "chantiers": len(self.chantiers),
            "interventions": len(annee.interventions),
            "devis": len(self.devis),
            "factures": len(annee.factures),
            "brouillons": len(annee.brouillons),
        }

    def _chantier(self, imagine: ChantierImagine) -> Chantier:
        chantier = chantiers.creer_chantier(
            client=self.clients[imagine.client],
            par=self.par,
            nom=imagine.nom,
            services=[self.types[nom] for nom in imagine.travail.services],
            responsable=self.employes[imagine.responsable],
            consignes=imagine.consignes,
        )
        for etape in etapes(imagine.statut):
            chantier = chantiers.changer_statut(chantier, vers=etape, par=self.par)
        return chantier

    def _intervention(self, imagine: InterventionImaginee) -> None:
        debut, fin = _paris(imagine.debut), _paris(imagine.fin)
        intervention = chantiers.planifier_intervention(
            chantier=self.chantiers[imagine.chantier],
            employe=self.employes[imagine.employe],
            prevu_debut=debut,
            prevu_fin=fin,
            par=self.par,
        )
        if imagine.statut == Intervention.Statut.PLANIFIEE:
            return
        if imagine.statut == Intervention.Statut.ANNULEE:
            chantiers.annuler_intervention(intervention, par=self.par)
            return
        ecart = timedelta(minutes=imagine.ecart)
        intervention.demarrer(a=min(debut + ecart, timezone.now()))
        if imagine.statut != Intervention.Statut.EN_COURS:
            intervention.arreter(a=fin - ecart / 2)
        if imagine.statut == Intervention.Statut.VALIDEE:
            intervention.valider(par=self.par.user)
        clients.enregistrer(intervention)
        apres = photo(intervention, ["statut", "debut", "fin"])
        consigner(intervention, "intervention.pointee", par=self.par, apres=apres)

    def _devis(self, imagine: DevisImagine, *, refus: Any) -> Devis:
        devis = facturation.preparer_devis(
            par=self.par,
            client=self.clients[imagine.client],
            chantier=None if imagine.chantier is None else self.chantiers[imagine.chantier],
            objet=imagine.objet,
            lignes=self._lignes(imagine.lignes),
        )
        if imagine.statut == Devis.Statut.BROUILLON:
            return devis
        devis = facturation.finaliser_devis(devis, par=self.par, le=imagine.le)
        if imagine.statut == Devis.Statut.FINALISE:
            return devis
        devis.passer(Devis.Statut.ENVOYE)
        devis.envoye_le = _paris(datetime.combine(imagine.le, time(17)))
        if imagine.decide_le:
            devis.passer(imagine.statut)
            devis.signe_le = imagine.decide_le
            devis.decide_le = _paris(datetime.combine(imagine.decide_le, time(11)))
            devis.motif_refus = next(refus) if imagine.statut == Devis.Statut.REFUSE else ""
        devis.save()
        consigner(devis, f"devis.{devis.statut}", par=self.par, motif=devis.motif_refus)
        return devis

    def _facture(self, imagine: FactureImaginee, *, litiges: Any) -> None:
        facture = self._preparer(imagine)
        entree = _paris(datetime.combine(imagine.le, time(10)))  # or the 9:00 run leaves it alone
        Facture.objects.filter(pk=facture.pk).update(cree_le=entree)
        facture = facturation.emettre_facture(facture, par=self.par, le=imagine.le)
        reste = facture.total_ttc
        for paiement in imagine.paiements:
            reste -= self._encaisser(facture, paiement, reste=reste)
        self.cas[imagine.cas].append(facture)
        if imagine.cas == "litige":
            facturation.ouvrir_litige(facture, motif=next(litiges), par=self.par)

    def _preparer(self, imagine: FactureImaginee) -> Facture:
        if imagine.devis is not None:
            return facturation.facturer_devis(self.devis[imagine.devis], par=self.par)
        return facturation.preparer_facture(
            par=self.par,
            client=self.clients[imagine.client],
            chantier=None if imagine.chantier is None else self.chantiers[imagine.chantier],
            objet=imagine.objet,
            lignes=self._lignes(imagine.lignes),
        )

    def _encaisser(self, facture: Facture, imagine: PaiementImagine, *, reste: Decimal) -> Decimal:
        montant = arrondir(reste * imagine.part / 100)
        if imagine.part < 100:  # noqa: PLR2004 - a deposit is a round sum
            montant = max(Decimal(10), montant // 10 * 10)
        especes_refusees = imagine.mode == "especes" and facture.total_ttc > ESPECES_MAX
        facturation.encaisser(
            facture,
            montant=montant,
            mode="cheque" if especes_refusees else imagine.mode,
            le=imagine.le,
            par=self.par,
            reference=str(facture.numero) if imagine.mode == "virement" else "",
        )
        return montant

    def _lignes(self, lignes: Lignes) -> list[dict[str, Any]]:
        return [self._ligne(self.prestations[code], quantite) for code, quantite in lignes]

    def _ligne(self, prestation: Prestation, quantite: Decimal) -> dict[str, Any]:
        copies = ("designation", "unite", "prix_unitaire", "taux_tva", "decennale", "sap")
        ligne = {champ: getattr(prestation, champ) for champ in copies}
        return ligne | {"prestation": prestation, "quantite": quantite}


def etapes(statut: str) -> Iterable[str]:
    """The steps from a demand to that state.

    >>> etapes("devis_envoye"), etapes("annule")
    (['visite_planifiee', 'devis_envoye'], ['visite_planifiee', 'devis_envoye', 'annule'])
    """
    if statut == Chantier.Statut.ANNULE:
        return [*CHEMIN[1:3], statut]
    return CHEMIN[1 : CHEMIN.index(statut) + 1]


def adresse(prenom: str, nom: str) -> str:
    """The login of a member of the team."""
    return f"{ascii_simple(prenom)}.{ascii_simple(nom)}@art-jardin.example"


def _paris(moment: datetime) -> datetime:
    return timezone.make_aware(moment)
