"""create_staff USER --role R [--region X] [--site Y] [--password P]"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import actions as accounts
from accounts.permissions import ROLES
from catalog import actions
from catalog.actions.scopes import ScopeDraft
from lib.actors import system
from lib.faults import Faults


class Command(BaseCommand):
    help = "Make a user with a role and a scope: the regions and sites named, or everything when none is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--role", required=True, choices=sorted(ROLES))
        parser.add_argument("--region", action="append", default=[], help="code of a region; may be repeated")
        parser.add_argument("--site", action="append", default=[], help="code of a site; may be repeated")
        parser.add_argument("--password", help="without one the user can only work with tokens")
        parser.add_argument("--name", default="", help="the name to show")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = system("create_staff")
        try:
            with transaction.atomic():
                user = accounts.create_user(
                    actor=actor,
                    username=options["user"],
                    role=options["role"],
                    password=options["password"],
                    display_name=options["name"],
                )
                for draft in _drafts(user.pk, options["region"], options["site"]):
                    actions.grant_scope(actor=actor, draft=draft, reason="create_staff")
        except Faults as refused:
            raise CommandError(
                "\n".join(f"{fault.code}: {fault.detail}" for fault in refused.faults)
            ) from refused
        self.stdout.write(f"{options['user']} is a {options['role']}.")


def _drafts(user_id: int, regions: list[str], sites: list[str]) -> list[ScopeDraft]:
    named = [ScopeDraft(user_id, region=code) for code in regions]
    named += [ScopeDraft(user_id, site=code) for code in sites]
    return named or [ScopeDraft(user_id)]
