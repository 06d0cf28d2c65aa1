"""seed_base: what an empty instance needs to be signed in to."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import actions as accounts
from accounts.queries import user_by_name
from catalog import actions
from catalog.actions.scopes import ScopeDraft
from lib.actors import system

USERNAME = "admin"
PASSWORD = "steelyard-demo"


class Command(BaseCommand):
    help = "Make the administrator, who sees everything, when there is none; nothing else. Idempotent."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if user_by_name(USERNAME) is not None:
            self.stdout.write("There is an administrator already.")
            return
        actor = system("seed_base")
        user = accounts.create_user(
            actor=actor, username=USERNAME, role="admin", password=PASSWORD, display_name="Administrator"
        )
        actions.grant_scope(actor=actor, draft=ScopeDraft(user.pk), reason="seed_base")
        self.stdout.write(f"Made {USERNAME} with the password {PASSWORD}.")
