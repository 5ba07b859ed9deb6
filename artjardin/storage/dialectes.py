"""How each S3 provider wants to be spoken to. Pure.

Learnt from their documentation and their users' threads:

- aws: a PUT under Object Lock needs Content-MD5 or a checksum *header*, each part too; the
  checksum in a trailer that boto3 sends by itself since 1.36 is refused there.
- scaleway, ovh, garage: know neither that trailer nor CRC32. Content-MD5 is understood by all, and
  the signature covers the SHA-256 of the body, so that it is checked as well.
- scaleway: no conditional write, no SSE-S3 announced. ovh: conditional writes since June 2026.
- garage: neither versions, nor Object Lock, nor SSE-S3; path style unless DNS was prepared.
- minio: refuses AES256 while no KMS is set up.
- A bucket whose name has a dot breaks the certificate in virtual-host style: path then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Dialecte:
    """`verrou`: Object Lock; `conditionnel`: If-None-Match on a write; `versions`: versioning."""

    nom: str
    adressage: str
    controles: str
    chiffrement: str
    verrou: bool = True
    conditionnel: bool = True
    versions: bool = True


CONNUS = {
    un.nom: un
    for un in (
        Dialecte("aws", "virtual", "sha256", "AES256"),
        Dialecte("scaleway", "virtual", "md5", "aucun", conditionnel=False),
        Dialecte("ovh", "virtual", "md5", "AES256"),
        Dialecte(
            "garage", "path", "md5", "aucun", verrou=False, conditionnel=False, versions=False
        ),
        Dialecte("minio", "path", "sha256", "aucun"),
    )
}
CHOIX = {
    "adressage": ("path", "virtual"),
    "controles": ("sha256", "md5"),
    "chiffrement": ("AES256", "aws:kms", "aucun"),
}


def choisir(
    nom: str, *, adressage: str = "", controles: str = "", chiffrement: str = ""
) -> Dialecte:
    """The dialect with what the settings change in it. Raise ValueError with a French message.

    >>> choisir("garage", adressage="virtual").adressage
    'virtual'
    """
    voulus = {"adressage": adressage, "controles": controles, "chiffrement": chiffrement}
    if manques := fautes(nom, **voulus):
        raise ValueError(" ".join(manques))
    connu = CONNUS[nom]
    return replace(
        connu,
        adressage=adressage or connu.adressage,
        controles=controles or connu.controles,
        chiffrement=chiffrement or connu.chiffrement,
    )


def fautes(nom: str, **voulus: str) -> list[str]:
    """What is wrong in the settings, one sentence each.

    >>> fautes("azure", adressage="chemin")[1]
    "S3_ADRESSAGE vaut « chemin » : c'est path ou virtual."
    """
    dites = []
    if nom not in CONNUS:
        dites.append(f"S3_DIALECTE vaut « {nom} » : c'est {_ou(tuple(CONNUS))}.")
    for clef, dit in voulus.items():
        if dit and dit not in CHOIX[clef]:
            dites.append(f"S3_{clef.upper()} vaut « {dit} » : c'est {_ou(CHOIX[clef])}.")
    return dites


def _ou(noms: tuple[str, ...]) -> str:
    return f"{', '.join(noms[:-1])} ou {noms[-1]}"
