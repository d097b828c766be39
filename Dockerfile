FROM python:3.11-slim-bookworm

# A worker that is still loading the application misses the order to stop; Docker itself kills after 10 seconds.
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    DJANGO_SETTINGS_MODULE=claimtracker.settings \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=4 \
    GRANIAN_WORKERS_KILL_TIMEOUT=8

WORKDIR /app

RUN useradd --system --no-create-home --shell /usr/sbin/nologin claimtracker

# pdftotext reads PDFs better than what Python has; poppler-data has the letters of Chinese, Japanese and Korean ones.
RUN apt-get update \
    && apt-get install -y --no-install-recommends poppler-utils poppler-data \
    && rm -rf /var/lib/apt/lists/*

# Before the code, so that a change of code does not install anything again.
COPY requirements.txt ./
RUN python -m pip install --require-hashes -r requirements.txt

COPY manage.py pyproject.toml LICENSE ./
COPY claimtracker claimtracker/
COPY sources sources/
COPY claims claims/
COPY seeds seeds/

# The key is made here and forgotten here: settings want one, static files do not depend on it.
# No database is asked either; the address only says that this is no checkout with its own PostgreSQL.
RUN DATABASE_URL=postgres://nobody@localhost/none \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    python manage.py collectstatic --no-input

# The files stay root's: what serves them cannot change them.
USER claimtracker

EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "claimtracker.health"]

CMD ["granian", "--no-ws", "claimtracker.wsgi:application"]
