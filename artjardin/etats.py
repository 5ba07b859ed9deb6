"""State machines: one function checks a declared table of transitions. Pure."""

from collections.abc import Collection, Mapping

from artjardin.erreurs import Conflit


def exiger(transitions: Mapping[str, Collection[str]], *, de: str, vers: str) -> None:
    """Raise Conflit unless the table allows going from `de` to `vers`.

    >>> exiger({"brouillon": ["emise"]}, de="brouillon", vers="emise")
    >>> exiger({"brouillon": ["emise"]}, de="emise", vers="brouillon")
    Traceback (most recent call last):
    artjardin.erreurs.Conflit: Impossible de passer de « emise » à « brouillon ».
    """
    if vers not in transitions.get(de, ()):
        noms = {str(etat): str(getattr(etat, "label", etat)) for etat in transitions}
        raise Conflit(
            f"Impossible de passer de « {noms.get(de, de)} » à « {noms.get(vers, vers)} ».",
            code="transition_refusee",
        )
