#!/usr/bin/env python
"""Entry for every command. Those that change the schema sign in as the owner of the tables, all others as the application."""

import os
import sys

OWNER_COMMANDS = {
    "prepare",
    "migrate",
    "makemigrations",
    "sqlmigrate",
    "showmigrations",
    "optimizemigration",
    "squashmigrations",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "up":
        from config.up import main as up

        sys.exit(up(sys.argv[2:]))
    if command in OWNER_COMMANDS:
        os.environ.setdefault("STEELYARD_AS_OWNER", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
