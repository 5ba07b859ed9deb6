"""Who is where and when: five weeks done, one running today, three weeks planned. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from ops.demo.imagines import ChantierImagine, InterventionImaginee

SLOTS = ((time(8), time(12)), (time(13, 30), time(17)))


def imaginer_le_planning(
    rng: Random, chantiers: list[ChantierImagine], *, au: date
) -> Iterator[InterventionImaginee]:
    """Each slot of each employee is given at most once, so nothing overlaps."""
    faits = _de_statut(chantiers, {"facture", "termine", "en_cours"})
    en_cours = _de_statut(chantiers, {"en_cours"})
    prevus = _de_statut(chantiers, {"planifie", "en_cours"})
    for ecart in range(-35, 22):
        jour = au + timedelta(days=ecart)
        for employe in range(3):
            for matin, (debut, fin) in enumerate(SLOTS):
                en_train = ecart == employe == matin == 0
                if not en_train and (jour.weekday() > 4 or rng.random() > 0.55):  # noqa: PLR2004
                    continue
                lieux = en_cours if en_train else faits if ecart < 0 else prevus
                yield InterventionImaginee(
                    chantier=rng.choice(lieux),
                    employe=employe,
                    debut=datetime.combine(jour, debut),
                    fin=datetime.combine(jour, fin),
                    statut="en_cours" if en_train else _avancement(rng, ecart),
                    ecart=rng.randint(0, 20),
                )


def _avancement(rng: Random, ecart: int) -> str:
    if ecart >= 0:
        return "annulee" if rng.random() < 0.06 else "planifiee"  # noqa: PLR2004
    return "validee" if ecart < -4 else "terminee"  # noqa: PLR2004


def _de_statut(chantiers: Iterable[ChantierImagine], statuts: set[str]) -> list[int]:
    return [rang for rang, chantier in enumerate(chantiers) if chantier.statut in statuts]
