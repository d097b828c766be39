"""Settings, read from the environment. docs/operating.md lists the variables.

Without ``DATABASE_URL`` the project is a checkout on one's own machine: it has the embedded
PostgreSQL and a secret of its own in ``var/``. With it, this is a server, and it refuses to
start on a secret that is missing or that others could guess.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from claimtracker import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent


def env_flag(name: str, default: bool = False) -> bool:
    """Return whether an environment variable is on. Raises ImproperlyConfigured on other words."""
    word = os.environ.get(name, "").strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    if word:
        raise ImproperlyConfigured(f"{name} is {word!r}; set it to 1 or 0.")
    return default


def env_number(name: str, default: int) -> int:
    """Return a number from 0 on. Raises ImproperlyConfigured on anything else."""
    word = os.environ.get(name, "").strip() or str(default)
    if not re.fullmatch("[0-9]{1,9}", word):
        raise ImproperlyConfigured(f"{name} is {word!r}; set it to a whole number, 0 or more.")
    return int(word)


def env_rate(name: str, default: str) -> str | None:
    """Return a rate such as ``600/min``, None where there is no limit."""
    word = os.environ.get(name, "").strip().lower() or default
    if word == "off":
        return None
    if not re.fullmatch("[1-9][0-9]{0,8}/(s|min|hour|day)", word):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; set it to a number a time, such as 600/min, or to off. "
            "The times are s, min, hour and day."
        )
    return word


def env_list(name: str, default: str = "") -> list[str]:
    """Return the comma-separated words of an environment variable."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def database_from_url(url: str, password: str = "", variable: str = "DATABASE_URL") -> dict:
    """Return Django's settings for a ``postgresql://user:password@host:port/name?option=…`` URL.

    ``password`` is used where the URL has none, so that it needs no percent-encoding.
    """
    if not url:
        raise ImproperlyConfigured(f"{variable} is set to nothing: name a server, or unset it.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable} cannot be read: {error}.") from None
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(
            f"{variable} must look like postgresql://user:password@host:5432/name; "
            "claimtracker runs on PostgreSQL only."
        )
    return {
        "ENGINE": "claimtracker.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or password,
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


# What stands in examples: long words anywhere (a random key has one once in many million), short
# ones at the start.
GUESSABLE = (
    *("secret", "insecure", "change", "replace", "example", "default", "password"),
    *("0123456789", "abcdefgh"),
)
GUESSABLE_START = ("todo", "my-", "your", "set ")


def secret_from_env() -> str:
    """Return SECRET_KEY, or raise ImproperlyConfigured when it would not keep a secret."""
    secret = os.environ.get("SECRET_KEY", "")
    remedy = (
        "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))' "
        "and pass it in the environment as SECRET_KEY."
    )
    if not secret:
        raise ImproperlyConfigured(f"DATABASE_URL is set, but SECRET_KEY is not. {remedy}")
    word = secret.lower()
    if (
        len(secret) < 32
        or len(set(secret)) < 10
        or re.search(r"[\s<>]", secret)
        or any(part in word for part in GUESSABLE)
        or word.startswith(GUESSABLE_START)
    ):
        raise ImproperlyConfigured(f"SECRET_KEY is one that others could guess. {remedy}")
    return secret


DEBUG = env_flag("DEBUG")
IS_SERVER = "DATABASE_URL" in os.environ

if IS_SERVER:
    SECRET_KEY = secret_from_env()
    DATABASES = {
        "default": database_from_url(
            os.environ["DATABASE_URL"], os.environ.get("DATABASE_PASSWORD", "")
        )
    }
    DATABASE_OWNER = None
    if "DATABASE_OWNER_URL" in os.environ:
        DATABASE_OWNER = database_from_url(
            os.environ["DATABASE_OWNER_URL"],
            os.environ.get("DATABASE_OWNER_PASSWORD", ""),
            variable="DATABASE_OWNER_URL",
        )
        if DATABASE_OWNER["NAME"] != DATABASES["default"]["NAME"]:
            raise ImproperlyConfigured(
                "DATABASE_OWNER_URL and DATABASE_URL must name the same database."
            )
    ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
else:
    SECRET_KEY = os.environ.get("SECRET_KEY") or embedded_postgres.local_secret(
        BASE_DIR, "secret-key"
    )
    DATABASES = {"default": embedded_postgres.database_settings(BASE_DIR)}
    DATABASE_OWNER = embedded_postgres.database_settings(BASE_DIR, user=embedded_postgres.NAME)
    ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

# As whom the server and most commands connect; "migrate" gives it its rights as DATABASE_OWNER.
APPLICATION_ROLE = (DATABASES["default"]["USER"], DATABASES["default"]["PASSWORD"])

CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
# Anyone may read what is published; 0 asks every reader of the API to log in.
ANONYMOUS_READING = env_flag("ANONYMOUS_READING", default=True)

# Nobody publishes what he himself wrote last, editors and superusers included.
SECOND_PAIR_OF_EYES = env_flag("SECOND_PAIR_OF_EYES")

# A file of everything takes as long as its reader: minutes. Each keeps a thread, and a connection.
EXPORT_TIMEOUT = env_number("EXPORT_TIMEOUT", default=1800)
EXPORTS_AT_ONCE = env_number("EXPORTS_AT_ONCE", default=2)

# A connection costs more than most of our answers: keep a few open (DESIGN: 11-21 ms a request).
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": 16,
    # Without a database a request fails soon, instead of holding its thread for half a minute.
    "timeout": 5,
}

# How long PostgreSQL may work on one question of a web server's, in seconds; 0 is for ever.
STATEMENT_TIMEOUT = env_number("STATEMENT_TIMEOUT", default=30)

INSTALLED_APPS = [
    "claimtracker",
    "claims",
    "sources",
    "pghistory",
    "pgtrigger",
    "claimtracker.admin_site.DeskConfig",
    "django.contrib.auth",
    "claimtracker.accounts",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Serves static files from where they lie, in runserver too.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "corsheaders",
    "axes",
]

MIDDLEWARE = [
    # First, so that all that is logged, and every answer, has the request's name.
    "claimtracker.request_id.RequestIDMiddleware",
    # Around all that could fail when a file is begun.
    "claimtracker.rest.files.FilesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "claimtracker.hosts.HostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "claimtracker.rest.compression.Compression",
    "claimtracker.rest.conditional.ConditionalMiddleware",
    "csp.middleware.CSPMiddleware",
    # Around all that sets a cookie.
    "claimtracker.accounts.sessions.PrivateAnswers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "claimtracker.accounts.sessions.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Answers for an attempt to log in that came too late; asks the database nothing.
    "axes.middleware.AxesMiddleware",
    "claimtracker.accounts.logins.KnownBrowsers",
    "claimtracker.overload.OverloadMiddleware",
]

ROOT_URLCONF = "claimtracker.urls"
WSGI_APPLICATION = "claimtracker.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "start"

# After some failures one account is closed to one address for a while: not to all, or anybody could
# shut an editor out; and not the address to all accounts, or one typist would a whole newsroom.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "claimtracker.accounts.logins.LogIns"
# From one address to any accounts, or to one account from anywhere.
LOG_IN_FAILURES_IN_ALL = 60
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "claimtracker.accounts.logins.client_address"
AXES_USERNAME_CALLABLE = "claimtracker.accounts.logins.attempted_name"
AXES_LOCKOUT_CALLABLE = "claimtracker.accounts.logins.locked_out"
# What is not needed for that is not kept.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "en-gb"
USE_I18N = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "seeds"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# A checkout has no collected files; a server has them, compressed and with their hash in the name.
WHITENOISE_USE_FINDERS = DEBUG or not IS_SERVER
if IS_SERVER and not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# History of every write, made by triggers: one event table a model, one insert a command.
PGHISTORY_APPEND_ONLY = True
PGHISTORY_LEVEL = pghistory.Statement
# Who reads writes nothing, and needs no context for it.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# Nothing from anywhere else, no inline script or style.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "claimtracker.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
# Counted from the last use: see claimtracker/accounts/sessions.py.
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_FAILURE_VIEW = "claimtracker.accounts.unsaved.csrf_failure"
# Behind a proxy that ends TLS: cookies over https only, and its word is taken for the scheme and
# for the client's address.
BEHIND_TLS_PROXY = env_flag("BEHIND_TLS_PROXY")
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # The container's own health check comes without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    # Whether all subdomains speak TLS, and browsers ship that, is for the domain's owner to say.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "claimtracker.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["claimtracker.rest.permissions.MayRead"],
    "DEFAULT_FILTER_BACKENDS": ["claimtracker.rest.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "claimtracker.rest.pagination.KeysetPagination",
    "DEFAULT_RENDERER_CLASSES": [
        "claimtracker.rest.ready.ReadyJSONRenderer",
        "claimtracker.rest.browsable.PagesToLookAt",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "claimtracker.rest.negotiation.NegotiateFormat",
    "DEFAULT_SCHEMA_CLASS": "claimtracker.rest.schema.Schema",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_METADATA_CLASS": "claimtracker.rest.metadata.WhatItIs",
    "EXCEPTION_HANDLER": "claimtracker.rest.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": [
        "claimtracker.rest.throttles.AnonymousRate",
        "claimtracker.rest.throttles.AccountRate",
    ],
    # A checkout serves one's own machine only.
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env_rate("ANONYMOUS_RATE", default="600/min" if IS_SERVER else "off"),
        "account": env_rate("ACCOUNT_RATE", default="3000/min" if IS_SERVER else "off"),
    },
}

# Which other sites' pages may read the API: their origins, or * for all. They get what anyone may
# read, or what a token of theirs opens, and never the session of who looks at them.
CORS_ORIGINS = env_list("CORS_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = CORS_ORIGINS == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else CORS_ORIGINS
CORS_URLS_REGEX = "^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    *("content-disposition", "etag", "link", "location", "retry-after", "x-request-id"),
]
SPECTACULAR_SETTINGS = {
    "TITLE": "claimtracker",
    "DESCRIPTION": "Who asserts it, who denies it, since when, on what evidence.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "claimtracker.rest.schema.with_problems",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "SourceKind": "sources.models.SourceKind",
        "DocumentKind": "sources.models.DocumentKind",
        "ClaimKind": "claims.models.ClaimKind",
        "RelationKind": "claims.models.RelationKind",
        "Stance": "claims.models.Stance",
        "HeldStance": "claims.api.shapes.HELD",
        "DerivedStance": "claims.api.shapes.HELD_OR_DERIVED",
        "Denial": "claims.models.Denial",
        "Manner": "claims.models.Manner",
        "ChangeKind": "claims.models.ChangeKind",
        "ChangedKind": "claims.models.ChangedKind",
        "ReviewState": "claimtracker.curated.ReviewState",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "claimtracker.request_id.WithRequestID"}},
    "formatters": {"plain": {"format": "%(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request"],
            "formatter": "plain",
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
}
