"""Starts worker.py, and asks it."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class Worker:
    """A process that has the application and one database, and answers questions."""

    def __init__(self, url: str):
        environment = os.environ | {
            "DATABASE_URL": url,
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost",
            # So many are asked for here; they are counted all the same.
            "ANONYMOUS_RATE": "6000/min",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_SETTINGS_MODULE": "claimtracker.settings",
            "PYTHONPATH": str(HERE.parent),
            "PYTHONWARNINGS": "ignore",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=HERE.parent,
        )

    def ask(self, name: str, *arguments: Any) -> Any:
        """Return what a method of worker.Worker answers."""
        print(json.dumps([name, *arguments]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A worker ended; what it said of that stands above.")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
