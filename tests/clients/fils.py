"""Threads for the tests, each with its own database connection."""

from threading import Barrier, Thread

from django.db import connections, transaction


def en_parallele(*travaux):
    """Start all together; return what each gave, or the error that it raised."""
    depart, resultats = Barrier(len(travaux)), [None] * len(travaux)

    def courir(rang, travail):
        depart.wait()
        try:
            resultats[rang] = travail()
        except Exception as erreur:  # noqa: BLE001 - the test looks at it
            resultats[rang] = erreur
        finally:
            connections.close_all()

    fils = [Thread(target=courir, args=paire) for paire in enumerate(travaux)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    return resultats


def pendant(premier, second):
    """Start `second` in a thread while the transaction of `premier` is open; both results."""
    resultats = []

    def courir():
        resultats.extend(en_parallele(second))

    with transaction.atomic():
        resultat = premier()
        fil = Thread(target=courir)
        fil.start()
        fil.join(timeout=0.4)  # long enough to reach the lock; a shorter wait proves less
    fil.join(timeout=30)
    return resultat, resultats[0]
