"""A devis invoiced by parts, at random: whatever the way, the documents make it to the cent."""

from collections import defaultdict
from decimal import Decimal
from random import Random

import pytest

from artjardin.argent import arrondir
from artjardin.erreurs import Conflit, Invalide
from facturation.models import Devis, Facture
from facturation.services import accepter_devis
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_devis_finalise,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
)

pytestmark = pytest.mark.django_db
TAUX = ["20.00", "10.00", "5.50"]
ZERO = Decimal(0)
RELIQUAT = Decimal("0.02")  # what rounding once per document may leave to the last one
Type = Facture.Type


class Chantier:
    """A devis accepted, then invoiced and credited as the dice say; the same for a seed."""

    def __init__(self, graine):
        self._sort = Random(graine)  # noqa: S311 - not a secret
        self.devis = self._accepter()
        self.faits = []
        for _ in range(self._sort.randrange(5)):
            self._essayer(self._sort.choice([self._acompte, self._situation, self._avoir]))
        self._essayer(lambda: facturer_et_emettre(self.devis))

    def _accepter(self):
        taux = self._sort.sample(TAUX, self._sort.choice([1, 1, 2, 3]))
        lignes = [self._ligne(taux) for _ in range(self._sort.randrange(1, 7))]
        lignes[0]["option"] = False
        remises = [{}, {"remise_taux": self._prix(0, 40)}, {"remise_montant": self._prix(0, 3)}]
        devis = creer_devis_finalise(lignes=lignes, **self._sort.choice(remises))
        options = [li.pk for li in devis.lignes.all() if li.option and self._sort.random() < 0.5]
        return accepter_devis(devis, options=options, par=ROBOT)

    def _ligne(self, taux):
        choisi = Decimal(self._sort.choice(taux))
        remises = [{}, {}, {"remise": self._prix(0, 60)}, {"remise_montant": self._prix(0, 1)}]
        return (ligne if choisi == 20 else ligne_reduite)(
            taux_tva=choisi,
            quantite=self._prix(1, 20),
            prix_unitaire=self._prix(3, 900, decimales=4),
            option=self._sort.random() < 0.25,
            **self._sort.choice(remises),
        )

    def _prix(self, bas, haut, *, decimales=2):
        echelle = 10**decimales
        return Decimal(self._sort.randrange(bas * echelle, haut * echelle)) / echelle

    def _acompte(self):
        if self._sort.random() < 0.5:
            demande = {"pourcentage": self._prix(1, 50)}
        else:
            part = Decimal(self._sort.randrange(1, 50)) / 100
            demande = {"montant": arrondir(self.devis.marche().ttc * part)}
        return facturer_et_emettre(self.devis, type=Type.ACOMPTE, **demande)

    def _situation(self):
        lignes = [li for li in self.devis.retenues() if self._sort.random() < 0.7]
        avancement = {li.pk: self._prix(10, 100) for li in lignes}
        return facturer_et_emettre(self.devis, type=Type.SITUATION, avancement=avancement)

    def _avoir(self):
        facture = self._sort.choice(list(Facture.objects.emises()))
        if self._sort.random() < 0.5:
            return crediter(facture)
        une = self._sort.choice(list(facture.lignes.all()))
        part = ligne(
            prix_unitaire=arrondir(une.total_ht * self._sort.randrange(1, 99) / 100),
            taux_tva=une.taux_tva,
            justification_tva=une.justification_tva,
        )
        return crediter(facture, lignes=[part])

    def _essayer(self, faire):
        """Some throws are refused: going back, beyond the rest, nothing to credit."""
        try:
            self.faits.append(faire().type)
        except (Conflit, Invalide, IndexError) as refus:
            self.faits.append(type(refus).__name__)

    def documents(self):
        ventes = Facture.objects.emises().filter(devis=self.devis)
        avoirs = Facture.objects.filter(origine__devis=self.devis, statut=Facture.Statut.EMISE)
        return [*ventes, *avoirs]


def par_taux(tva, signe=1):
    return {une.taux: (signe * une.base, signe * une.montant) for une in tva if une.base}


def somme(documents):
    bases, tva = defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
    for document in documents:
        signe = -1 if document.type == Type.AVOIR else 1
        for taux, (base, montant) in par_taux(document.tva.all(), signe).items():
            bases[taux] += base
            tva[taux] += montant
    return {taux: (bases[taux], tva[taux]) for taux in bases}


@pytest.mark.parametrize("graine", range(16))
def test_the_documents_of_a_devis_make_it_to_the_cent(graine):
    chantier = Chantier(graine)

    documents = chantier.documents()

    attendu = par_taux(Devis.objects.get().marche().par_taux)
    assert somme(documents) == attendu, chantier.faits
    for document in documents:
        verifier(document)


def verifier(document):
    """A document by itself: the sums of EN 16931."""
    nets, remises = defaultdict(lambda: ZERO), dict(document.totaux().remises)
    for une in document.lignes.all():
        nets[une.taux_tva] += une.total_ht  # BR-CO-10
    tva = list(document.tva.all())
    bases = {taux: net - remises.get(taux, ZERO) for taux, net in nets.items()}
    assert {une.taux: une.base for une in tva} == bases  # BR-S-08
    prend_un_reste = document.type in {Type.SOLDE, Type.AVOIR}
    for une in tva:  # BR-CO-17
        ecart = abs(une.montant - arrondir(une.base * une.taux / 100))
        assert ecart <= (RELIQUAT if prend_un_reste else 0), (document, une)
    assert document.total_ht == sum(une.base for une in tva)  # BR-CO-13
    assert document.total_tva == sum(une.montant for une in tva)  # BR-CO-14
    assert document.total_ttc == document.total_ht + document.total_tva  # BR-CO-15


def test_the_dice_meet_every_kind_of_part():
    faits = {fait for graine in range(16, 21) for fait in Chantier(graine).faits}

    assert faits >= {"acompte", "situation", "solde", "avoir"}
