"""The exact bytes of a message: those of the history are those that left (G5)."""

import hashlib
from io import BytesIO

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as reglages
from hypothesis import strategies as st
from PIL import Image

from artjardin.outbox.message import en_ascii, images, rediger
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import Contenu, envoyer_les_courriels, promettre
from tests.artjardin.factories import creer_pdf, promettre_courriel
from tests.artjardin.serveurs import serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gabarit")]
HTML = '<p>Payez : <img src="cid:virement"> et <img src="cid:avis"></p>'


@pytest.fixture
def envoyer(settings):
    """Send what is due to a server; what it received."""

    def balayer(**script):
        with serveur_smtp(**script) as serveur:
            settings.EMAIL_URL = serveur.url
            envoyer_les_courriels()
        return serveur.recus

    return balayer


def riche(**champs):
    return promettre(
        genre="essai",
        a=["anne@example.org", "paul@château.example"],
        client=7,
        contenu=Contenu(
            "Facture n° 12 – « l'été » " + "très " * 30,
            ".\n..\nFrom moi\n" + "é" * 1500 + "\nfin sans saut",
            HTML,
            {"virement": "BCD\n002\n1\nSCT", "avis": "https://avis.example/?a=é"},
        ),
        pieces=[creer_pdf(nom="Élagage d'été"), creer_pdf()],
        **champs,
    )


def test_the_message_of_the_history_is_byte_for_byte_what_left(envoyer):
    courriel = riche()

    (recu,) = envoyer()

    relu = Courriel.objects.get(pk=courriel.pk)
    assert rediger(relu).message == recu.octets
    assert relu.essais.get().empreinte == hashlib.sha256(recu.octets).hexdigest()
    assert max(map(len, recu.octets.split(b"\r\n"))) <= 200
    assert b"\n" not in recu.octets.replace(b"\r\n", b"")
    assert recu.octets.isascii()


def test_a_second_attempt_hands_the_same_bytes_over(envoyer):
    courriel = riche()

    (premier,) = envoyer(fin="451 plus tard")
    Courriel.objects.update(prochain_essai_le=timezone.now())
    (second,) = envoyer()

    assert premier.octets == second.octets
    assert [(e.resultat, e.reponse) for e in courriel.essais.all()] == [
        ("reporte", "451 plus tard"), ("envoye", "250 2.0.0 conserve"),
    ]  # fmt: skip


def test_a_mail_program_finds_the_parts(envoyer):
    courriel = riche()

    message = envoyer()[0].message

    assert message["Subject"] == courriel.objet
    assert message["To"] == "anne@example.org, paul@xn--chteau-xta.example"
    assert message.get_content_type() == "multipart/mixed"
    texte = message.get_body(["plain"]).get_content().replace("\r\n", "\n")
    assert texte == f"{courriel.texte}\n"
    html = message.get_body(["html"])
    assert html.get_content().strip() == HTML
    pieces = [piece.get_filename() for piece in message.iter_attachments()]
    assert pieces == [piece.document.nom for piece in courriel.pieces.all()]
    assert all(p.get_content().startswith(b"%PDF") for p in message.iter_attachments())


def test_each_code_is_an_image_that_the_html_shows(envoyer):
    courriel = riche()

    dessins = [p for p in envoyer()[0].message.walk() if p.get_content_type() == "image/png"]

    assert [dessin["Content-ID"] for dessin in dessins] == ["<avis>", "<virement>"]
    assert {dessin.get_content_disposition() for dessin in dessins} == {"inline"}
    for dessin in dessins:
        with Image.open(BytesIO(dessin.get_content())) as image:
            assert image.width > 100
    assert set(images(courriel)) == {"virement", "avis"}
    assert images(courriel)["avis"].startswith("data:image/png;base64,")


def test_a_text_alone_is_one_plain_part(envoyer):
    promettre(genre="essai", a=["anne@example.org"], contenu=Contenu("Bonjour", "Voilà.\n"))

    message = envoyer()[0].message

    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "Voilà.\r\n"


def test_two_messages_never_share_a_boundary():
    bornes = {rediger(riche()).message.split(b'boundary="')[1][:32] for _ in range(3)}

    assert len(bornes) == 3


@reglages(max_examples=60, deadline=None)
@given(
    objet=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=250),
    texte=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")),
)
def test_any_subject_and_text_read_back_as_they_were(objet, texte):
    from email import message_from_bytes  # noqa: PLC0415
    from email.policy import default  # noqa: PLC0415

    courriel = Courriel(
        objet=" ".join(objet.split()),
        texte=texte,
        html="<p>x</p>",
        a=["a@example.org"],
        expediteur="Élodie & Cie <b@example.org>",
        message_id="<1@example.org>",
    )

    octets = rediger(courriel).message
    message = message_from_bytes(octets, policy=default)

    lu = message.get_body(["plain"]).get_payload(decode=True).decode()
    assert lu == texte.removesuffix("\n").replace("\n", "\r\n") + "\r\n"
    assert message["Subject"].replace(" ", "") == courriel.objet.replace(" ", "")
    assert message["From"].addresses[0].display_name == "Élodie & Cie"
    assert max(map(len, octets.split(b"\r\n"))) <= 300


def test_a_domain_with_accents_is_written_as_dns_knows_it():
    assert en_ascii("Anne@Château.example") == "Anne@xn--chteau-xta.example"
    assert en_ascii("élodie@example.org") == "élodie@example.org"


def test_messages_about_the_same_thing_to_the_same_person_make_one_thread(envoyer, patron):
    devis, relance, autre_sujet, autre = [
        promettre_courriel(a=[a], sujet=sujet)
        for a, sujet in [
            ("anne@example.org", patron),
            ("anne@example.org", patron),
            ("anne@example.org", None),
            ("paul@example.org", patron),
        ]
    ]
    suite = promettre_courriel(a=["x@example.org", "anne@example.org"], sujet=patron)

    recus = {recu.message["Message-ID"]: recu.message for recu in envoyer()}

    assert recus[devis.message_id]["In-Reply-To"] is None
    assert recus[relance.message_id]["In-Reply-To"] == devis.message_id
    assert recus[suite.message_id]["In-Reply-To"] == relance.message_id
    fil = recus[suite.message_id]["References"].split()
    assert fil == [devis.message_id, relance.message_id]
    assert recus[autre.message_id]["In-Reply-To"] is recus[autre_sujet.message_id]["References"]
    relu = Courriel.objects.get(pk=suite.pk)
    assert (relu.en_reponse_a, relu.fil) == (relance.message_id, fil)


def test_a_long_thread_keeps_its_beginning_and_its_end():
    courriel = Courriel(message_id="<z@b>", fil=[f"<{rang}@b>" for rang in range(10)])

    assert courriel.suite_du_fil == ["<0@b>", *(f"<{rang}@b>" for rang in range(2, 10)), "<z@b>"]


@pytest.mark.parametrize("mauvais", ["a\0b", "a\ud800b", "a\r\nBcc: x@y.example"])
def test_what_a_database_or_a_header_refuses_does_not_stop_the_sweep(envoyer, mauvais):
    promettre(genre="essai", a=["anne@example.org"], contenu=Contenu(mauvais, mauvais, mauvais))
    promettre_courriel()

    recus = envoyer(fin=["250 \0 conserve \x01"])

    assert len(recus) == 2
    assert all(recu.message["Bcc"] is None for recu in recus)
    assert set(Courriel.objects.values_list("statut", flat=True)) == {"envoye"}
