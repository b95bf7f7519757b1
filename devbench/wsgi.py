"""The bench's web application: Frappe, with its files and assets, and a default site for the plain loopback address."""

import json
from pathlib import Path

from frappe.app import application as frappe_application
from frappe.middlewares import StaticDataMiddleware
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITES = Path.cwd()
LOOPBACK = ("127.0.0.1", "localhost")
DEFAULT_SITE = json.loads((SITES / "common_site_config.json").read_text(encoding="utf-8"))["default_site"]


def with_default_site(inner):
	"""Let http://127.0.0.1:PORT show the default site: not every program resolves aftersales.localhost."""

	def serve(environ, start_response):
		host = environ.get("HTTP_HOST", "").partition(":")[0]
		if host in LOOPBACK and not environ.get("HTTP_X_FRAPPE_SITE_NAME"):
			environ["HTTP_X_FRAPPE_SITE_NAME"] = DEFAULT_SITE
			if environ.get("PATH_INFO", "").startswith(
				"/files/"
			):  # Frappe's middleware for files looks at nothing else
				environ["HTTP_HOST"] = DEFAULT_SITE
		return inner(environ, start_response)

	return serve


# A production bench leaves these two to its web server.
_with_assets = SharedDataMiddleware(frappe_application, {"/assets": str(SITES / "assets")})
_with_files = StaticDataMiddleware(_with_assets, {"/files": str(SITES)})
application = with_default_site(_with_files)
