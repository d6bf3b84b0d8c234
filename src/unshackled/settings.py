"""The settings of one process, from the environment; only the composition root reads them.

What belongs to a retailer (flows, providers, limits) is in its flow file or in the store.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.url_text import LOOPBACK
from unshackled.encryption.master_keys import master_keys
from unshackled.store import kind_of

if TYPE_CHECKING:  # the settings make one; who opens a store has it
    from unshackled.encryption.key_management import KeyManagement

PREFIX: Final = "UNSHACKLED_"
BROKERS: Final = ("embedded:", "nats://<host>[:<port>]", "tls://<host>[:<port>]")
# Every action of an operator, by what it is about; `bulk` is one of those on many checkouts.
ON_CHECKOUTS: Final = ("retry", "skip", "resolve", "cancel")
ON_LETTERS: Final = ("replay", "discard")
ON_ROUTES: Final = ("split", "kill", "restore")
ON_PROVIDERS: Final = ("disable", "enable", "maintain")
ON_PEOPLE: Final = ("erase",)
ACTIONS: Final = (*ON_CHECKOUTS, "bulk", *ON_PEOPLE, *ON_LETTERS, *ON_ROUTES, *ON_PROVIDERS)
DEMO_STORE: Final = "sqlite:///unshackled-demo.db"


class WrongSettings(ValueError):
    """What is wrong with the environment, one line for each variable; never a value of it."""


def _seconds(value: object) -> object:
    if isinstance(value, str | int | float):
        try:
            value = timedelta(seconds=float(value))
        except (ValueError, OverflowError):
            value = None
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise ValueError("a number of seconds above 0 is needed")
    return value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an http:// or https:// address is needed")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("no query, fragment or user name is allowed")
    return value.rstrip("/")


def _public_address(value: str) -> str:
    parts = urlsplit(_address(value))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("https:// is needed, except on this machine")
    return value.rstrip("/")


def _store(value: str) -> str:
    kind_of(value)
    return value


def _broker(value: str) -> str:
    if value != "embedded:" and not all(map(_is_nats, value.split(","))):
        raise ValueError(f"allowed are {', '.join(BROKERS)}; several servers with commas between")
    return value


def _is_nats(value: str) -> bool:
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    path = parts.path.strip("/") or parts.query or parts.fragment
    return parts.scheme in ("nats", "tls") and named and not path


def _actions(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = {part.strip() for part in value.split(",")} - {""}
    if named - set(ACTIONS):
        raise ValueError(f"allowed are {', '.join(ACTIONS)}")
    return frozenset(named)


def _master(value: SecretStr) -> SecretStr:
    master_keys(value.get_secret_value())
    return value


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
Address = Annotated[str, AfterValidator(_address)]
PublicAddress = Annotated[str, AfterValidator(_public_address)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ServiceSettings(BaseSettings):
    """Every setting has a default that suits one machine; see docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", validate_by_name=True
    )

    store: Annotated[str, AfterValidator(_store)] = Field(
        default="sqlite:///unshackled.db",
        repr=False,
        description="Where checkouts are kept: `sqlite:///<file>` for one process,"
        " `postgresql://<user>:<password>@<host>/<database>` for many (after `unshackled migrate`),"
        " or `memory:` to forget them.",
    )
    broker: Annotated[str, AfterValidator(_broker)] = Field(
        default="embedded:",
        repr=False,
        description="Where events go: `embedded:` straight from the store to our own consumers, or"
        " `nats://<host>[:<port>]` (`tls://…`) to NATS JetStream and from there; several servers"
        " with commas between.",
    )
    flows: Path = Field(
        default=Path("flows"), description="Folder of the flow files, one for each retailer."
    )
    proofs: Path | None = Field(
        default=None,
        description="Folder that remembers which flow files were proved, so that the next start"
        " need not prove them again; `off` for none. Without it `unshackled` in `XDG_CACHE_HOME`,"
        " or in `~/.cache`.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on.")
    public_url: PublicAddress | None = Field(
        default=None,
        description="Our address as browsers and providers see it; `https://`, except on this"
        " machine. Without it, `http://<host>:<port>`.",
    )
    checkout_page: PublicAddress | None = Field(
        default=None,
        description="Address of the page on which customers buy, where links to a checkout lead;"
        " a retailer's `checkout_page` comes before it. Without it, `<public_url>/checkout`.",
    )
    latency_budget: Seconds = Field(
        default=timedelta(seconds=8),
        description="Seconds after which a request is answered, though calls are still running.",
    )
    waiting_room_rate: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="New checkouts a minute that all retailers together let in, each its share:"
        " beyond it customers wait for their turn. Without it only a retailer's own rate counts.",
    )
    keep_alive: Seconds = Field(
        default=timedelta(seconds=75),
        description="Seconds that an idle connection stays open. More than the balancer in front"
        " keeps one (most: 60): else a request may meet a connection that is just being closed.",
    )
    connections: int = Field(
        default=2_000,
        ge=16,
        le=60_000,
        description="Connections that may be open at once, as far as the limit of open files"
        " allows; beyond it the one that waited longest without a request is closed.",
    )
    wake_every: Seconds = Field(
        default=timedelta(seconds=1),
        description="Seconds between two looks for checkouts that are due.",
    )
    drain: Seconds = Field(
        default=timedelta(seconds=10),
        description="Seconds that calls under way get to finish when the process is stopped.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which events of ended checkouts, their reports' journeys and"
        " idempotency records are deleted; without it they are kept.",
    )
    transport: Literal["aiohttp", "httpx"] = Field(
        default="aiohttp", description="What sends our HTTP requests; `aiohttp` is the cheaper."
    )
    operators: dict[str, Digest] = Field(
        default_factory=dict,
        description="Who may use `/ops`: JSON of name to SHA-256 (hexadecimal) of their secret.",
    )
    second_person: Annotated[frozenset[str], NoDecode, BeforeValidator(_actions)] = Field(
        default=frozenset(),
        description="What one operator may only ask for and another one must approve: a comma list"
        f" of {', '.join(ACTIONS)}.",
    )
    bucket_salt: str = Field(
        default="unshackled",
        description="Salt of the buckets that splits and experiments go by; changing it deals"
        " new checkouts anew.",
    )
    lookup_secret: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None,
        description="At least 32 characters that are mixed into the keyed hashes by which checkouts"
        " are found by `customer_ref` and `order`: with it a copy of the database alone lets nobody"
        " try numbers out. The same for all replicas; after a change the index is filled anew.",
    )
    master_key: Annotated[SecretStr, AfterValidator(_master)] | None = Field(
        default=None,
        description="What wraps the keys of everything personal or secret that is stored: base64 of"
        " 32 random bytes, as `unshackled encryption make-key` prints it. Several with commas: the"
        " first wraps what is new, the others are read until `unshackled encryption rotate` has"
        " come to all they wrap. The same for all replicas, and never in a backup of the store.",
    )
    bank_weights: Path | None = Field(
        default=None,
        description="Pay.UK's file of weights (`valacdos.txt`) by which British bank accounts are"
        " checked when they are told; without it only their form is, which is said at the start."
        " Read at the start: after a new edition, restart.",
    )
    bank_substitutes: Path | None = Field(
        default=None,
        description="Pay.UK's file of substituted sort codes (`scsubtab.txt`).",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info", description="The lowest level of log lines that are written."
    )
    sample_ratio: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Share of traces that are recorded, of those that no caller has decided on.",
    )
    otlp_endpoint: Address | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="OpenTelemetry collector (OTLP over HTTP) that gets spans and metrics.",
    )
    demo: bool = Field(
        default=False,
        description="Take API keys that are known to all, for every retailer, and keep traces for"
        " `unshackled demo`. Never where real customers buy.",
    )
    demo_anywhere: bool = Field(
        default=False,
        description="Say the demo twice: only then may it listen where other machines reach it.",
    )
    sandbox_url: Address = Field(
        default="http://127.0.0.1:8090",
        description="Address of the stand-in backends that the demo retailers call.",
    )
    demo_shop_url: Address | None = Field(
        default=None,
        description="Address of the demo's shop, whose pages may use the publishable keys, and"
        " where customers may be sent back to.",
    )

    @model_validator(mode="after")
    def _two_are_two(self) -> Self:
        if self.second_person and len(self.operators) < 2:
            raise ValueError(f"{PREFIX}SECOND_PERSON: at least two {PREFIX}OPERATORS are needed")
        return self

    @model_validator(mode="after")
    def _demo_stays_here(self) -> Self:
        if self.demo and urlsplit(self.address).scheme == "https":
            raise ValueError(f"{PREFIX}DEMO: the demo key is known to all; not at a public address")
        if self.demo and self.host not in LOOPBACK and not self.demo_anywhere:
            raise ValueError(
                f"{PREFIX}DEMO: the demo's keys are known to all, so it listens on 127.0.0.1 only;"
                f" with {PREFIX}DEMO_ANYWHERE=true as well it listens on {PREFIX}HOST"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _demo_keeps_apart(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What was tried out is in a file of its own, unless a store was named."""
        demo = TypeAdapter(bool)
        try:
            tried = demo.validate_python(given.get("demo", False))
        except ValidationError:  # told with everything else
            tried = False
        return {"store": DEMO_STORE, **given} if tried else given

    @property
    def retention(self) -> timedelta | None:
        """How long events are kept; None: for ever."""
        return None if self.retention_days is None else timedelta(days=self.retention_days)

    @property
    def index_secret(self) -> str:
        """The secret of the index by customer and order number; empty: that of the store alone."""
        return self.lookup_secret.get_secret_value() if self.lookup_secret is not None else ""

    @property
    def key_management(self) -> KeyManagement | None:
        """Who has the master key; None where none is set and the store keeps nothing.

        Raises `WrongSettings` where it keeps something.
        """
        if self.master_key is not None:
            return master_keys(self.master_key.get_secret_value())
        if not kind_of(self.store).persistent:
            return None
        raise WrongSettings(
            f"{variable('master_key')}: a key is needed, since what is personal is only stored"
            " encrypted: make one with `unshackled encryption make-key`, and keep it where no"
            " backup of the store is"
        )

    @property
    def document_links(self) -> DocumentLinks | None:
        """What links in messages are signed with, derived from the master key; None without one."""
        if self.master_key is None:
            return None
        keys = master_keys(self.master_key.get_secret_value()).derived("document links")
        return DocumentLinks(keys=keys, public_url=self.address)

    def proof_folder(self, environ: Mapping[str, str]) -> Path | None:
        """Where proofs are remembered; None for nowhere."""
        if self.proofs is not None:
            return None if self.proofs == Path("off") else self.proofs
        home = environ.get("XDG_CACHE_HOME") or ""
        if Path(home).is_absolute():
            return Path(home) / "unshackled"
        home = environ.get("HOME") or ""
        return Path(home) / ".cache" / "unshackled" if Path(home).is_absolute() else None

    @property
    def alone(self) -> bool:
        """Whether the store is of this machine alone: asking it costs no network."""
        return not kind_of(self.store).shared

    @property
    def page(self) -> str:
        """Where links to a checkout lead."""
        return self.checkout_page or f"{self.address}/checkout"

    @property
    def address(self) -> str:
        """Our public address, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return str(ServiceSettings.model_fields[name].validation_alias or PREFIX + name.upper())


def load_settings(**given: Any) -> ServiceSettings:
    """The settings, or `WrongSettings`; `given` (from a command line) beats the environment."""
    known = {variable(name) for name in ServiceSettings.model_fields}
    wrong = [
        f"{name}: no such setting; there are {', '.join(sorted(known))}"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in known
    ]
    try:
        settings = ServiceSettings(**given)
    except ValidationError as error:
        wrong.extend(_lines(error))
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        wrong.append(f"{variable(named[1]) if named else PREFIX}: JSON is needed")
    else:
        if not wrong:
            return settings
    raise WrongSettings("\n".join(wrong))


def _lines(error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_input=False, include_context=False, include_url=False):
        name, *inside = [str(part) for part in found["loc"]] or [""]
        shown = variable(name) if name in ServiceSettings.model_fields else name
        where = f"{'.'.join([shown, *inside])}: " if shown else ""
        yield where + found["msg"].removeprefix("Value error, ")
