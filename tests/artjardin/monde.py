"""A small world for walks over the whole product: one row of everything, and who looks at it."""

from __future__ import annotations

import io
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pikepdf
from django.utils import timezone

from artjardin.accounts import cles, facteurs, jetons
from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import CleApi, Facteur, Jeton, Role, User
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.models import Entree, Execution
from artjardin.outbox.models import Courriel, Rebond
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document, Orphelin
from artjardin.storage.services import produire
from chantiers.models import Chantier, Intervention, TypeService
from clients.models import Client
from facturation import services
from facturation.models import (
    Devis,
    Evenement,
    Facture,
    LigneDevis,
    MandatPrelevement,
    Paiement,
    Prestation,
)
from ops.exports.services import exporter_les_ventes
from ops.models import Export, Incident
from relances.models import Modele, Niveau, Passage, PlanDeRelance, Relance, Suspension, TauxLegal
from relances.services import relancer, suspendre
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.connexion import facteur_de
from tests.facturation.factories import (
    crediter,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    creer_professionnel,
    ligne,
    mandater,
    payer,
)
from tests.ops.factories import creer_incident

PAR = systeme("test")
CONSIGNES = ["Sonner deux fois chez le gardien", "Code du portail 4712"]
NOTES = ["Prendre l'échelle", "Livraison à huit heures"]
MARDI = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Paris"))  # when it exists
CHEMINS = {  # of the API, and the rows whose ids they take
    "/admin/trash/clients": Client,
    "/admin/trash/chantiers": Chantier,
    "/admin/trash/interventions": Intervention,
    "/admin/trash/devis": Devis,
    "/admin/trash/factures": Facture,
    "/api/v1/archives/orphelins/": Orphelin,
    "/api/v1/archives/": Document,
    "/api/v1/chantiers/": Chantier,
    "/api/v1/cles-api/": CleApi,
    "/api/v1/clients/": Client,
    "/api/v1/comptes/": User,
    "/api/v1/courriels/": Courriel,
    "/api/v1/devis/": Devis,
    "/api/v1/evenements/": Evenement,
    "/api/v1/executions/": Execution,
    "/api/v1/exports/": Export,
    "/api/v1/factures/": Facture,
    "/api/v1/incidents/": Incident,
    "/api/v1/interventions/": Intervention,
    "/api/v1/journal/": Entree,
    "/api/v1/paiements/": Paiement,
    "/api/v1/prestations/": Prestation,
    "/api/v1/rebonds/": Rebond,
    "/api/v1/relances/clients/": Client,
    "/api/v1/relances/configuration/": Niveau,
    "/api/v1/relances/factures/": Facture,
    "/api/v1/relances/passages/": Passage,
    "/api/v1/relances/plans/": PlanDeRelance,
    "/api/v1/relances/suspensions/": Suspension,
    "/api/v1/relances/taux/": TauxLegal,
    "/api/v1/relances/textes/": Modele,
    "/api/v1/relances/": Relance,
    "/api/v1/sauvegardes/": Sauvegarde,
    "/api/v1/types-de-service/": TypeService,
}
CHAMPS = {  # of bodies and queries that name a row
    "chantier": Chantier,
    "client": Client,
    "client_ref": Client,
    "courriel": Courriel,
    "devis": Devis,
    "employe": User,
    "facture": Facture,
    "ligne": LigneDevis,
    "niveau": Niveau,
    "passage": Passage,
    "plan": PlanDeRelance,
    "prestation": Prestation,
    "responsable": User,
}


PERSONNE, MACHINE = "patron sans facteur", "clé de surveillance"
VALEURS = {  # what a person would type in a field, where a random value is always refused
    "adresse": ["3 rue des Essais", ""],
    "au": ["2026-11-24"],
    "bce": ["2.15"],
    "code_postal": ["49000"],
    "confirmation": ["PURGER"],
    "date": ["2026-11-24"],
    "debut": ["2027-07-01"],
    "du": ["2026-01-01"],
    "email": ["patron@art-jardin.example", "neuf@example.org"],
    "expire_le": ["2027-01-01T00:00:00Z"],
    "jour": ["2026-11-24"],
    "justification_tva": ["Logement de plus de deux ans"],
    "le": ["2026-11-24"],
    "legal": ["6.67"],
    "montant": ["10.00", "1.00"],
    "mot_de_passe": ["jardin-a-la-francaise", "une-haie-bien-taillee"],
    "motif": ["Convenu au téléphone"],
    "prix_unitaire": ["12.50"],
    "prevu_debut": ["2027-03-01T08:00:00+01:00"],
    "prevu_fin": ["2027-03-01T12:00:00+01:00"],
    "quantite": ["2"],
    "remise": ["0"],
    "remise_montant": ["0"],
    "remise_taux": ["0"],
    "siret": ["73282932000074", ""],
    "suivi": [{}],
    "taux_tva": ["20.00"],
    "telephone": ["0241000000", ""],
    "tva_intracom": [""],
}


@dataclass
class Monde:
    """The headers of each role, what each must never read, and the rows that exist."""

    entetes: dict[str, dict[str, str]]
    interdits: dict[str, frozenset[str]]
    _ids: dict[type, list] = field(default_factory=dict)

    def ids(self, modele: type) -> list:
        if modele not in self._ids:
            tous = getattr(modele, "tous", modele._default_manager)
            self._ids[modele] = list(tous.order_by("pk").values_list("pk", flat=True))
        return self._ids[modele]

    def ids_de(self, chemin: str) -> list:
        """The ids that an address of the API takes: its longest known beginning tells."""
        debut = max((debut for debut in CHEMINS if chemin.startswith(debut)), key=len)
        return self.ids(CHEMINS[debut])

    def rafraichir(self) -> None:
        """A code was just given on each device that ever gave one."""
        Jeton.objects.exclude(verifie_le=None).update(verifie_le=timezone.now())


def peupler() -> Monde:
    """Make it all, by the services."""
    gens = {role: _personne(role.value, role) for role in Role}
    nouveau = _personne("nouveau", Role.PATRON)
    _chantiers(gens[Role.EMPLOYE])
    _relances()  # first: numbers follow dates
    _pieces()
    _coulisses()
    ouvertures = {
        "employe": jetons.creer_jeton(gens[Role.EMPLOYE], verifie=True),
        "comptable": jetons.creer_jeton(gens[Role.COMPTABLE], verifie=True),
        "patron": jetons.creer_jeton(gens[Role.PATRON], verifie=True),
        PERSONNE: jetons.creer_jeton(nouveau),
        MACHINE: _cle(CleApi.Portee.SURVEILLANCE, gens[Role.PATRON]),
        "clé de comptabilité": _cle(CleApi.Portee.COMPTABILITE, gens[Role.PATRON]),
    }
    entetes = {nom: {"Authorization": f"Bearer {clef}"} for nom, (clef, _) in ouvertures.items()}
    secrets = _secrets(gens[Role.PATRON])
    secrets |= {clef for clef, _ in ouvertures.values()}
    interdits = {role: secrets | fuites for role, fuites in _fuites().items()}
    return Monde({"anonyme": {}} | entetes, {role: frozenset(i) for role, i in interdits.items()})


def _secrets(patron: User) -> set[str]:
    """What no answer ever holds, whoever asks."""
    facteur = facteur_de(patron)
    trouves = {facteur.secret, _clair(facteur)}
    trouves |= {user.password for user in User.objects.all()}
    trouves |= set(Jeton.objects.values_list("empreinte", flat=True))
    trouves |= set(CleApi.objects.values_list("empreinte", flat=True))
    return trouves


def _clair(facteur: Facteur) -> str:
    """The secret of a factor, as a phone holds it."""
    lie_a = facteurs.lien(facteur.user_id)
    return b32encode(facteurs.trousseau().dechiffrer(facteur.secret, lie_a=lie_a)).decode()


def _fuites() -> dict[str, set[str]]:
    """By role, texts of this world that it must never read."""
    argent = montants() | numeros() | banques()
    adresses_ = set(Client.tous.exclude(email="").values_list("email", flat=True))
    noms = {client.designation for client in Client.tous.all()}
    tout = argent | adresses_ | noms | terrain()
    return {
        "anonyme": tout,
        "employe": argent | adresses_,
        "comptable": terrain(),
        "patron": set(),
        PERSONNE: tout,
        MACHINE: tout,
        "clé de comptabilité": terrain() | banques(),
    }


def montants() -> set[str]:
    """Amounts of pieces and payments, as the API and as the office write them."""
    valeurs = {
        v for modele in (Devis, Facture) for v in modele.tous.values_list("total_ttc", flat=True)
    }
    valeurs |= set(Paiement.objects.values_list("montant", flat=True))
    textes = {f"{valeur:.2f}" for valeur in valeurs if valeur > 10}
    return textes | {texte[-6:].replace(".", ",") for texte in textes}


def numeros() -> set[str]:
    tous = (modele.tous.values_list("numero", flat=True) for modele in (Devis, Facture))
    return {numero for une in tous for numero in une if numero}


def banques() -> set[str]:
    return set(MandatPrelevement.objects.values_list("iban", flat=True))


def terrain() -> set[str]:
    """What is said of the work, beside what is invoiced."""
    return set(CONSIGNES) | set(NOTES)


def pdf(document: Document) -> bytes:
    """A blank page: quicker than the real one."""
    page, octets = pikepdf.new(), io.BytesIO()
    page.add_blank_page()
    page.save(octets)
    return octets.getvalue()


def _personne(nom: str, role: Role) -> User:
    return creer_utilisateur(
        email=f"{nom}@art-jardin.example", mot_de_passe="jardin-a-la-francaise", role=role,
        prenom=nom.title(), nom="Essai",
    )  # fmt: skip


def _cle(portee: str, patron: User) -> tuple[str, CleApi]:
    fin = timezone.now() + timedelta(days=30)
    return cles.creer_cle(nom=f"Clé {portee}", portee=portee, expire_le=fin, par=patron)


def _chantiers(employe: User) -> None:
    """One site within the reach of the employee, one outside; planned, started, done."""
    debut = timezone.now() + timedelta(days=2)
    sien = creer_chantier(
        nom="Haie des Ormes", responsable=employe, adresse="8 allée des Ormes",
        code_postal="49000", ville="Angers", consignes=CONSIGNES[0],
    )  # fmt: skip
    creer_intervention(chantier=sien, employe=employe, prevu_debut=debut, notes=NOTES[0])
    creer_intervention(employe=employe, prevu_debut=debut + timedelta(days=1))
    autre = creer_chantier(
        nom="Terrasse des Lices", adresse="3 place des Lices", code_postal="49100",
        ville="Angers", consignes=CONSIGNES[1],
    )  # fmt: skip
    creer_intervention(chantier=autre, prevu_debut=debut, notes=NOTES[1])
    supprimer(creer_chantier(nom="Abandonné"), par=PAR, motif="doublon")


def _pieces() -> None:
    chantier = Chantier.objects.order_by("pk").first()
    ici = {"client": chantier.client, "chantier": chantier}
    services.enregistrer_prestation(
        Prestation(code="HAIE", designation="Haie", unite="h", prix_unitaire=Decimal("43.21"),
                   taux_tva=Decimal("20.00")),
        par=PAR,
    )  # fmt: skip
    cher = [ligne(prix_unitaire=Decimal("6543.21")), ligne(prix_unitaire=Decimal("87.65"))]
    creer_devis(lignes=cher, **ici)
    creer_devis_finalise(lignes=cher, **ici)
    creer_devis_accepte(lignes=cher, **ici)
    creer_brouillon(lignes=cher, **ici)
    payee = creer_facture(lignes=cher, **ici)
    payer(payee, "1234.56")
    for a_envoyer in (payee, creer_facture(lignes=cher, **ici)):
        services.envoyer_facture(a_envoyer, par=PAR)
    avec_retenue = creer_facture(lignes=cher, retenue_taux=Decimal("5.00"), client=chantier.client)
    services.ouvrir_litige(avec_retenue, motif="Métrage", par=PAR)
    crediter(creer_facture(client=chantier.client))
    mandater(chantier.client)
    services.recevoir_paiement(
        client=creer_professionnel(), montant=Decimal("777.77"), mode="cheque",
        le=timezone.localdate(), par=PAR,
    )  # fmt: skip
    supprimer(creer_brouillon(), par=PAR, motif="erreur")
    supprimer(creer_client(nom="Disparu"), par=PAR, motif="doublon")


def _relances() -> None:
    jour = timezone.localdate()
    for email in ("late@example.org", ""):
        creer_facture(client=creer_client(email=email), le=jour - timedelta(days=100))
    relancer(jour=jour, par=PAR)
    suspendre(
        creer_client(), genre="pause", motif="Congés", jusqu_au=jour + timedelta(days=9), par=PAR
    )


def _coulisses() -> None:
    """What the office sees of the machinery."""
    for document in Document.objects.all():
        produire(document)
    maintenant, courriel = timezone.now(), Courriel.objects.order_by("pk").first()
    Rebond.objects.create(
        adresse="parti@example.org", definitif=True, source="smtp", courriel=courriel
    )
    Courriel.objects.filter(pk=courriel.pk).update(statut=Courriel.Statut.INCERTAIN)
    dernier = Courriel.objects.order_by("pk").last()
    Courriel.objects.filter(pk=dernier.pk).update(statut=Courriel.Statut.ECHEC)
    Orphelin.objects.create(
        cle="2026/11/facture/FAC-2026-0999.pdf", type="facture", numero="FAC-2026-0999",
        depose_le=maintenant,
    )  # fmt: skip
    Sauvegarde.objects.create(
        nom="20261124T001500Z-quotidienne", motif="quotidienne", faite_le=maintenant,
        duree=timedelta(seconds=2), taille=1_000, sha256="a" * 64, manifeste={},
    )  # fmt: skip
    creer_incident()
    Execution.objects.create(tache="essai", resultat=Execution.Resultat.REUSSI, fin=maintenant)
    exporter_les_ventes(du=date(2026, 1, 1), au=timezone.localdate(), par=PAR)
