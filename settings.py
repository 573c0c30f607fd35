"""Every setting, in one place; each is an environment variable with the prefix QIXIAN_ (see docs/settings.md)."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from rules.errors import Refused

ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,29}$")]


class Settings(BaseSettings):
    """The settings of every process; how to reach Temporal is temporalio.envconfig's business (TEMPORAL_…)."""

    model_config = SettingsConfigDict(env_prefix="QIXIAN_", frozen=True, extra="ignore")

    dir: Path = Field(Path(".qixian"), description="folder of an installation on this machine")
    database_url: str = Field(
        "",
        pattern=r"^$|^sqlite:///.|^postgresql\+psycopg://",
        description="docket; empty is SQLite in the folder, else postgresql+psycopg://…",
    )
    task_queue: str = Field("qixian", min_length=1)
    county: str = Field("wuping", min_length=2, description="the county whose letters are registered")
    by: str = Field("clerk", min_length=1, description="who records, unless --by says otherwise")
    answer_seconds: float = Field(15, gt=0, le=300, description="how long to wait for a worker's answer")
    temporal_binary: Path | None = Field(None, description="the temporal program, where the bundled one won't do")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool | None = Field(None, description="JSON lines; empty is JSON unless on a terminal")
    smtp_host: str = Field("", description="mail server; empty sends no e-mail")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_sender: str = ""
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    channels: dict[ChannelName, SecretStr] = Field(
        default_factory=dict,
        description="other channels as JSON: names in small letters to Apprise URLs, {address} is the reader's",
    )
    console_url: str = Field(
        "", pattern=r"^$|^https?://[^/\s]+/?$", description="address under which people reach the console"
    )
    console_idle_minutes: int = Field(60, ge=1, le=1440, description="a sign-in that is not used ends after this long")
    console_hours: int = Field(12, ge=1, le=168, description="a sign-in ends after this long in any case")
    console_proxies: str = Field("", description="addresses of reverse proxies whose X-Forwarded-For is believed")
    oidc_issuer: str = Field("", pattern=r"^$|^https?://", description="OpenID provider; empty signs in by password")
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_claim: str = Field("preferred_username", min_length=1, description="the claim that holds the person's id")
    oidc_name: str = Field("统一身份认证", min_length=1, description="what the provider is called on the sign-in page")
    payload_keys: SecretStr = Field(
        SecretStr(""), description="keys of what Temporal keeps, NAME:KEY,…; the first encrypts, empty is plain JSON"
    )
    metrics_token: SecretStr = Field(SecretStr(""), description="who shows it may read /metrics from anywhere")
    worker_metrics: str = Field(
        "", pattern=r"^$|^[\w.\[\]:-]+:\d+$", description="HOST:PORT for the worker's own Prometheus metrics"
    )
    heartbeat_url: SecretStr = Field(
        SecretStr(""), description="address outside that a worker asks for every five minutes while all is well"
    )
    worker_threads: int = Field(16, ge=1, le=200, description="docket transactions at once in one worker")
    worker_cached_matters: int = Field(
        2000, ge=10, le=50000, description="matters a worker keeps in memory, 0.1 MB each"
    )
    worker_sandbox: bool = Field(False, description="workflows run in Temporal's sandbox, as tests and replays have it")

    @field_validator("heartbeat_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("QIXIAN_HEARTBEAT_URL begins with http:// or https://")
        return url

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_host and not self.smtp_sender:
            raise ValueError("QIXIAN_SMTP_HOST needs QIXIAN_SMTP_SENDER")
        return self

    @model_validator(mode="after")
    def _email_is_no_other_channel(self) -> Self:
        if "email" in self.channels:
            raise ValueError("QIXIAN_CHANNELS can't name a channel 'email': that one is QIXIAN_SMTP_HOST")
        return self

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.console_url):
            raise ValueError("QIXIAN_OIDC_ISSUER needs QIXIAN_OIDC_CLIENT_ID and QIXIAN_CONSOLE_URL")
        return self

    @property
    def outside(self) -> frozenset[str]:
        """Name the channels by which notices leave the house."""
        return frozenset({"email"} if self.smtp_host else ()) | self.channels.keys()

    @property
    def answer(self) -> timedelta:
        """Return how long to wait for a worker's answer."""
        return timedelta(seconds=self.answer_seconds)

    @property
    def docket_url(self) -> str:
        """Return the docket's URL."""
        return self.database_url or f"sqlite:///{(self.dir / 'docket.db').absolute()}"

    @property
    def docket_file(self) -> Path | None:
        """Return the docket's file, if it is one."""
        scheme, _, path = self.docket_url.partition(":///")
        return Path(path) if scheme == "sqlite" else None

    @property
    def temporal_profile(self) -> Path:
        """Return the file in which `qixian up` says where its server listens."""
        return self.dir / "temporal.toml"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the environment's settings; a variable that is no setting is refused, for it is a slip of the keyboard."""
    known = {f"QIXIAN_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environ):
        if name.upper().startswith("QIXIAN_") and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=3, cutoff=0)
            raise Refused(name, "unknown_setting", near=", ".join(near))
    try:
        return Settings()
    except SettingsError as error:
        raise Refused("QIXIAN_CHANNELS", "bad_json", detail='{"wecom": "wecombot://…"}') from error
