"""After an erasure every table is searched for the person: what stays is listed, and why."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from artjardin.api.models import Clef
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import Contenu, promettre
from artjardin.storage.coffres import coffre_des_documents
from clients.models import Client
from facturation.models import Facture
from facturation.services.annonces import INTERNE
from ops.corbeille import registre
from ops.corbeille.effacement import effacer
from ops.reprise import _effaces
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    creer_brouillon,
    creer_devis_accepte,
    creer_devis_finalise,
    facturer_et_emettre,
    payer,
)
from tests.ops.corbeille import jeter
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
MOTS = ["zibeline", "06 11 22 33 44", "+33611223344", "glycine bleue"]
PEUT_RESTER = {
    "audit_entree": "the journal is append-only: who did what",
    "facturation_facture": "issued documents keep their own copy, ten years",
    "facturation_devis": "numbered devis: gapless, chained, frozen",
    "facturation_paiement": "accounting",
    "storage_document": "what an archived PDF says of its client",
    "storage_archive": "the same, on the store",
}


@pytest.fixture
def zibeline(patron):
    """Someone of whom as many tables as possible speak."""
    client = creer_client(
        nom="Zibeline", email="zibeline@example.org", telephone="0611223344", notes="Glycine bleue"
    )
    chantier = creer_chantier(client=client, nom="Chez Zibeline", adresse="Glycine bleue")
    facture = facturer_et_emettre(creer_devis_accepte(client=client, chantier=chantier))
    payer(facture, "120.00")
    jeter(creer_brouillon(client=client), motif="Zibeline")
    jeter(creer_devis_finalise(client=client), motif="Zibeline")
    for genre, ref, sujet in [
        ("facture", client.pk, facture),
        ("message", client.pk, None),
        (INTERNE, None, facture),
    ]:
        promettre(
            genre=genre,
            a=["zibeline@example.org"],
            contenu=Contenu("Zibeline", "Zibeline", ""),
            client=ref,
            sujet=sujet,
        )
    Courriel.objects.filter(type="facture").update(statut="annule")
    Courriel.objects.exclude(type="facture").update(statut="envoye", envoye_le=timezone.now())
    Clef.objects.create(
        user=patron, clef="a", empreinte="", statut=201,
        reponse=json.dumps({"nom": "Zibeline", "code": client.code}).replace(" ", "").encode(),
    )  # fmt: skip
    return client


def tables_qui_nomment():
    """The tables one of whose rows, written as text, holds one of the words."""
    tables = {modele._meta.db_table for modele in apps.get_models(include_auto_created=True)}
    trouvees = set()
    with connection.cursor() as curseur:
        for table in sorted(tables):
            curseur.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608
            lignes = " ".join(ligne for (ligne,) in curseur.fetchall()).lower()
            for (octets,) in _binaires(curseur, table):
                lignes += bytes(octets).decode("utf-8", "replace").lower()
            if any(mot in lignes for mot in MOTS):
                trouvees.add(table)
    return trouvees


def _binaires(curseur, table):
    if table != Clef._meta.db_table:
        return []
    curseur.execute(f'SELECT reponse FROM "{table}"')  # noqa: S608
    return curseur.fetchall()


def test_no_table_names_an_erased_person_but_those_of_the_list(zibeline):
    avant = tables_qui_nomment()
    effacer(zibeline, confirmation=zibeline.code, par=PAR)
    connection.check_constraints()

    assert avant >= {"clients_client", "softdelete_lot", "outbox_courriel", "api_clef"}
    assert tables_qui_nomment() <= set(PEUT_RESTER)


def test_an_erasure_is_written_beside_the_archives_and_found_after_a_restoration(zibeline):
    effacer(zibeline, confirmation=zibeline.code, par=PAR)
    assert registre.deposer_les_effacements() == 1
    assert registre.deposer_les_effacements() == 0
    [objet] = coffre_des_documents().lister("effacements/")
    assert json.loads(coffre_des_documents().lire(objet.cle))["client"] == zibeline.pk
    assert list(_effaces()) == []

    Client.tous.filter(pk=zibeline.pk).update(nom="Zibeline", anonymise_le=None)  # put back
    assert f"/admin/trash/effacement/{zibeline.pk}/" in list(_effaces())[1]
    Client.tous.filter(pk=zibeline.pk).update(cree_le=timezone.now() + timedelta(days=2))
    assert registre.a_effacer_de_nouveau() == []  # another person, under the same number


def test_a_store_that_is_away_is_tried_again_by_the_purge(zibeline, monkeypatch):
    from ops.corbeille import passage  # noqa: PLC0415

    effacer(zibeline, confirmation=zibeline.code, par=PAR)
    vrai = passage.deposer_les_effacements

    def en_panne():
        raise OSError("coffre")

    monkeypatch.setattr(passage, "deposer_les_effacements", en_panne)
    assert passage.purger_les_echus().resultat == "partiel"
    monkeypatch.setattr(passage, "deposer_les_effacements", vrai)
    assert passage.purger_les_echus().resultat == "reussi"
    assert list(coffre_des_documents().lister("effacements/"))
    assert Facture.objects.exists()
