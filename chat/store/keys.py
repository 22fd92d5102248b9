"""What a process knows and no database holds: the key that seals, and the secret shared with the payment service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from chat.errors import Unavailable

NONCE_BYTES = 12  # of AES-GCM, NIST SP 800-38D
VERSION = "1."


@dataclass(frozen=True)
class Keys:
    """`seal` and `open` with AES-256-GCM. What was sealed for one thing opens for no other."""

    secret: str = field(default="", repr=False)
    payment_secret: str | None = field(default=None, repr=False)  # None: there is no payment service

    def seal(self, text: str, of: str) -> str:
        """`of` is the id of what the text belongs to."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # an idle server does without its 8 MB

        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self._key()).encrypt(nonce, text.encode(), of.encode())
        return VERSION + base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str, of: str) -> str:
        """Raises Unavailable for what another key sealed, or what was sealed for something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        raw = base64.urlsafe_b64decode(sealed.removeprefix(VERSION))
        try:
            return AESGCM(self._key()).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], of.encode()).decode()
        except InvalidTag:
            raise Unavailable("What was stored encrypted does not open with this server's key.") from None

    def check_value(self) -> str:
        """Tells one key from another, and nothing else about it."""
        return hmac.new(self._key(), b"nightdesk: is this the key?", hashlib.sha256).hexdigest()[:32]

    def blinded(self, text: str, of: str) -> str:
        """The same for the same text of the same thing, and says neither what it was nor whether it was elsewhere."""
        return hmac.new(self._key(), f"{of} {text}".encode(), hashlib.sha256).hexdigest()[:32]

    def _key(self) -> bytes:
        if not self.secret:
            raise Unavailable("This process was given no key, so nothing can be stored encrypted.")
        return hashlib.sha256(self.secret.encode()).digest()
