"""Settings from the environment (`NIGHTDESK_*`) and the command line, said in words when wrong."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import datetime, time
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chat.domain.files import KINDS
from chat.errors import SettingsError

SECRET_LENGTH = 32  # the least


class Settings(BaseSettings):
    """Every setting, with its default. `NIGHTDESK_PORT=9000` sets `port`; the command line goes before it."""

    model_config = SettingsConfigDict(env_prefix="NIGHTDESK_", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(Path("data"), description="Folder of the database, the files people send and the outbox.")
    database_url: str | None = Field(
        None,
        validation_alias="database_url",
        repr=False,
        description="postgresql://user:password@host/name. Unset: SQLite in the data folder.",
    )
    redis_url: str | None = Field(
        None,
        validation_alias="redis_url",
        repr=False,
        description="redis://host:6379/0, needed as soon as there is more than one process. Unset: one process alone.",
    )
    engine: Literal["lean", "stock"] = Field(
        "lean",
        description="How sockets are served: `lean` is our own way, `stock` python-socketio's, which takes more CPU.",
    )
    public_url: str | None = Field(
        None,
        description="Where customers reach this server, such as https://chat.example.com. Needed behind a proxy.",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many proxies in front of this server add to X-Forwarded-For, 5 at most."
    )
    metrics_from: str = Field(
        "127.0.0.1, ::1",
        description="Addresses and networks that may read /metrics, such as `10.0.0.0/8`; empty for none.",
    )
    at: str | None = Field(
        None,
        description="HH:MM or an ISO time: moves the calendar's clock there, for trying the desk by night.",
    )
    demo: bool = Field(False, description="Seed demo data into a fresh data folder and serve /demo.")
    work: bool = Field(True, description="Also do the background work (bot, mail, sweep) in this process.")
    upload_mb: int = Field(10, ge=1, le=200, description="How large a file may be that somebody sends, in MB.")
    upload_types: str = Field(
        "png, jpeg, webp, gif, pdf, text",
        description="What may be sent, by content: `png`, `jpeg`, `webp`, `gif`, `pdf`, `text`, `zip`, `heic`, `mp4`.",
    )
    upload_megapixels: int = Field(
        25, ge=1, le=200, description="How many million pixels a picture may have; a JPEG twice as many."
    )
    bot: bool = Field(True, description="Answer from the FAQ while the desk is closed. Off: it takes no memory.")
    bot_target: float = Field(
        0.95, ge=0.5, le=0.999, description="How many of the bot's answers should be right; it answers less for more."
    )
    bot_unanswerable: float = Field(
        0.2, ge=0.0, le=0.9, description="The share of questions that no article answers, as far as is known."
    )
    s3_bucket: str | None = Field(
        None,
        description="Bucket for the files people send, with a prefix if you like, such as `desk/files`."
        " Unset: they lie in the data folder. Needs the extra `s3`.",
    )
    s3_endpoint: str | None = Field(
        None, description="Address of the storage, such as https://s3.example.com. Unset: Amazon's."
    )
    s3_region: str | None = Field(None, description="Its region. Unset: us-east-1, which most others take too.")
    s3_key_id: str | None = Field(
        None, description="The access key's id. Unset: obstore looks where Amazon's own tools do."
    )
    s3_secret: SecretStr | None = Field(None, repr=False, description="The access key's secret.")
    smtp_host: str | None = Field(None, description="Mail server; without one, mail is written to the outbox folder.")
    smtp_port: int = Field(587, ge=1, le=65_535, description="Port of the mail server.")
    smtp_user: str | None = Field(None, description="User at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the line to the mail server is secured: `starttls`, `tls` (from the start) or `none`.",
    )
    mail_from: str = Field("Nightdesk <support@localhost>", description="Sender of mails to customers.")
    secret_key: SecretStr | None = Field(
        None,
        repr=False,
        description="Seals payout accounts; 32 characters or more, the same for every process."
        " Unset: the file `secret.key` in the data folder, made at the first start.",
    )
    payment_url: str | None = Field(
        None, description="The operator's payment service (docs/cases.md). Unset: refunds are paid by hand."
    )
    payment_secret: SecretStr | None = Field(
        None, repr=False, description="Signs what is said to the payment service, and what it says."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="From where on it is logged: `debug`, `info`, `warning` or `error`."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How a line of the log looks: `text` (name='value') or `json`."
    )

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("must look like https://chat.example.com, without a path")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("secret_key", "payment_secret")
    @classmethod
    def _is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SECRET_LENGTH:
            raise ValueError(f"must have {SECRET_LENGTH} characters or more")
        return secret

    @field_validator("s3_bucket")
    @classmethod
    def _is_bucket(cls, bucket: str | None) -> str | None:
        if bucket is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*", bucket):
            raise ValueError("must look like desk or desk/files")
        return bucket

    @field_validator("s3_endpoint")
    @classmethod
    def _is_endpoint(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must look like https://s3.example.com")
        return url

    @field_validator("payment_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url is not None and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("must look like https://pay.example.com/nightdesk")
        return url and url.rstrip("/")

    @field_validator("metrics_from")
    @classmethod
    def _are_networks(cls, networks: str) -> str:
        try:
            networks_of(networks)
        except ValueError:
            raise ValueError("must be addresses or networks with commas between them, such as 10.0.0.0/8") from None
        return networks

    @field_validator("upload_types")
    @classmethod
    def _are_types(cls, types: str) -> str:
        if unknown := sorted(kinds_of(types) - KINDS.keys()):
            raise ValueError(f"there is no type {unknown[0]}; there are {', '.join(KINDS)}")
        return types

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url is not None and not is_postgres(url):
            shape = "postgresql://user:password@host/name"
            raise ValueError(f"must look like {shape}, with %40, %2F and %25 for @, / and % in a password")
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must look like redis://host:6379/0")
        return url

    @field_validator("at")
    @classmethod
    def _is_time(cls, at: str | None) -> str | None:
        try:
            return at if at is None or moment(at) is not None else None
        except ValueError:
            raise ValueError("give HH:MM or an ISO time") from None

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if bool(self.smtp_user) != bool(self.smtp_password):
            raise ValueError("smtp_user and smtp_password go together")
        return self

    @model_validator(mode="after")
    def _storage_is_whole(self) -> Settings:
        if bool(self.s3_key_id) != bool(self.s3_secret):
            raise ValueError("s3_key_id and s3_secret go together")
        return self

    @model_validator(mode="after")
    def _payments_are_whole(self) -> Settings:
        if bool(self.payment_url) != bool(self.payment_secret):
            raise ValueError("payment_url and payment_secret go together")
        return self

    def may_read_metrics(self, address: str) -> bool:
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        caller = getattr(caller, "ipv4_mapped", None) or caller
        return any(caller in network for network in networks_of(self.metrics_from))

    @property
    def database(self) -> Path | str:
        """Where the store is: a file (SQLite), or an address (Postgres)."""
        return self.database_url or self.data_dir / "nightdesk.db"

    @property
    def base_url(self) -> str:
        """Where the links in mails lead."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def files(self) -> Path:
        return self.data_dir / "files"

    @property
    def outbox(self) -> Path:
        return self.data_dir / "outbox"


def networks_of(text: str) -> list[IPv4Network | IPv6Network]:
    """Raises ValueError."""
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def kinds_of(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def is_postgres(url: str) -> bool:
    """Does it name a database and hide its password? Pieces of one that is not escaped would be taken for the rest."""
    # Only who uses it carries the driver: 9 MB.
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return False
    ports = str(parts.get("port") or "").replace(",", "")
    told = f"{parts.get('host')}{parts.get('dbname')}"
    return url.startswith(("postgresql://", "postgres://")) and "@" not in told and (not ports or ports.isdecimal())


def moment(at: str) -> time | datetime:
    """What `at` says: a time of day, or a moment (without a zone: in the site's). Raises ValueError."""
    return time.fromisoformat(at.zfill(5)) if len(at) <= 5 else datetime.fromisoformat(at)


def load_settings(**given: Any) -> Settings:
    """Settings from the environment with `given` on top. Raises SettingsError with one sentence."""
    unknown = sorted(name for name in os.environ if name.startswith("NIGHTDESK_") and not _is_known(name))
    if unknown:
        raise SettingsError(f"There is no setting {unknown[0]}. docs/operations.md lists those there are.")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(sentence(error)) from None


def _is_known(name: str) -> bool:
    return name in map(variable, Settings.model_fields) or name.startswith("NIGHTDESK_TEST_")  # the tests' own


def variable(setting: str) -> str:
    """The environment variable of a setting; the addresses of services go by the names everybody gives them."""
    return (Settings.model_fields[setting].validation_alias and setting.upper()) or f"NIGHTDESK_{setting.upper()}"


def sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    why = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"Wrong settings: {why}."
    name = str(first["loc"][0])
    return f"Wrong setting {variable(name)}{_shown(name, first['input'])}: {why}."


def _shown(name: str, value: object) -> str:
    """The value in question, unless it may hold a secret. An empty one is told: it is easily taken for an unset one."""
    if value == "":
        return " (it is empty; leave it out to do without)"
    return "" if "password" in name or not Settings.model_fields[name].repr else f" (it is {value!r})"


def writable_data_dir(settings: Settings) -> Path:
    """Makes the data folder. Raises SettingsError when that cannot be, or nothing can be written there."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"The data folder {folder} cannot be written: {error.strerror}.") from None
    return folder


def secret_key(settings: Settings) -> str:
    """The setting, or what the data folder keeps; made there when there is none. Raises SettingsError."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data_dir / "secret.key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            _make_secret(file)
        secret = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The key file {file} cannot be had: {error}.") from None
    if len(secret) < SECRET_LENGTH:
        raise SettingsError(f"The key file {file} holds no key. Put back the one it had, or set NIGHTDESK_SECRET_KEY.")
    return secret


def has_secret(settings: Settings) -> bool:
    return settings.secret_key is not None or (settings.data_dir / "secret.key").exists()


def _make_secret(file: Path) -> None:
    """Whole or not at all, and the first of several processes wins."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(secrets.token_urlsafe(SECRET_LENGTH))
        written.flush()
        os.fsync(written.fileno())
    with suppress(FileExistsError):
        os.link(new, file)
    new.unlink()


def described() -> list[tuple[str, str]]:
    """Every environment variable and what it is for, with its default."""
    found = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f" Default: {field.default}"
        found.append((variable(name), f"{field.description}{default}"))
    return found


def table() -> str:
    """The settings as docs/operations.md lists them."""
    lines = ["| setting | default | |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines)
