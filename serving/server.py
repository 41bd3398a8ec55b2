"""Start the service: check everything that can be checked, then hand over to BentoML's server.

Knows addresses and processes; the service itself is `serving.service`.
"""

import http.client
import ipaddress
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from data.artifact import read_card
from data.errors import QawlError
from serving.settings import Settings
from serving.store import Store, bentoml_home
from serving.tracing import tracing


def serve(host: str = "127.0.0.1", port: int = 3000, model: str | Path | None = None) -> int:
    """Serve until interrupted (Ctrl-C or SIGTERM); calls in flight are answered first.

    Args:
        host: an IP address, or `localhost`. Beyond loopback, API keys are required.
        port: a free port.
        model: serve this artifact (directory or tag) and no other; by default the one in use, followed as it changes.

    Returns:
        the exit status, 0.

    Raises:
        QawlError: if the address, the settings, or every artifact is unusable.
    """
    address = _address(host)
    settings = Settings.load()
    if not address.is_loopback and not settings.keys:
        raise QawlError(
            f"listening on {host} needs API keys",
            where="--host",
            remedy="set QAWL_API_KEYS=NAME:KEY, or listen on 127.0.0.1 behind a proxy of yours",
        )
    tracing(settings.tracing)
    _check_artifact(model)
    _check_port(address, port)
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    os.environ["BENTOML_HOME"] = str(bentoml_home())
    os.environ["QAWL_SUPERVISOR"] = str(os.getpid())
    if model is not None:
        path = Path(model)
        os.environ["QAWL_SERVE_MODEL"] = str(path.resolve()) if path.is_dir() else str(model)

    from serving.service import Qawl

    service: Any = Qawl  # a BentoML service, which the class's type does not say
    # The worker starts here, so that a `data` folder of the caller's cannot stand before our package of that name.
    service.working_dir = str(Path(__file__).resolve().parent.parent)
    threading.Thread(target=_announce, args=(address, port), daemon=True).start()
    service.serve_http(host=str(address), port=port)
    return 0


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise QawlError(f"not an IP address: {host}", where="--host") from None


def _check_artifact(model: str | Path | None) -> None:
    store = Store()
    tags: list[str | Path] = list(store.fallbacks()) if model is None else [model]
    problems = []
    for tag in tags:
        try:
            read_card(store.resolve(tag))
            return
        except QawlError as error:
            problems.append(error)
    raise problems[0]


def _check_port(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> None:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise QawlError(
                f"cannot listen on {address}:{port}: {reason}", where="--port", remedy="choose another with --port"
            ) from None


def _announce(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> None:
    """Say where the service is once it answers."""
    reach = str(address)
    if address.is_unspecified:
        reach = "127.0.0.1" if address.version == 4 else "::1"
    for _ in range(600):
        time.sleep(0.1)
        connection = http.client.HTTPConnection(reach, port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                shown = f"[{reach}]" if ":" in reach else reach
                print(f"Qawl is ready: http://{shown}:{port} (Ctrl-C ends it)", file=sys.stderr, flush=True)
                return
        except OSError:
            continue
        finally:
            connection.close()
