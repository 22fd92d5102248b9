"""Who a site's back end says its user is: the site's keys, and the tokens signed with them.

A site has one or two keys. While a new one is brought in, tokens of either hold; then the old one is taken away. Of a
public key only the half that checks is here. Without `identity_keys` there is the secret the site began with.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chat import wire
from chat.errors import Invalid, NotFound, Unauthenticated
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import Site

LASTS = timedelta(hours=24)  # at the longest: one that never ended would be a password in a page
TOLERANCE = timedelta(seconds=60)  # a back end's clock may be ahead of ours
KEYS = 2
SECRET_CHARACTERS = 32  # at least; RFC 7518, 3.2: a key as long as the hash
RSA_BITS = 2_048
ATTRIBUTES = 10


@dataclass(frozen=True)
class Proof:
    """What was signed, as far as it can be used. `hash` is the token's, which is not kept itself."""

    hash: str
    subject: str
    ends: datetime
    name: str | None
    email: str | None
    phone: str | None
    attributes: dict[str, str]


def read(tx: Tx, site: Site, token: str, now: datetime) -> Proof:
    """Raises Unauthenticated (`bad_identity`), also for a token of a session that somebody has signed out of."""
    claims = _signed(site, token)
    if not _is_current(claims["exp"], now):
        raise _refused("The identity token has run out, or lasts longer than a day.")
    if not _has_begun(claims.get("nbf"), now):
        raise _refused("The identity token does not hold yet.")
    subject = _usable(claims, "sub", wire.Line)
    if subject is None:
        raise _refused("The identity token names nobody.")
    proof = Proof(
        hash=hashlib.sha256(token.encode()).hexdigest(),
        subject=subject,
        ends=datetime.fromtimestamp(claims["exp"], UTC),
        name=_usable(claims, "name", wire.Line),
        email=_usable(claims, "email", wire.Email),
        phone=_usable(claims, "phone", wire.Phone),
        attributes=_attributes(claims.get("attributes")),
    )
    if people.is_spent(tx, proof.hash):
        raise _refused("The identity token is of a session that was signed out of: sign a new one.")
    return proof


def sign(site: Site, claims: Mapping[str, Any]) -> str:
    """As the site's back end would. Raises NotFound: it signs with what only it has."""
    import jwt  # an idle server does without the 8 MB that signatures take

    secret = next((key["key"] for key in keys_of(site) if key["algorithm"] == "HS256"), None)
    if secret is None:
        raise NotFound("This site has no secret to sign with.")
    return jwt.encode({**claims, "aud": site.key, "jti": secrets.token_hex(8)}, secret, algorithm="HS256")


def _signed(site: Site, token: str) -> dict[str, Any]:
    import jwt

    for key in keys_of(site):
        # One key, one algorithm: a public key must never be taken for a secret.
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key["key"],
                algorithms=[key["algorithm"]],
                audience=site.key,
                options={
                    "require": ["sub", "exp", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError:
            continue
        return claims
    raise _refused("The identity token does not hold.")


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(why, code="bad_identity")


def _is_current(ends: object, now: datetime) -> bool:
    return isinstance(ends, int | float) and now.timestamp() < ends <= (now + LASTS).timestamp()


def _has_begun(begins: object, now: datetime) -> bool:
    return begins is None or (isinstance(begins, int | float) and begins <= (now + TOLERANCE).timestamp())


def _usable(claims: Mapping[str, Any], name: str, kind: Any) -> str | None:
    """A claim of that kind; one that could not be used anyway counts as not made."""
    try:
        value: str = TypeAdapter(kind).validate_python(claims.get(name), strict=True)
    except (ValidationError, Invalid):
        return None
    return value


def _attributes(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    usable = {name: _usable(given, name, wire.Line) for name in given if _is_code(name)}
    return {name: value for name, value in list(usable.items())[:ATTRIBUTES] if value is not None}


def _is_code(name: str) -> bool:
    return _usable({"name": name}, "name", wire.Code) is not None


# -- a site's keys ------------------------------------------------------------------------------------------------


def keys_of(site: Site) -> list[dict[str, str]]:
    """Each an `id`, an `algorithm` and a `key`: a secret, or a public key as PEM. The newest stands last."""
    if site.identity_keys is None:
        return [_key("HS256", site.identity_secret)]
    return site.identity_keys


def shown(site: Site) -> list[wire.IdentityKey]:
    """Without what checks a signature, which for a secret is also what makes one."""
    return [wire.IdentityKey(id=key["id"], algorithm=key["algorithm"]) for key in keys_of(site)]


def chosen(site: Site, given: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A site's keys as an admin wants them: those there are by their id, new ones whole. Raises Invalid."""
    if not 1 <= len(given) <= KEYS:
        raise Invalid(f"A site has one or two identity keys, not {len(given)}.")
    known = {key["id"]: key for key in keys_of(site)}
    keys = []
    for key in given:
        if key.get("id"):
            if key["id"] not in known:
                raise Invalid(f"The site has no identity key {key['id']}.")
            keys.append(known[key["id"]])
        else:
            keys.append(made(key["algorithm"], key["key"]))
    if len({key["id"] for key in keys}) < len(keys):
        raise Invalid("The same identity key is there twice.")
    return keys


def made(algorithm: str, key: str) -> dict[str, str]:
    """A key that can check signatures. Raises Invalid, without telling what was given."""
    if algorithm == "HS256":
        if len(key) < SECRET_CHARACTERS or "-----BEGIN" in key:
            raise Invalid(f"A secret has at least {SECRET_CHARACTERS} characters, and is no PEM.")
        return _key(algorithm, key)
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(key.encode())
    except Exception:
        raise Invalid("This is no public key: give the PEM that begins with -----BEGIN PUBLIC KEY-----.") from None
    if algorithm == "EdDSA" and isinstance(public, ed25519.Ed25519PublicKey):
        return _key(algorithm, key)
    if algorithm == "RS256" and isinstance(public, rsa.RSAPublicKey) and public.key_size >= RSA_BITS:
        return _key(algorithm, key)
    raise Invalid(f"RS256 takes an RSA key of at least {RSA_BITS} bits, EdDSA an Ed25519 one.")


def _key(algorithm: str, key: str) -> dict[str, str]:
    return {"id": hashlib.sha256(key.encode()).hexdigest()[:12], "algorithm": algorithm, "key": key}


def put(site: Site, keys: list[dict[str, str]]) -> None:
    site.identity_keys = keys
    # A server of the version before knows this column only: what was taken away must not hold there either.
    newest = [key["key"] for key in keys if key["algorithm"] == "HS256"]
    site.identity_secret = newest[-1] if newest else secrets.token_urlsafe(32)


def roll(tx: Tx, key: str, public: tuple[str, str] | None, now: datetime) -> tuple[str | None, list[wire.IdentityKey]]:
    """A new key, beside the newest there was: a secret that is made, or a public key (algorithm, PEM).

    Gives the secret, and the keys that hold from now on. Raises NotFound, Invalid.
    """
    site = _site(tx, key)
    secret = None if public else secrets.token_urlsafe(32)
    new = made(*public) if public else made("HS256", secret or "")
    put(site, [*[one for one in keys_of(site) if one["id"] != new["id"]][-1:], new])
    return secret, shown(site)


def drop(tx: Tx, key: str, key_id: str, now: datetime) -> list[wire.IdentityKey]:
    """Tokens signed with that key hold no more. Raises NotFound, Invalid: it is the last one."""
    site = _site(tx, key)
    left = [one for one in keys_of(site) if one["id"] != key_id]
    if len(left) == len(keys_of(site)):
        raise NotFound(f"The site {key} has no identity key {key_id}.")
    put(site, chosen(site, [{"id": one["id"]} for one in left]))
    return shown(site)


def keys(tx: Tx, key: str, now: datetime) -> list[wire.IdentityKey]:
    """Raises NotFound."""
    return shown(_site(tx, key))


def _site(tx: Tx, key: str) -> Site:
    site = people.site_by_key(tx, key)
    if site is None:
        raise NotFound(f"There is no site {key}.")
    return site
