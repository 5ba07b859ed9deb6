"""The drill of the real schema, with the process that runs the product's own checks."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from artjardin.audit.models import Entree
from tests.artjardin.chaine import forcer
from tests.facturation.factories import creer_facture

pytest_plugins = ["tests.artjardin.sauvegardes"]


class TestTheRealSchema:
    """With the process that runs the product's own checks."""

    def test_an_older_schema_is_migrated_aside_then_checked(self, base_partagee, atelier_nu):
        creer_facture()
        entrees = Entree.objects.count()
        call_command("migrate", "audit", "0001", verbosity=0, sans_sauvegarde=True)

        jugee = atelier_nu.faire_et_verifier()

        assert (jugee.etat, jugee.erreur) == ("verifiee", "")
        assert "audit.0001_initial" in jugee.manifeste["migrations"]
        assert not any(nom.startswith("audit.0002") for nom in jugee.manifeste["migrations"])
        # `migrate` takes note of the rows that the older schema never told
        assert jugee.rapport["lus"]["maillons"] == jugee.rapport["lus"]["entrees"] == entrees + 2
        assert jugee.rapport["lus"]["pieces"] == 1
        assert atelier_nu.restes() == []

    def test_a_faithful_backup_of_faulty_data_counts_and_names_them(
        self, base_partagee, atelier_nu
    ):
        facture = creer_facture()
        forcer("UPDATE audit_entree SET acteur_nom = 'Personne' WHERE action LIKE 'facture.%'")
        with connection.cursor() as curseur:
            curseur.execute("ALTER TABLE facturation_facture DISABLE TRIGGER USER")
            curseur.execute("UPDATE facturation_facture SET objet = 'Autre chose'")
            curseur.execute("ALTER TABLE facturation_facture ENABLE TRIGGER USER")

        jugee = atelier_nu.faire_et_verifier()

        assert jugee.etat == "verifiee"
        assert f"pièces : {facture.numero} : le contenu n'est plus celui qui a été scellé" in (
            jugee.erreur
        )
        assert "journal : Journal n°" in jugee.erreur
        assert "a été modifié" in jugee.erreur
        assert atelier_nu.restes() == []
