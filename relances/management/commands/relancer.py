"""manage.py relancer [--apercu [--au AAAA-MM-JJ]] [--json]: the reminders of today."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.argent import en_euros
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from relances import services
from relances.models import Passage
from relances.plan import Plan, planifier
from relances.regles import MOTIFS


class Command(BaseCommand):
    help = "Fait les relances du jour, une seule fois, puis envoie les courriels en attente."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--au", type=_jour, help="avec --apercu, un autre jour, AAAA-MM-JJ")
        parser.add_argument("--apercu", action="store_true", help="montre sans rien faire")
        parser.add_argument("--json", action="store_true", help="un seul objet JSON")
        parser.add_argument(
            "--sans-envoi", action="store_true", help="laisse les courriels au balayage"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        jour = options["au"] or timezone.localdate()
        plan = planifier(au=jour)
        passage = None if options["apercu"] else self._relancer(jour)
        if options["json"]:
            self.stdout.write(json.dumps(en_json(plan, passage), ensure_ascii=False, indent=1))
        else:
            self._raconter(plan, passage)
        if passage and not options["sans_envoi"]:
            self._envoyer(muet=options["json"])

    def _relancer(self, jour: date) -> Passage | None:
        try:
            return services.relancer(jour=jour, par=systeme("manage.py relancer"))
        except Invalide as refus:
            raise CommandError(f"{refus.message} Ajoutez --apercu.") from refus
        except Conflit as refus:
            if refus.code not in {"passage_deja_fait", "jour_ferie"}:
                raise CommandError(refus.message) from refus
            self.stderr.write(f"{refus.message} Aucune relance n'est envoyée.")
            return None

    def _raconter(self, plan: Plan, passage: Passage | None) -> None:
        ecrire = self.stdout.write
        for envoi in plan.envois():
            for ligne in envoi.lignes:
                ecrire(
                    f"{ligne.faits.numero}\t{ligne.faits.client_code}\tJ+{ligne.niveau.jours}"
                    f"\t{ligne.retard} j\t{en_euros(ligne.faits.solde)}\t{envoi.canal}"
                )
        ecrire(
            f"Relances du {plan.au:%d/%m/%Y} : {len(plan.a_relancer)} à "
            f"{plan.clients_a_relancer} client{'s' if plan.clients_a_relancer > 1 else ''}, "
            f"pour {en_euros(plan.total_a_relancer)}."
        )
        for motif, combien in sorted(plan.motifs.items()):
            ecrire(f"  écartées, {motif} : {combien} ({MOTIFS[motif]})")
        if passage:
            ecrire(
                f"Fait : {passage.courriels} courriels promis, {_lettres(passage)} lettres à "
                f"poster, {passage.echecs} échecs."
            )

    def _envoyer(self, *, muet: bool) -> None:
        """Do at once what the minute sweeps would do."""
        while produire_les_promis()["produits"]:
            pass
        while comptes := envoyer_les_courriels():
            if not muet:
                bilan = ", ".join(f"{statut} : {combien}" for statut, combien in comptes.items())
                self.stdout.write(f"Courriels : {bilan}")


def _lettres(passage: Passage) -> int:
    """How many envelopes: a letter lists several invoices."""
    return passage.relances.a_poster().values("lettre").distinct().count()


def _jour(texte: str) -> date:
    try:
        return date.fromisoformat(texte)
    except ValueError as erreur:
        raise ArgumentTypeError(f"« {texte} » n'est pas une date AAAA-MM-JJ") from erreur


def en_json(plan: Plan, passage: Passage | None) -> dict[str, Any]:
    """The plan with the keys of attendu.json, and what the run did."""
    lignes = plan.a_relancer
    return {
        "au": plan.au.isoformat(),
        "a_relancer": len(lignes),
        "clients_a_relancer": plan.clients_a_relancer,
        "total_a_relancer": str(plan.total_a_relancer),
        "ecartees": dict(plan.motifs),
        "a_poster": [[ligne.faits.numero, ligne.faits.client_code] for ligne in plan.a_poster],
        "detail": [
            [
                ligne.faits.numero,
                ligne.faits.client_code,
                ligne.retard,
                str(ligne.faits.solde).replace(".", ","),
            ]
            for ligne in lignes
        ],
        "ecartees_detail": [
            [ecartee.faits.numero, ecartee.faits.client_code, ecartee.motif]
            for ecartee in plan.ecartees
        ],
        "passage": services.compteurs(passage) if passage else None,
    }
