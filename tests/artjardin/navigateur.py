"""What a browser does in the admin: log in, go to a page, post a form."""

from django.test import Client
from django.urls import reverse

from tests.connexion import se_connecter


def ouvrir(user):
    """A browser where this person is logged in."""
    return se_connecter(Client(), user)


def page(objet, quoi="change"):
    """The address of a list, of a form, or of a decision about an object."""
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}_{quoi}"
    return reverse(nom, args=[] if quoi in {"changelist", "add"} else [objet.pk])


def messages_de(reponse):
    return [str(message) for message in reponse.context["messages"]]


def formulaire(prefixe, *lignes, initiales=0, **champs):
    """What the browser posts for a document and its lines."""
    gestion = {f"{prefixe}-TOTAL_FORMS": len(lignes), f"{prefixe}-INITIAL_FORMS": initiales}
    for rang, ligne in enumerate(lignes):
        gestion |= {f"{prefixe}-{rang}-{champ}": valeur for champ, valeur in ligne.items()}
    return champs | gestion
