"""The door for a WSGI server. Live pages then poll: a stream would hold a whole thread."""

import os

from django.core.wsgi import get_wsgi_application

from dashboards.uploads import limited_wsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboards.settings")

application = limited_wsgi(get_wsgi_application())
