"""manage.py restaurer: put a backup back, or try one, with its checks (docs/exploitation.md)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import ErreurMetier
from artjardin.sauvegardes import bases, cles, programmes, tuyaux
from artjardin.sauvegardes.services import restauration
from ops import reprise
from ops.roles import accorder_les_roles

NOM = "manage.py restaurer"
PAR = systeme(NOM)
REFUS = (
    "Des contrôles échouent : rien n'est changé. Restaurez une autre sauvegarde, ou gardez "
    "celle-ci avec « --malgre-les-anomalies » ; n'exécutez rien d'autre avant, qui remplirait une "
    "base vide."
)


class Command(BaseCommand):
    help = "Restaure une sauvegarde : la dernière vérifiée, ou celle dont on donne le nom."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("nom", nargs="?", default="", help="nom, ou fichier .dump.zst.age")
        parser.add_argument("--clef", help="fichier de la clef privée age ; sinon, demandée")
        parser.add_argument("--liste", action="store_true", help="montre les sauvegardes trouvées")
        parser.add_argument(
            "--essai", action="store_true", help="restaure à côté, contrôle, efface"
        )
        parser.add_argument("--remplacer", action="store_true", help="si la base n'est pas vide")
        parser.add_argument("--oui", action="store_true", help="ne demande pas de confirmation")
        parser.add_argument(
            "--malgre-les-anomalies", action="store_true", help="garde une base qui a des défauts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["liste"]:
                self._lister()
            elif options["essai"]:
                self._essayer(options)
            else:
                self._restaurer(options)
        except (ErreurMetier, OSError, tuyaux.Echec) as refus:
            raise CommandError(getattr(refus, "message", str(refus))) from refus

    def _lister(self) -> None:
        for source in restauration.sources():
            self._presenter(source)

    def _essayer(self, options: dict[str, Any]) -> None:
        source, clef = restauration.choisir(options["nom"]), self._clef(options)
        self._presenter(source)
        rapport = restauration.essayer(source, clef, suivre=self._progres(source))
        reprise.noter_l_essai(source, rapport, par=PAR)
        self._rapporter(rapport)
        if rapport["anomalies"]:
            raise CommandError("Cette sauvegarde ne se restaure pas comme elle devrait.")

    def _restaurer(self, options: dict[str, Any]) -> None:
        source = restauration.choisir(options["nom"])
        self._presenter(source)
        if not options["nom"]:
            self._dire_les_plus_recentes(source)
        self._demander(options)
        clef, progres = self._clef(options), self._progres(source)
        with restauration.preparation(source, clef, suivre=progres) as preparee:
            self._rapporter(preparee.rapport)
            if preparee.rapport["anomalies"] and not options["malgre_les_anomalies"]:
                raise CommandError(REFUS + self._sans_defaut(source))
            ancienne = preparee.basculer(marque=self._marque(source))
        if ancienne:
            self.stdout.write(f"L'ancienne base est gardée sous le nom {ancienne}.")
        self._reprendre(source)

    def _dire_les_plus_recentes(self, source: restauration.Source) -> None:
        recentes = restauration.plus_recentes(source)
        if recentes:
            self.stdout.write("Plus récentes, jamais restaurées avec succès (donnez un nom) :")
        for une in recentes:
            self._presenter(une)

    def _sans_defaut(self, source: restauration.Source) -> str:
        """Which one to take instead, at the price of what was entered since."""
        saine = restauration.derniere_sans_defaut()
        if saine is None or saine.manifeste.nom == source.manifeste.nom:
            return ""
        quand = timezone.localtime(saine.manifeste.instant)
        return f" La dernière sans défaut : {saine.manifeste.nom}, du {quand:%d/%m/%Y %H:%M}."

    def _reprendre(self, source: restauration.Source) -> None:
        """What the business must know of its own past; the schema is this code's already."""
        accorder_les_roles()
        for ligne in reprise.reprendre(source.manifeste, par=PAR):
            self.stdout.write(ligne)
        self.stdout.write(self.style.SUCCESS("La base est restaurée."))

    def _marque(self, source: restauration.Source) -> dict[str, Any]:
        """What is written in the restored database before it takes the place of ours."""
        manifeste = source.manifeste
        return {"nom": manifeste.nom, "lignes": manifeste.lignes, "par": NOM}

    def _demander(self, options: dict[str, Any]) -> None:
        """A full database is replaced only when asked for, and its name typed."""
        nom = connection.settings_dict["NAME"]
        pleine = not bases.est_vide(programmes.parametres())
        if pleine and not options["remplacer"]:
            raise CommandError(f"La base {nom} n'est pas vide : ajoutez --remplacer.")
        if pleine and not options["oui"]:
            dit = input(f"La base {nom} contient des données. Tapez son nom pour la remplacer : ")
            if dit.strip() != nom:
                raise CommandError("Rien n'est changé.")

    def _clef(self, options: dict[str, Any]) -> Any:
        """Never on the command line: a file, or typed without being shown."""
        if options["clef"]:
            chemin = Path(options["clef"])
        elif cles.clef_de_restauration().exists():
            chemin = cles.clef_de_restauration()
        else:
            return cles.lire_une_clef(getpass("Clef privée (AGE-SECRET-KEY-1…) : "))
        try:
            return cles.lire_une_clef(chemin.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as erreur:
            raise CommandError(f"{chemin} est illisible : {erreur}") from erreur

    def _presenter(self, source: restauration.Source) -> None:
        manifeste = source.manifeste
        quand = timezone.localtime(manifeste.instant)
        dite = "vérifiée" if source.verifiee else "non vérifiée"
        if source.defauts:
            s = "s" if len(source.defauts) > 1 else ""
            dite += f", {len(source.defauts)} défaut{s} dans la base : {source.defauts[0]}"
        self.stdout.write(
            f"{manifeste.nom}  {quand:%d/%m/%Y %H:%M}  {manifeste.taille / 2**20:.1f} Mio  "
            f"{manifeste.lignes} lignes  {dite}"
        )

    def _progres(self, source: restauration.Source) -> Any:
        """A line rewritten on a terminal, one line a tenth elsewhere."""
        total, dit = max(source.manifeste.taille, 1), {"dernier": -1}

        def suivre(lus: int) -> None:
            pour_cent = min(100, 100 * lus // total)
            pas = 1 if sys.stdout.isatty() else 10
            if pour_cent // pas > dit["dernier"]:
                dit["dernier"] = pour_cent // pas
                fin = "\r" if sys.stdout.isatty() and pour_cent < 100 else "\n"  # noqa: PLR2004
                self.stdout.write(f"  restauration : {pour_cent} %", ending=fin)
                self.stdout.flush()

        return suivre

    def _rapporter(self, rapport: dict[str, Any]) -> None:
        lus = ", ".join(f"{nom} {nombre}" for nom, nombre in rapport["lus"].items())
        self.stdout.write(f"Contrôlé : {lus}.")
        for anomalie in rapport["anomalies"]:
            self.stdout.write(self.style.ERROR(f"- {anomalie}"))
        for defaut in rapport["defauts"]:
            dit = f"- déjà dans la base sauvegardée, ou dans l'archive : {defaut}"
            self.stdout.write(self.style.WARNING(dit))
        if not rapport["anomalies"]:
            self.stdout.write("Tous les contrôles passent.")
