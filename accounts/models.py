"""Users and their API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.permissions import permissions_of
from lib.actors import Actor, Channel


class Role(models.TextChoices):
    PRICE_CLERK = "price_clerk", _("Price clerk")
    PRICE_MANAGER = "price_manager", _("Price manager")
    STOCK_CLERK = "stock_clerk", _("Stock clerk")
    STOCK_MANAGER = "stock_manager", _("Stock manager")
    DUTY = "duty", _("Duty officer")
    PURCHASER = "purchaser", _("Purchaser")
    SALES = "sales", _("Sales")
    FINANCE = "finance", _("Finance")
    SITE_STAFF = "site_staff", _("Site staff")
    ADMIN = "admin", _("Administrator")


class UserManager(BaseUserManager["User"]):
    """Finds users by name, case-sensitively."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person (or another system) that signs in, with exactly one role.

    is_shared: several people use the account (shared_by_ids: their own users, as far as known). It decides nothing, and
    none of them decides what it prepared.
    """

    username = models.CharField(_("user name"), max_length=100, unique=True)
    display_name = models.CharField(_("name"), max_length=150, default="")
    email = models.EmailField(_("e-mail"), default="", blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(
        _("language"), max_length=8, default="en", choices=[("en", "English"), ("zh-hans", "简体中文")]
    )
    theme = models.CharField(
        _("theme"),
        max_length=5,
        default="auto",
        choices=[("auto", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    preferences = models.JSONField(default=dict, blank=True)
    is_shared = models.BooleanField(_("used by several people"), default=False)
    shared_by_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login", "preferences"])

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="accounts_user_role_known",
                violation_error_message=_("This role does not exist."),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_staff(self) -> bool:
        return self.role == Role.ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """For the read-only Django admin: administrators may look at everything and change nothing."""
        return self.is_active and self.is_staff and ".view_" in perm

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def as_actor(self, *, address: str = "", request_id: str = "", channel: Channel = "page") -> Actor:
        """This person as actions and the trail take it."""
        return Actor(
            kind="user",
            id=self.pk,
            name=self.username,
            permissions=permissions_of(self.role) if self.is_active else frozenset(),
            address=address,
            request_id=request_id,
            channel=channel,
        )


class Token(models.Model):
    """A bearer token; only its SHA-256 is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, default="")
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
