# syntax=docker/dockerfile:1
# One image for every role; compose.yaml gives each container its command.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/pytoon
WORKDIR /src
# Dependencies first: they change less often than the code, so their layer stays cached.
COPY requirements.lock ./
RUN /opt/pytoon/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml setup.cfg celeryconfig.py README.md LICENSE ./
COPY app app
COPY tasks tasks
COPY engines engines
COPY audio audio
COPY assembly assembly
COPY presets presets
COPY schemas schemas
RUN /opt/pytoon/bin/pip install --no-deps .

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --create-home pytoon && install -d -o pytoon -g pytoon /data
COPY --from=build /opt/pytoon /opt/pytoon
ENV PATH=/opt/pytoon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTOON_HOME=/data \
    PYTOON_HOST=0.0.0.0 \
    PYTOON_PORT=8080
USER pytoon
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
# Without another command the image runs everything on one machine.
CMD ["pytoon", "serve"]
