"""What Prometheus would read: samples by name and labels."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ops.mesures import collecte, exposition

Releves = dict[str, dict[tuple[str, ...], float]]


def releves(texte: str) -> Releves:
    """By sample name, then by the values of the labels (in the order of their names)."""
    par_nom: Releves = {}
    for famille in text_string_to_metric_families(texte):
        for sonde in famille.samples:
            cle = tuple(valeur for _, valeur in sorted(sonde.labels.items()))
            assert cle not in par_nom.setdefault(sonde.name, {}), f"{sonde.name} {cle} deux fois"
            par_nom[sonde.name][cle] = sonde.value
    return par_nom


def du_produit() -> Releves:
    """Read now, in the transaction of the test."""
    textes = exposition.en_texte(lire_ici())
    return releves(textes.decode())


def lire_ici() -> list[Any]:
    """Each group, as a look reads it, without its thread: it would not see our transaction."""
    return [metrique for groupe in collecte.GROUPES for metrique in groupe.lire()]
