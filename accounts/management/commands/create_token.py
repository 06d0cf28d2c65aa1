from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions import create_token
from accounts.queries import user_by_name
from lib.actors import system


class Command(BaseCommand):
    help = "Print a new bearer token of USER, once; only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> str:
        user = user_by_name(options["user"])
        if user is None or not user.is_active:
            raise CommandError(f"There is no active user {options['user']!r}.")
        return create_token(actor=system("create_token"), user=user, name=options["name"])
