"""Devis, factures and payments for the tests, made by the services."""

from datetime import date
from decimal import Decimal
from itertools import count

from django.utils import timezone

from artjardin.accounts.auteur import systeme
from facturation import services
from facturation.models import Facture
from tests.clients.factories import creer_client

ROBOT = systeme("test")
_rang = count(1)


def ligne(**champs):
    """100,00 € HT at 20 % unless told."""
    defaut = {
        "designation": "Taille de haie",
        "quantite": Decimal(1),
        "prix_unitaire": Decimal("100.00"),
        "taux_tva": Decimal("20.00"),
    }
    return defaut | champs


def ligne_reduite(**champs):
    """100,00 € HT at 10 % unless told: works on an old dwelling."""
    reduit = {
        "taux_tva": Decimal("10.00"),
        "justification_tva": "Travaux d'amélioration d'un logement de plus de deux ans",
    }
    return ligne(**(reduit | champs))


def creer_professionnel(**champs):
    """A firm of Angers, with its SIRET and its VAT number."""
    defaut = {
        "type": "professionnel",
        "civilite": "",
        "nom": "",
        "prenom": "",
        "raison_sociale": f"Les Serres d'Essai {next(_rang)}",
        "siret": "73282932000074",
        "tva_intracom": "FR44732829320",
    }
    return creer_client(**(defaut | champs))


def creer_brouillon(*, client=None, par=ROBOT, lignes=None, **champs):
    """A draft invoice of 120,00 € TTC."""
    return services.preparer_facture(
        par=par,
        client=client or creer_client(),
        objet=champs.pop("objet", "Entretien du jardin"),
        lignes=[ligne()] if lignes is None else lignes,
        **champs,
    )


def creer_facture(*, le=None, par=ROBOT, **champs) -> Facture:
    """An issued invoice of 120,00 € TTC, dated today in Paris unless told."""
    return services.emettre_facture(creer_brouillon(par=par, **champs), par=par, le=le)


def creer_devis(*, client=None, par=ROBOT, lignes=None, **champs):
    """A draft devis of 120,00 € TTC, valid 30 days."""
    return services.preparer_devis(
        par=par,
        client=client or creer_client(),
        objet=champs.pop("objet", "Taille de la haie"),
        lignes=[ligne()] if lignes is None else lignes,
        **champs,
    )


def creer_devis_finalise(*, le: date | None = None, par=ROBOT, **champs):
    return services.finaliser_devis(creer_devis(par=par, **champs), par=par, le=le)


def creer_devis_accepte(*, par=ROBOT, **champs):
    return services.accepter_devis(creer_devis_finalise(par=par, **champs), par=par)


def facturer(devis, *, par=ROBOT, **demande):
    """The draft of a part of a devis; the whole, or what is left, unless told."""
    return services.facturer_devis(devis, par=par, demande=services.Demande(**demande))


def facturer_et_emettre(devis, *, le: date | None = None, par=ROBOT, **demande) -> Facture:
    return services.emettre_facture(facturer(devis, par=par, **demande), par=par, le=le)


def crediter(facture, *, lignes=None, motif="geste commercial", par=ROBOT) -> Facture:
    """An issued credit note, of everything left unless told."""
    avoir = services.faire_un_avoir(facture, motif=motif, lignes=lignes, par=par)
    return services.emettre_facture(avoir, par=par)


def payer(facture, montant, *, par=ROBOT, mode="virement", le: date | None = None, **champs):
    return services.encaisser(
        facture,
        montant=Decimal(montant),
        mode=mode,
        le=le or timezone.localdate(),
        par=par,
        **champs,
    )


def mandater(client, *, par=ROBOT, **champs):
    """A mandate of direct debit, signed in January, active unless told."""
    defaut = {
        "rum": f"AJ-{client.pk}",
        "signe_le": date(2026, 1, 5),
        "iban": "FR1420041010050500013M02606",
        "actif": True,
    }
    return services.enregistrer_mandat(client, par=par, **(defaut | champs))


def solde(facture) -> Decimal:
    return Facture.tous.avec_solde().get(pk=facture.pk).solde


def pdf(document) -> bytes:
    """A producer of documents that is quicker than the real one."""
    return f"%PDF-1.7 {document.nom}".encode()
