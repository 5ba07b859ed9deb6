"""AES-256-GCM: bound to its place, under a ring that turns."""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from artjardin.accounts.chiffrement import (
    Illisible,
    Trousseau,
    lire_trousseau,
    nouvelle_clef,
)

UNE, DEUX = bytes(range(32)), bytes(range(100, 132))
ANNEAU = Trousseau({"k1": UNE})


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_is_encrypted_comes_back_in_its_place(clair, lieu):
    assert ANNEAU.dechiffrer(ANNEAU.chiffrer(clair, lie_a=lieu), lie_a=lieu) == clair


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_bit_changed_anywhere_does_not_decrypt(clair, hasard):
    chiffre = ANNEAU.chiffrer(clair, lie_a="x")
    rang = hasard.draw(st.integers(0, len(chiffre) - 1))
    autre = chr(ord(chiffre[rang]) ^ 1)
    # base64 leaves a few bits of its last sign unused: the same bytes then
    change = chiffre[:rang] + autre + chiffre[rang + 1 :]

    try:
        assert ANNEAU.dechiffrer(change, lie_a="x") == clair
        assert rang == len(chiffre.rstrip("=")) - 1
    except Illisible:
        pass


def test_moved_elsewhere_it_does_not_decrypt():
    chiffre = ANNEAU.chiffrer(b"secret", lie_a="compte:1")

    with pytest.raises(Illisible, match="place"):
        ANNEAU.dechiffrer(chiffre, lie_a="compte:2")


def test_the_same_text_is_never_encrypted_alike():
    assert len({ANNEAU.chiffrer(b"secret", lie_a="x") for _ in range(50)}) == 50


def test_it_is_aes_256_gcm_as_another_library_call_reads_it():
    chiffre = ANNEAU.chiffrer(b"secret", lie_a="ici")
    octets = urlsafe_b64decode(chiffre.partition(".")[2])

    assert AESGCM(UNE).decrypt(octets[:12], octets[12:], b"artjardin|k1|ici") == b"secret"


def test_an_older_key_still_reads_and_the_first_one_writes():
    ancien = ANNEAU.chiffrer(b"secret", lie_a="x")
    tourne = Trousseau({"k2": DEUX, "k1": UNE})

    assert tourne.dechiffrer(ancien, lie_a="x") == b"secret"
    assert not tourne.est_courant(ancien)
    assert tourne.est_courant(tourne.chiffrer(b"secret", lie_a="x"))
    with pytest.raises(Illisible, match="k1"):
        Trousseau({"k2": DEUX}).dechiffrer(ancien, lie_a="x")


def test_a_key_renamed_does_not_pass_for_another():
    chiffre = ANNEAU.chiffrer(b"secret", lie_a="x")

    with pytest.raises(Illisible):
        Trousseau({"k2": UNE}).dechiffrer("k2." + chiffre.partition(".")[2], lie_a="x")


@pytest.mark.parametrize(
    "texte",
    [
        "", "k1", "k1:", "k1:AAAA", "k1:pas du base64", "K 1:{clef}",
        "k1:" + b64encode(b"a" * 32).decode(),
        "k1:{clef},k1:{clef}",
    ],
)  # fmt: skip
def test_a_faulty_ring_is_refused(texte):
    with pytest.raises(ValueError, match="clef"):
        lire_trousseau(texte.replace("{clef}", nouvelle_clef()))


def test_both_alphabets_of_base64_are_read():
    cle = bytes(255 - rang for rang in range(32))  # "//79…" in one, "__79…" in the other
    for ecrite in (b64encode(cle).decode(), urlsafe_b64encode(cle).decode()):
        assert lire_trousseau(f"k1:{ecrite}").cles["k1"] == cle
