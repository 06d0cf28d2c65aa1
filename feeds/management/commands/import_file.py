"""manage.py import_file FEED FILE: one file through a feed, in the foreground."""

import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from feeds import actions
from feeds.models import Delivery, Feed
from feeds.queries import feed_named, feeds_by_name, quarantine_of
from lib.actors import system
from lib.faults import Faults

EXIT_TAKEN, EXIT_REFUSED, EXIT_QUARANTINE = 0, 1, 2
SHOWN_FAULTS = 50


def feed_list() -> str:
    """The names of the feeds there are; of the kinds when the database cannot be asked."""
    try:
        names = [feed.name for feed in feeds_by_name()]
    except DatabaseError:
        names = list(Feed.Kind.values)
    return ", ".join(names)


class Command(BaseCommand):
    help = "Take one file through a feed. Exit 0: all rows taken; 1: file refused, nothing written; 2: some rows in quarantine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("feed", metavar="FEED", help=f"one of: {feed_list()}".replace("%", "%%"))
        parser.add_argument("file", metavar="FILE", help="CSV (UTF-8, UTF-16 or GB18030) or JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = feed_named(options["feed"])
        if feed is None:
            self.refused(f"There is no feed {options['feed']!r}; there are: {feed_list()}")
        path = Path(options["file"])
        try:
            if path.stat().st_size > actions.MAX_FILE_BYTES:
                self.refused(f"The file is larger than {actions.MAX_FILE_BYTES // 2**20} MiB.")
            body = path.read_bytes()
        except OSError as error:
            self.refused(f"The file cannot be read: {error.strerror}.")
        actor = system("import_file")
        try:
            delivery = actions.receive_file(
                actor=actor, feed=feed, filename=path.name, body=body, is_claimed=True
            )
            delivery = actions.apply_delivery(actor=actor, delivery_id=delivery.pk, attempt=1)
        except Faults as faults:
            self.refused(faults.faults[0].detail)
        self.report(delivery)

    def report(self, delivery: Delivery) -> None:
        if delivery.state == Delivery.State.REFUSED:
            self.refused(f"{delivery.error_code}: {delivery.error}")
        for row in quarantine_of(delivery.pk, SHOWN_FAULTS):
            self.stderr.write(f"row {row.number}: {row.code}: {row.detail}")
        if delivery.rejected > SHOWN_FAULTS:
            self.stderr.write(f"… and {delivery.rejected - SHOWN_FAULTS} more")
        self.stdout.write(f"accepted {delivery.accepted}, rejected {delivery.rejected}")
        if delivery.rejected:
            sys.exit(EXIT_QUARANTINE)

    def refused(self, why: str) -> NoReturn:
        self.stderr.write(why)
        self.stdout.write("accepted 0, rejected 0")
        sys.exit(EXIT_REFUSED)
