#!/usr/bin/env python3
"""The way in to every command; the first one sets up what is missing."""

import os
import sys

# These do without the database; for any other the embedded PostgreSQL is started, unless they
# see to it themselves (db, demo, test).
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "db",
    "demo",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "test",
    "testserver",
    "version",
}


def main(argv):
    # What PYTHONPATH and PYTHONHOME lead to (another Django, a module named like a standard one)
    # must do no harm, so begin again without them before anything else is imported.
    if "PYTHONPATH" in os.environ or "PYTHONHOME" in os.environ:
        environment = dict(os.environ)
        environment.pop("PYTHONPATH", None)
        environment.pop("PYTHONHOME", None)
        os.execve(sys.executable, [sys.executable] + argv, environment)

    base_dir = os.path.dirname(os.path.abspath(__file__))
    if base_dir not in sys.path:
        sys.path.insert(0, base_dir)
    from claimtracker import bootstrap

    bootstrap.ensure(base_dir, argv)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claimtracker.settings")
    from django.core.management import execute_from_command_line

    from claimtracker import embedded_postgres

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    embedded_postgres.end_politely_on_signals()
    command = argv[1] if len(argv) > 1 else "help"
    asks_for_help = "--help" in argv or "-h" in argv or command.startswith("-")
    try:
        if command in WITHOUT_DATABASE or asks_for_help or bootstrap.has_own_server():
            execute_from_command_line(argv)
        else:
            with embedded_postgres.in_use(base_dir, " ".join(argv[1:])):
                execute_from_command_line(argv)
    except embedded_postgres.EmbeddedPostgresError as error:
        sys.exit(str(error))
    except Exception as error:
        line = in_one_line(error)
        if not line or "--traceback" in argv:
            raise
        sys.exit(line)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)


def in_one_line(error):
    """Return what is wrong with the settings, or with the server that they name; else nothing."""
    line = " ".join(str(error).split())
    kind = error.__class__.__name__
    if kind == "ImproperlyConfigured":
        return "The settings are not right: " + line
    if kind == "OperationalError":
        from django.conf import settings

        server = settings.DATABASES["default"]
        place = "%s:%s" % (server["HOST"] or "this machine", server["PORT"] or 5432)
        return "The database %s at %s does not answer: %s" % (server["NAME"], place, line)
    return ""


if __name__ == "__main__":
    main(sys.argv)
