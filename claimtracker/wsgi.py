"""The WSGI application, for granian and other servers."""

import os

from django.core.wsgi import get_wsgi_application

from claimtracker.overload import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "claimtracker.settings")
application = get_wsgi_application()
limit_statements()
