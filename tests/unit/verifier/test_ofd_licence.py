"""Who vouches for the licence an OFD is, where several have signed it."""

from __future__ import annotations

from tests.support.ofd_forge import pack, sample_files, sealed
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.unit.verifier.licences import metadata, status_token, told
from tests.unit.verifier.test_ofd import OPEN, PASSED, Desk
from trustkit.verdict import SubIndication
from trustkit.x509.name import Name


def test_the_issuer_is_looked_for_among_all_who_signed() -> None:
    """A clerk signs before the office does, and the list of signatures is in nobody's order."""
    world = PkiWorld()
    clerk = world.issue("经办人", subject_der=Name.build(country="CN", organisation="某企业", common_name="经办人"))
    seal = make_seal(world, users=(clerk.der,))
    files = sealed(world, sample_files(attachment=metadata()), seal=seal, signature={"signer": clerk})
    data = pack(sealed(world, files, number=1, boundary="20 8 30 20"))
    assert told(Desk(world).verify(data, status_token(world))) == (PASSED, None)
    assert told(Desk(world).verify(pack(files), status_token(world))) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
