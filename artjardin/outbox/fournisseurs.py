"""What mail providers tell of addresses, by their webhooks as django-anymail reads them."""

from __future__ import annotations

from typing import Any

from anymail.signals import EventType, RejectReason
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from artjardin.outbox.avis import Avis

# Where anymail reads each one, and by what name it takes our secret
LECTEURS = {
    "brevo": ("anymail.webhooks.brevo.BrevoTrackingWebhookView", "webhook_secret"),
    "mailgun": ("anymail.webhooks.mailgun.MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailjet": ("anymail.webhooks.mailjet.MailjetTrackingWebhookView", "webhook_secret"),
    "postmark": ("anymail.webhooks.postmark.PostmarkTrackingWebhookView", "webhook_secret"),
}
ECHECS = {EventType.BOUNCED, EventType.REJECTED, EventType.DEFERRED}
DEFINITIFS = {RejectReason.BOUNCED, RejectReason.INVALID}


def est_branche(fournisseur: str) -> bool:
    """Only the provider of the settings may write here, and never without a secret."""
    connu = fournisseur in LECTEURS and fournisseur == settings.REBONDS_FOURNISSEUR
    return connu and bool(settings.REBONDS_SECRET)


def lire_l_annonce(requete: HttpRequest, fournisseur: str) -> list[Avis]:
    """The failures that a request announces. Raise SuspiciousOperation on a wrong signature."""
    chemin, clef = LECTEURS[fournisseur]
    lecteur = import_string(chemin)(**{clef: settings.REBONDS_SECRET})
    lecteur.run_validators(requete)
    evenements = lecteur.parse_events(requete)
    return [_avis(evenement) for evenement in evenements if _est_un_echec(evenement)]


def _est_un_echec(evenement: Any) -> bool:
    return evenement.event_type in ECHECS and bool(evenement.recipient)


def _avis(evenement: Any) -> Avis:
    message_id = evenement.message_id or ""
    moment = evenement.timestamp.isoformat() if evenement.timestamp else ""
    diagnostic = evenement.mta_response or evenement.description or evenement.reject_reason or ""
    return Avis(
        adresse=evenement.recipient,
        definitif=_est_definitif(evenement),
        code=_code(diagnostic),
        diagnostic=diagnostic,
        clef=evenement.event_id or f"{message_id} {evenement.event_type} {moment}",
        message_id=message_id,
    )


def _est_definitif(evenement: Any) -> bool:
    """Anymail gives soft bounces the type of hard ones: the provider's own word tells them."""
    brut = evenement.esp_event
    mot = f"{brut.get('event', '')} {brut.get('Type', '')}".lower()
    dur = evenement.event_type != EventType.DEFERRED and "soft" not in mot
    return dur and evenement.reject_reason in DEFINITIFS and brut.get("hard_bounce", True)


def _code(diagnostic: str) -> str:
    """The first enhanced code of a text.

    >>> _code("smtp; 550-5.1.1 inconnu"), _code("inconnu")
    ('5.1.1', '')
    """
    mots = diagnostic.replace("-", " ").split()
    codes = (mot for mot in mots if mot[:2] in {"4.", "5."} and mot.count(".") == 2)  # noqa: PLR2004
    return next(codes, "")
