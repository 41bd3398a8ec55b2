# syntax=docker/dockerfile:1
# The service on a CPU: no torch, no compiler, no root, and nothing of what only whole archives need (the extra
# `archive`). Planned layers: the base, the packages, the program.
#
#   docker build --tag qawl .
#   docker run --read-only --tmpfs /tmp --volume qawl:/var/lib/qawl --publish 127.0.0.1:3000:3000 \
#     --env QAWL_API_KEYS="desk:$(openssl rand -base64 24)" qawl
FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/qawl
COPY pyproject.toml README.md LICENSE qawl.py ./
# The packages in a layer of their own, which a change of the program does not touch.
RUN mkdir data serving training configs \
    && /opt/qawl/bin/pip install '.[serving]' \
    && /opt/qawl/bin/pip uninstall --yes qawl pip
# What serving ONNX graphs on a CPU never opens, a fifth of the packages: OpenVINO's other devices and formats, the
# packages' own tests, headers.
RUN find /opt/qawl/lib/python3.11/site-packages -depth \
    \( -path '*/openvino/libs/libopenvino_intel_[gn]pu_plugin.so' -o -path '*/openvino/libs/cache.json' \
    -o -regex '.*/openvino/libs/libopenvino_\(tensorflow\|tensorflow_lite\|pytorch\|paddle\|jax\|gguf\)_frontend.so.*' \
    -o -path '*/openvino/include*' -o -path '*/numpy/*/tests*' -o -path '*/tornado/test*' -o -name '*.pyi' \) -delete

FROM python:3.11-slim-bookworm
ENV PATH=/opt/qawl/bin:$PATH \
    BENTOML_DO_NOT_TRACK=True \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/program \
    QAWL_HOME=/var/lib/qawl
RUN useradd --system --uid 10001 --home-dir /var/lib/qawl --create-home --shell /usr/sbin/nologin qawl
COPY --from=packages /opt/qawl /opt/qawl
WORKDIR /opt/program
COPY LICENSE qawl.py ./
COPY configs ./configs
COPY data ./data
COPY training ./training
COPY serving ./serving
USER 10001
VOLUME /var/lib/qawl
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/readyz', timeout=2)"]
# Beyond loopback the service asks for API keys: without QAWL_API_KEYS it says so and ends.
CMD ["python", "-m", "qawl", "serve", "--host", "0.0.0.0", "--port", "3000"]
