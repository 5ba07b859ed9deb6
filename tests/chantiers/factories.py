"""Sites and interventions for the tests, made by the services."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role
from artjardin.accounts.services import creer_utilisateur
from chantiers import services
from tests.clients.factories import creer_client

PARIS = ZoneInfo("Europe/Paris")
LUNDI_8H = datetime(2026, 6, 1, 8, tzinfo=PARIS)
_rang = count(1)


def creer_employe(**champs):
    rang = next(_rang)
    defaut = {
        "email": f"equipier{rang}@art-jardin.example",
        "mot_de_passe": "jardin-a-la-francaise",
        "role": Role.EMPLOYE,
        "prenom": "Malo",
        "nom": f"Cadiou {rang}",
    }
    return creer_utilisateur(**(defaut | champs))


def creer_chantier(*, client=None, par=None, **champs):
    defaut = {"nom": "Taille de la haie"}
    return services.creer_chantier(
        client=client or creer_client(), par=par or systeme("test"), **(defaut | champs)
    )


def creer_intervention(*, chantier=None, employe=None, par=None, **champs):
    """Two hours, on the first Monday of June 2026 at 8:00 in Paris unless told."""
    debut = champs.pop("prevu_debut", LUNDI_8H)
    return services.planifier_intervention(
        chantier=chantier or creer_chantier(),
        employe=employe or creer_employe(),
        prevu_debut=debut,
        prevu_fin=champs.pop("prevu_fin", debut + timedelta(hours=2)),
        par=par or systeme("test"),
        **champs,
    )
