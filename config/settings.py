"""One settings file, read from the environment and from DATA_DIR/database.env; importable without a database.

| variable | meaning | default |
| --- | --- | --- |
| DATA_DIR | the instance's folder | `.data` |
| DATABASE_URL, DATABASE_OWNER_URL | application role, owner of the tables | database.env |
| STEELYARD_AS_OWNER | sign in as the owner (set by manage.py for the commands that change the schema) | off |
| REDIS_URL | broker on this database, cache on the next one | database.env |
| SECRET_KEY | at least 50 characters | database.env |
| ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS | comma separated | this machine |
| INSECURE_LOCAL | plain HTTP on this machine, as `make up` serves it | off |
| STATIC_ROOT | where collected static files are served from | DATA_DIR/static |
| OUTBOUND_ALLOW_PRIVATE | publications may go to private addresses and over plain HTTP (demo, tests) | off |
| DEBUG | tracebacks, templates and static files straight from the sources | off |
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from config.environment import BASE_DIR, data_dir, effective

env = environ.Env()
env.ENVIRON = effective()

DATA_DIR = data_dir()
DEBUG = env.bool("DEBUG", default=False)
TESTING = env.bool("STEELYARD_TEST", default=False)
INSECURE_LOCAL = env.bool("INSECURE_LOCAL", default=DEBUG or TESTING)

# Without any key (a bare checkout: linters, type checks) one that lives as long as the process.
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if env.str("DATABASE_URL", default="") and not INSECURE_LOCAL:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set; sessions and signed links need one that stays the same."
        )
    SECRET_KEY = get_random_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

LOCAL_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[*LOCAL_HOSTS, "testserver"] if TESTING else LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# -- apps ------------------------------------------------------------------------------------------------------------

#: Highest floor last: a lower app's templates, translations and commands come first.
OWN_APPS = [
    "web",
    "audit",
    "accounts",
    "jobs",
    "catalog",
    "sales",
    "alerts",
    "approvals",
    "inventory",
    "pricing",
    "feeds",
    "finance",
    "patrol",
    "reports",
    "demo",
    "config",
]

INSTALLED_APPS = [
    *OWN_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.middleware.ActorMiddleware",
    "catalog.middleware.ScopeMiddleware",
    "web.middleware.PlainTextMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "web.frame.frame",
                "catalog.context.scope_choices",
            ],
        },
    }
]

# -- database, cache, broker -----------------------------------------------------------------------------------------

AS_OWNER = env.bool("STEELYARD_AS_OWNER", default=False)
NO_DATABASE = (
    "postgres://steelyard_app@127.0.0.1:1/steelyard"  # settings load, a query says "connection refused"
)

_app_database: dict[str, Any] = env.db_url("DATABASE_URL", default=NO_DATABASE)
_owner_database: dict[str, Any] = env.db_url(
    "DATABASE_OWNER_URL", default=env.str("DATABASE_URL", NO_DATABASE)
)
#: Whom the migrations grant to.
DATABASE_APP_ROLE: str = _app_database["USER"]
#: One role for both (a database that is only to be tried out): then there is nobody to revoke from.
DATABASE_OWNER_IS_APP: bool = _owner_database["USER"] == _app_database["USER"]

DATABASES = {
    "default": {
        **(_owner_database if AS_OWNER else _app_database),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0 if TESTING else 300,
        "CONN_HEALTH_CHECKS": True,
    }
}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:1/0")


def _next_database(url: str) -> str:
    base, _slash, number = url.rpartition("/")
    return f"{base}/{int(number) + 1}" if number.isdigit() else f"{url.rstrip('/')}/1"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _next_database(REDIS_URL),
    }
}
if TESTING:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "steelyard"}
    }

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3540
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "normal"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"

# -- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
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
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
OTP_TOTP_ISSUER = "Steelyard"

# -- words and times -------------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]  # each in its own language

# -- what the browser may do -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = not INSECURE_LOCAL  # the last hop of X-Forwarded-For is the client (accounts.middleware)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # after sign-in: one shift
PRICE_SAMPLE_SIZE = env.int("PRICE_SAMPLE_SIZE", default=2000)  # questions of pricing.verify_sample
SESSION_IDLE_S = env.int("SESSION_IDLE_S", default=2 * 3600)  # after the last use (accounts.middleware)
SESSION_COOKIE_NAME = env.str("SESSION_COOKIE_NAME", default="sessionid")
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "web.uploading.Quota",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

if not INSECURE_LOCAL:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# -- static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))  # each instance serves its own
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", BASE_DIR / "build" / "vendor")]
FROM_SOURCES = DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if FROM_SOURCES
        else "config.static.ManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = FROM_SOURCES
WHITENOISE_AUTOREFRESH = FROM_SOURCES
MEDIA_ROOT = DATA_DIR / "files"
#: Kind of document → (actor, id) → whether they may see what belongs to it (web.stored_files).
STORED_FILE_OWNERS: dict[str, str] = {
    "approval": "approvals.access.may_see_request",
    "write_off": "inventory.access.may_see_write_off",
    "grading": "inventory.access.may_see_grading",
    "supplier_return": "inventory.access.may_see_supplier_return",
    "dispute": "finance.access.may_see_dispute",
}

# -- out of the house ------------------------------------------------------------------------------------------------

OUTBOUND_ALLOW_PRIVATE = env.bool("OUTBOUND_ALLOW_PRIVATE", default=INSECURE_LOCAL)

# -- REST ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["web.bodies.JsonBody"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "web.paging.CursorPage",
    "EXCEPTION_HANDLER": "web.problems.respond",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Steelyard",
    "DESCRIPTION": "Prices and stock of a retailer, kept right.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "InletKindEnum": "feeds.models.Inlet.Kind",
        "SourceKindEnum": "feeds.models.Source.Kind",
        "FeedKindEnum": "feeds.models.Feed.Kind",
        "PostingKindEnum": "finance.schemas.POSTING_KINDS",
        "DifferenceClassEnum": "finance.schemas.DIFFERENCE_CLASSES",
        "DispatchKindEnum": "feeds.models.Dispatch.Kind",
        "DispatchStateEnum": "feeds.models.Dispatch.State",
        "UnitEnum": "lib.quantities.BASE_UNITS",
        "MovementKindEnum": "inventory.schemas.KINDS",
        "StockDocumentKindEnum": "inventory.models.Movement.Kind",
        "BillKindEnum": "catalog.rules.bills.KINDS",
        "StockStateEnum": "inventory.rules.states.STATES",
        "CustomsStateEnum": "inventory.customs_schemas.STATES",
        "CustomsIntoEnum": "inventory.customs_schemas.CLEARED_INTO",
        "ImportLimitKindEnum": "inventory.customs_schemas.LIMIT_KINDS",
        "ImportLimitPeriodEnum": "inventory.customs_schemas.LIMIT_PERIODS",
        "CountKindEnum": "inventory.counts_schemas.KINDS",
        "CountStateEnum": "inventory.counts_schemas.STATES",
        "CountRuleKindEnum": "inventory.counts_schemas.RULES",
        "CountItemStateEnum": "inventory.counts_schemas.ITEMS",
        "CountReasonEnum": "inventory.counts_schemas.REASONS",
        "GradingOutcomeEnum": "inventory.write_offs_schemas.OUTCOMES",
        "RecallStateEnum": "inventory.lots_schemas.RECALL_STATES",
        "WriteOffStateEnum": "inventory.write_offs_schemas.WRITE_OFF_STATES",
        "SupplierReturnStateEnum": "inventory.write_offs_schemas.RETURN_STATES",
        "ComplianceCheckEnum": "pricing.compliance_serializers.CHECKS",
        "IncentiveKindEnum": "pricing.incentive_serializers.KINDS",
        "SupplierLimitKindEnum": "pricing.supplier_limit_serializers.SUPPLIER_KINDS",
        "LawKindEnum": "pricing.law_serializers.KINDS",
        "TemplateKindEnum": "pricing.template_documents.KINDS",
        "ValuationStateEnum": "inventory.models.ValuationState",
        "LandedChargeKindEnum": "inventory.models.LandedCharge.Kind",
        "GuardrailStateEnum": "pricing.models.Guardrail.State",
        "RuleVersionStateEnum": "pricing.list_serializers.RULE_STATES",
        "PriceListKindEnum": "pricing.list_serializers.KINDS",
        "PriceChangeStateEnum": "pricing.list_serializers.CHANGE_STATES",
        "FindingSeverityEnum": "pricing.list_serializers.SEVERITIES",
        "GuardrailRuleEnum": "pricing.guardrail_serializers.RULES",
    },
}

# -- logs ------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"django": {"handlers": [], "propagate": True, "level": "WARNING"}},
}
