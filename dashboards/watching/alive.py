"""The heartbeat of a web process: begins and ends with the ASGI server's lifespan."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from dashboards.uploads import App, Receive, Scope, Send
from runs.health.beats import Heartbeat
from runs.models import Beat


def with_heartbeat(app: App) -> App:
    """Return the application, which beats as long as its server lives. Django itself knows no lifespan."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await app(scope, receive, send)
        await receive()
        heart = Heartbeat(Beat.Kind.WEB).in_a_thread()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await sync_to_async(heart.stop)()
        await send({"type": "lifespan.shutdown.complete"})

    return either
