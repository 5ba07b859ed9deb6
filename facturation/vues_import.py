"""The import of open invoices over HTTP."""

from __future__ import annotations

from clients.serializers_import import RapportFactures
from clients.vues_import import CasImport, VueImport, decrire_l_import
from facturation.importation import analyser_factures, importer_factures, resumer_factures


@decrire_l_import(RapportFactures)
class ImportFactures(VueImport):
    """Import the open invoices of another program from a CSV file."""

    droits = {"create": "facturation.importer_facture"}
    cas = CasImport(analyser_factures, importer_factures, resumer_factures)
