"""The door for an ASGI server: `uvicorn dashboards.asgi:application`."""

import gc
import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

from dashboards.uploads import limited

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboards.settings")
# Every request has a thread of its own here: without a pool each would open a connection of its own too.
os.environ.setdefault("PENSTOCK_POOL", "1")

django = get_asgi_application()

from dashboards.live.stream import with_streams  # noqa: E402 (it asks models, which are there from here on)
from dashboards.watching.alive import with_heartbeat  # noqa: E402

application = with_heartbeat(with_streams(limited(django)))

# All that was loaded stays: to look through it again and again would cost every hundredth page a tenth of a second.
get_resolver().url_patterns  # noqa: B018 (reading it loads every page)
gc.collect()
gc.freeze()
