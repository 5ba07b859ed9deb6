"""What the tests of the trash share: batches, purges on their day, validated hours."""

from datetime import timedelta

from django.utils import timezone

from artjardin.audit.models import Execution
from artjardin.softdelete.models import Lot
from artjardin.softdelete.passages import PASSAGES_MIN, TACHE
from artjardin.softdelete.services import supprimer
from chantiers import services as chantiers
from chantiers.models import Intervention
from ops.corbeille.purge import purger
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    facturer_et_emettre,
    payer,
)
from tests.relances.factories import PAR

MUR = timedelta(days=90)


def jeter(objet, **champs) -> Lot:
    return Lot.objects.get(uuid=supprimer(objet, par=PAR, **champs))


def laisser_passer(nuits=PASSAGES_MIN, *, depuis=None):
    """As many runs of the purge, one a night, that end today or begin `depuis`."""
    # Of our wall clock: at night, 24 hours before a change of time may be the same day
    debut = timezone.localtime(depuis) if depuis else timezone.localtime() - timedelta(days=nuits)
    jours = [debut + timedelta(days=rang) for rang in range(nuits)]
    Execution.objects.bulk_create(
        Execution(tache=TACHE, debut=jour, fin=jour, resultat="reussi") for jour in jours
    )


def purger_a_terme(lot, *, apres=MUR, **champs):
    laisser_passer()
    return purger(lot, par=PAR, a=lot.le + apres, **champs)


def vieillir(lot):
    Lot.objects.filter(pk=lot.pk).update(le=lot.le - MUR)
    laisser_passer()


def valider(intervention):
    """Clocked in, out and validated: two hours ago."""
    debut = timezone.now() - timedelta(hours=2)
    Intervention.objects.filter(pk=intervention.pk).update(
        statut="terminee", debut=debut, fin=debut + timedelta(hours=1), notes="Clef sous le pot"
    )
    return chantiers.valider_intervention(Intervention.objects.get(pk=intervention.pk), par=PAR)


def creer_prospect():
    """Someone who never signed: a site, a visit, a draft of each kind."""
    client = creer_client(nom="Durand", notes="Chien méchant")
    chantier = creer_chantier(client=client)
    creer_intervention(chantier=chantier)
    creer_devis(client=client, chantier=chantier)
    creer_brouillon(client=client)
    return client


def creer_ancien():
    """A client who paid: documents that must stay, and rows that need not."""
    client = creer_client(nom="Durand", email="durand@example.org", notes="Portail 1234")
    chantier = creer_chantier(client=client, nom="Chez Durand", adresse="3 rue des Lices")
    valider(creer_intervention(chantier=chantier))
    facture = facturer_et_emettre(creer_devis_accepte(client=client, chantier=chantier))
    payer(facture, "120.00")
    creer_devis_finalise(client=client)
    creer_devis(client=client, chantier=chantier)
    return client
