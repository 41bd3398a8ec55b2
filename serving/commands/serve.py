"""`qawl serve`: the HTTP service."""

from typing import Annotated

import typer

from serving.commands import options


def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    model: options.Model = None,
) -> int:
    """Start the HTTP service with its page."""
    from serving.server import serve as start

    return start(host=host, port=port, model=model)
