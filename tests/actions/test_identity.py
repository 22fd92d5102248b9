"""What a site's back end says of its user: which tokens hold, for how long, and with which of the site's keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chat.actions import identity
from chat.errors import BadShape, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.actions.conftest import Desk
from tests.actions.test_people import SECRET, arrive, signed, whose

ANOTHER = "another secret, which is long enough to sign with"


def refused(desk: Desk, token: str, by: str | None = None) -> None:
    with pytest.raises(Unauthenticated) as told:
        arrive(desk, by, identity=token)
    assert told.value.code == "bad_identity"


@pytest.mark.parametrize("lasts", [timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=24)])
def test_an_identity_may_last_a_day(desk: Desk, lasts: timedelta) -> None:
    ends = int((desk.now + lasts).timestamp())
    assert arrive(desk, identity=signed(desk, "u-1", exp=ends)).customer.kind == "verified"


@pytest.mark.parametrize("lasts", [timedelta(seconds=0), timedelta(seconds=-1), timedelta(hours=24, seconds=1)])
def test_an_identity_may_not_have_run_out_or_last_longer(desk: Desk, lasts: timedelta) -> None:
    ends = int((desk.now + lasts).timestamp())
    refused(desk, signed(desk, "u-1", exp=ends))


@pytest.mark.parametrize("ends", ["soon", None, True, math.inf, 10**400, []])
def test_an_identity_may_not_end_at_no_time_at_all(desk: Desk, ends: object) -> None:
    refused(desk, signed(desk, "u-1", exp=ends))


def test_an_identity_may_not_be_signed_by_somebody_else(desk: Desk) -> None:
    ends = int((desk.now + timedelta(minutes=10)).timestamp())
    refused(desk, jwt.encode({"sub": "u-1", "aud": "shop", "exp": ends}, SECRET.upper()))
    refused(desk, signed(desk, "u-1", aud="wallet"))


def test_an_identity_may_not_be_unsigned(desk: Desk) -> None:
    claims = {"sub": "u-1", "aud": "shop", "exp": int((desk.now + timedelta(minutes=10)).timestamp())}
    for header in ({"alg": "none"}, {"alg": "None", "typ": "JWT"}, {"alg": "HS256"}):
        refused(desk, f"{_text(header)}.{_text(claims)}.")


def _text(part: dict[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_an_identity_of_another_site_is_none_here_whoever_signed_it(desk: Desk) -> None:
    desk.change("UPDATE site SET identity_secret = :secret", secret=SECRET)
    refused(desk, signed(desk, "u-1", aud="wallet"))
    refused(desk, signed(desk, "u-1", aud=["wallet", "shop2"]))
    assert arrive(desk, identity=signed(desk, "u-1")).customer.kind == "verified"


def test_an_identity_may_not_be_nobodys(desk: Desk) -> None:
    ends = int((desk.now + timedelta(minutes=10)).timestamp())
    for subject in ("", "  ", "a" * 201, "a\x00", 7, None, ["u-1"]):
        refused(desk, _forged({"sub": subject, "aud": "shop", "exp": ends}, SECRET))


def test_an_identity_holds_from_when_it_says_give_or_take_a_minute(desk: Desk) -> None:
    later = int((desk.now + timedelta(seconds=61)).timestamp())
    refused(desk, signed(desk, "u-1", nbf=later))
    assert arrive(desk, identity=signed(desk, "u-1", nbf=later - 1, iat=later)).customer.kind == "verified"


def test_a_session_ends_with_the_proof_it_was_opened_with_unless_it_is_renewed(desk: Desk) -> None:
    opened = arrive(desk, identity=signed(desk, "u-1"))
    assert opened.renew_in == 9 * 60
    desk.wait(seconds=opened.renew_in)
    renewed = arrive(desk, opened.token, signed(desk, "u-1"))
    assert renewed.token == opened.token
    desk.wait(seconds=opened.renew_in)
    assert whose(desk, opened.token).id == opened.customer.id
    desk.wait(minutes=1)
    with pytest.raises(Unauthenticated):
        whose(desk, opened.token)
    assert arrive(desk, opened.token).customer.kind == "anonymous"


def test_of_a_very_short_proof_half_its_life_is_left_to_renew_it(desk: Desk) -> None:
    ends = int((desk.now + timedelta(seconds=30)).timestamp())
    assert arrive(desk, identity=signed(desk, "u-1", exp=ends)).renew_in == 15
    assert arrive(desk).renew_in is None


def test_a_proof_of_a_session_that_was_signed_out_of_opens_nothing_any_more(desk: Desk) -> None:
    first, second, elsewhere = (signed(desk, "u-1", jti=name) for name in ("first", "second", "elsewhere"))
    opened = arrive(desk, identity=first)
    assert arrive(desk, opened.token, second).token == opened.token
    on_the_phone = arrive(desk, identity=elsewhere)
    assert arrive(desk, opened.token, first).token == opened.token  # another tab has the same one
    desk.do(whose(desk, opened.token), "sign_out")
    refused(desk, first)
    refused(desk, second)
    assert arrive(desk, on_the_phone.token, elsewhere).token == on_the_phone.token
    assert arrive(desk, identity=signed(desk, "u-1", jti="third")).customer.id == opened.customer.id


def test_used_proofs_are_forgotten_once_they_have_run_out(desk: Desk) -> None:
    arrive(desk, identity=signed(desk, "u-1"))
    desk.wait(minutes=9, seconds=59)
    desk.sweep()
    assert len(desk.rows("SELECT hash FROM identityuse")) == 1
    desk.wait(seconds=1)
    desk.sweep()
    assert desk.rows("SELECT hash FROM identityuse") == []


def test_signed_attributes_are_shown_apart_and_what_the_page_says_is_a_claim(desk: Desk) -> None:
    attributes = {"plan": "gold", "Bad Name": "x", "since": 7, "empty": " "}
    opened = arrive(desk, identity=signed(desk, "u-1", name="李娜", attributes=attributes))
    li_na = whose(desk, opened.token)
    started = desk.do(li_na, "start", topic="other", form={"plan": "platinum"})
    here = {"conversation_id": started["conversation"]["id"]}
    shown = desk.do(desk.mei, "sync", **here)["conversation"]
    assert shown["verified"] == {"name": "李娜", "attributes": {"plan": "gold"}}
    assert shown["form"] == {"plan": "platinum"}
    assert "verified" not in desk.do(li_na, "sync", **here, after_seq=0)["conversation"]
    arrive(desk, opened.token, signed(desk, "u-1", attributes="gold"))
    assert desk.do(desk.mei, "sync", **here)["conversation"]["verified"] == {"name": "李娜", "attributes": {}}


# -- keys ---------------------------------------------------------------------------------------------------------


def pem(private: Any) -> tuple[str, str]:
    """Both halves."""
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public.decode()


RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
ED = pem(ed25519.Ed25519PrivateKey.generate())
WEAK = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
CURVE = pem(ec.generate_private_key(ec.SECP256R1()))


def signed_with(desk: Desk, key: str, algorithm: str = "HS256", person: str = "u-1") -> str:
    ends = int((desk.now + timedelta(minutes=10)).timestamp())
    return jwt.encode({"sub": person, "aud": "shop", "exp": ends}, key, algorithm=algorithm)


def set_keys(desk: Desk, *keys: dict[str, str]) -> list[dict[str, str]]:
    settings = desk.do(desk.admin, "set_site", site="shop", identity_keys=list(keys))["settings"]
    shown: list[dict[str, str]] = settings["identity_keys"]
    return shown


@pytest.mark.parametrize(("algorithm", "pair"), [("RS256", RSA), ("EdDSA", ED)])
def test_a_site_may_sign_with_a_key_of_which_only_the_public_half_is_here(
    desk: Desk, algorithm: str, pair: tuple[str, str]
) -> None:
    set_keys(desk, {"algorithm": algorithm, "key": pair[1]})
    assert arrive(desk, identity=signed_with(desk, pair[0], algorithm)).customer.kind == "verified"
    refused(desk, signed(desk, "u-1"))  # with the secret it had before


def test_a_public_key_is_no_secret_to_sign_with(desk: Desk) -> None:
    """The oldest trick with these tokens: everybody knows a public key."""
    set_keys(desk, {"algorithm": "RS256", "key": RSA[1]})
    claims = {"sub": "u-1", "aud": "shop", "exp": int((desk.now + timedelta(minutes=10)).timestamp())}
    forged = _forged(claims, RSA[1])
    refused(desk, forged)


def _forged(claims: dict[str, Any], key: str) -> str:
    """What our library would not sign."""
    body = f"{_text({'alg': 'HS256'})}.{_text(claims)}"
    return f"{body}.{_text(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest())}"


def test_while_a_key_is_changed_tokens_of_the_old_and_the_new_one_hold(desk: Desk) -> None:
    [old] = desk.do(desk.lin, "site_settings", site="shop")["settings"]["identity_keys"]
    both = set_keys(desk, {"id": old["id"]}, {"algorithm": "HS256", "key": ANOTHER})
    assert [key["algorithm"] for key in both] == ["HS256", "HS256"]
    assert ANOTHER not in json.dumps(both)
    for key in (SECRET, ANOTHER):
        assert arrive(desk, identity=signed_with(desk, key)).customer.kind == "verified"
    set_keys(desk, {"id": both[1]["id"]})
    assert arrive(desk, identity=signed_with(desk, ANOTHER)).customer.kind == "verified"
    refused(desk, signed_with(desk, SECRET))
    [trace] = desk.rows("SELECT data FROM audit WHERE what = 'site_changed' ORDER BY id LIMIT 1")
    assert ANOTHER not in trace["data"]
    assert json.loads(trace["data"]) == {"fields": ["identity_keys"]}


def test_a_server_of_the_version_before_takes_nothing_that_was_taken_away(desk: Desk) -> None:
    def kept() -> str:
        return str(desk.rows("SELECT identity_secret FROM site WHERE key = 'shop'")[0]["identity_secret"])

    set_keys(desk, {"algorithm": "HS256", "key": ANOTHER})
    assert kept() == ANOTHER
    set_keys(desk, {"algorithm": "EdDSA", "key": ED[1]})
    assert kept() not in (ANOTHER, SECRET, "")


WRONG: list[list[dict[str, str]]] = [
    [],
    [{"id": "0" * 12}],
    [{"algorithm": "HS256", "key": "too short"}],
    [{"algorithm": "HS256", "key": RSA[1]}],
    [{"algorithm": "RS256", "key": ED[1]}],
    [{"algorithm": "EdDSA", "key": RSA[1]}],
    [{"algorithm": "RS256", "key": WEAK[1]}],
    [{"algorithm": "EdDSA", "key": CURVE[1]}],
    [{"algorithm": "RS256", "key": RSA[0]}],
    [{"algorithm": "RS256", "key": "-----BEGIN PUBLIC KEY-----"}],
    [{"algorithm": "HS256", "key": ANOTHER}] * 2,
    [{"algorithm": "HS256", "key": ANOTHER + end} for end in "abc"],
    [{"algorithm": "HS256"}],
    [{"algorithm": "none", "key": ANOTHER}],
]


def test_keys_that_cannot_check_a_signature_are_refused_and_those_there_stay(desk: Desk) -> None:
    for keys in WRONG:
        with pytest.raises((Invalid, BadShape)):
            set_keys(desk, *keys)
    assert arrive(desk, identity=signed(desk, "u-1")).customer.kind == "verified"


def test_of_two_admins_who_change_keys_at_once_the_later_is_told(desk: Desk) -> None:
    [old] = desk.do(desk.lin, "site_settings", site="shop")["settings"]["identity_keys"]
    seen = {"site": "shop", "identity_keys_seen": [old["id"]]}
    new = {"algorithm": "HS256", "key": ANOTHER}
    desk.do(desk.admin, "set_site", **seen, identity_keys=[{"id": old["id"]}, new])
    with pytest.raises(Conflict) as late:
        desk.do(desk.admin, "set_site", **seen, identity_keys=[{"id": old["id"]}, {**new, "key": ANOTHER[::-1]}])
    assert (late.value.status, late.value.code) == (409, "changed")
    kept = desk.do(desk.lin, "site_settings", site="shop")["settings"]["identity_keys"]
    assert arrive(desk, identity=signed_with(desk, ANOTHER)).customer.kind == "verified"
    # Who has seen them changes them; and who changes something else need not look.
    desk.do(desk.admin, "set_site", site="shop", identity_keys_seen=[key["id"] for key in kept], identity_keys=[new])
    desk.do(desk.admin, "set_site", site="shop", promise_minutes=30)


def test_only_an_admin_changes_keys(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        desk.do(desk.lin, "set_site", site="shop", identity_keys=[{"algorithm": "HS256", "key": ANOTHER}])


def test_an_operator_makes_a_new_secret_beside_the_one_before_and_drops_that(desk: Desk) -> None:
    secret, keys = desk.write(identity.roll, "shop", None)
    assert secret is not None
    for key in (SECRET, secret):
        assert arrive(desk, identity=signed_with(desk, key)).customer.kind == "verified"
    assert desk.write(identity.drop, "shop", keys[0].id) == keys[1:]
    refused(desk, signed_with(desk, SECRET))
    for wrong, why in ((keys[0].id, NotFound), (keys[1].id, Invalid)):
        with pytest.raises(why):
            desk.write(identity.drop, "shop", wrong)
    assert desk.read(identity.keys, "shop") == keys[1:]
    _, three = desk.write(identity.roll, "shop", ("EdDSA", ED[1]))
    _, newest = desk.write(identity.roll, "shop", None)
    assert newest[0] == three[1]
    refused(desk, signed_with(desk, secret))
