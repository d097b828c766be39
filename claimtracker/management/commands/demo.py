import contextlib
import errno
import json
import secrets
import signal
import warnings
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    get_internal_wsgi_application,
)
from django.db import connection

from claimtracker import bootstrap, embedded_postgres

HOST = "127.0.0.1"
PORTS_TO_TRY = 100
DISPUTE = "corridor-blocked"
ACCOUNTS = [
    # name, group, may enter the admin
    ("editor", "editors", True),
    ("analyst", "analysts", False),
]


class Command(BaseCommand):
    help = "Set up what is missing, load the seeds, make demo accounts, and serve on this machine."
    requires_system_checks = []  # migrate makes them

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, help="8000, unless you say another")

    def handle(self, *, port, **options):
        if bootstrap.has_own_server():
            raise CommandError(bootstrap.NO_DEMO_ON_A_SERVER)
        if not 0 < port < 65536:
            raise CommandError(f"There is no port {port}; choose one from 1 to 65535.")
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGHUP, _interrupt)
        try:
            with embedded_postgres.in_use(settings.BASE_DIR, "demo") as cluster:
                # One demo at a time sets up; a second one finds all of it done.
                with cluster.locked("demo"):
                    self.set_up()
                    passwords = make_accounts(Path(settings.BASE_DIR, "var", "demo-accounts.json"))
                cluster.watch(self.server_is_back)
                # A checkout's static files are served from where they lie; none are collected.
                warnings.filterwarnings("ignore", message="No directory at")
                server = self.bind(port)
                self.announce(server.server_port, passwords)
                try:
                    server.serve_forever()
                finally:
                    server.server_close()
        except KeyboardInterrupt:
            self.say("Stopped.")

    def say(self, line):
        # Whoever read our output may be gone; that is no reason to stop, or not to stop in order.
        with contextlib.suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()

    def server_is_back(self, line):
        # The pool's connections are to the server that is gone; have them replaced before a
        # request gets one.
        connection.pool.check()
        self.say(line)

    def set_up(self):
        call_command("migrate", interactive=False, verbosity=0)
        # Only into an empty tracker: an editor's later edit is never overwritten.
        models = ["sources.Source", "sources.Document", "claims.Claim"]
        if any(apps.get_model(name).objects.exists() for name in models):
            return
        seeds = sorted(Path(settings.BASE_DIR, "seeds").glob("*.json"))
        if seeds:
            self.say(f"Loading {', '.join(seed.name for seed in seeds)} …")
            call_command("loaddata", *map(str, seeds), verbosity=0)

    def bind(self, wanted):
        for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
            try:
                server = Server((HOST, port), WSGIRequestHandler)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise CommandError(f"Cannot serve on port {port}: {error.strerror}.") from error
            if port != wanted:
                self.say(f"Port {wanted} is taken; using {port}.")
            server.set_app(get_internal_wsgi_application())
            return server
        raise CommandError(f"Ports {wanted} to {port} are all taken; choose one with --port.")

    def announce(self, port, passwords):
        home = f"http://{HOST}:{port}"
        lines = [
            "",
            f"  Home            {home}/",
            f"  Admin           {home}/admin/",
            f"  API             {home}/api/v1/",
            f"  API docs        {home}/api/v1/docs/",
            f"  A dispute       {home}/claims/{DISPUTE}/",
            f"  The same, JSON  {home}/api/v1/claims/{DISPUTE}/",
            "",
        ]
        for (name, _group, is_staff), password in zip(ACCOUNTS, passwords, strict=True):
            where = "admin and API" if is_staff else "API"
            lines.append(f"  {name.title():<14}  {name} / {password}  ({where})")
        self.say("\n".join([*lines, "", "Ctrl-C stops it."]))


def make_accounts(path):
    """Make the demo accounts that are missing; return the password of each.

    A password that was changed since is left alone, unless the file that knew it is gone.
    """
    kept = json.loads(path.read_text()) if path.exists() else {}
    known = {}
    passwords = []
    for name, group, is_staff in ACCOUNTS:
        user = get_user_model().objects.filter(username=name).first()
        entry = kept.get(name)
        if user and entry:
            # The hash tells without hashing anew, which takes a second.
            unchanged = user.password == entry["hash"] or user.check_password(entry["password"])
            passwords.append(entry["password"] if unchanged else "(the password was changed)")
            known[name] = entry
            continue
        password = entry["password"] if entry else secrets.token_urlsafe(9)
        user = user or get_user_model()(username=name)
        user.is_staff = is_staff
        user.set_password(password)
        user.save()
        user.groups.add(Group.objects.get_or_create(name=group)[0])
        known[name] = {"password": password, "hash": user.password}
        passwords.append(password)
    if known != kept:
        embedded_postgres.write_private(path, json.dumps(known, indent=1) + "\n")
    return passwords


class Server(ThreadedWSGIServer):
    daemon_threads = True  # an open keep-alive connection must not hold up the end


def _interrupt(number, frame):
    raise KeyboardInterrupt
