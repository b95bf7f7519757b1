"""A web server of a test's own: gunicorn on a free port of the loopback, serving the test site."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import frappe
import requests


class WebServer:
	"""gunicorn with two processes; `with WebServer() as server` waits until it answers and stops it afterwards."""

	def __init__(self):
		with socket.socket() as probe:
			probe.bind(("127.0.0.1", 0))
			self.port = probe.getsockname()[1]
		self.url = f"http://127.0.0.1:{self.port}"
		self.headers = {"X-Frappe-Site-Name": frappe.local.site, "Accept": "application/json"}
		sites = Path(frappe.local.sites_path).resolve()
		options = [
			"--bind",
			f"127.0.0.1:{self.port}",
			"--workers",
			"2",
			"--threads",
			"4",
			"--chdir",
			str(sites),
		]
		self.process = subprocess.Popen(
			[sys.executable, "-m", "gunicorn", "frappe.app:application", *options],
			cwd=sites,
			env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
		)

	def __enter__(self) -> "WebServer":
		try:
			self.wait()
		except BaseException:
			self.stop()
			raise
		return self

	def __exit__(self, *_exception) -> None:
		self.stop()

	def session(self) -> requests.Session:
		"""Return a client that keeps its connection and names the test site in each request."""
		session = requests.Session()
		session.headers.update(self.headers)
		# Names of accounts in ~/.netrc are none of this site's.
		session.trust_env = False
		return session

	def wait(self) -> None:
		"""Wait until the site answers."""
		for _attempt in range(120):
			try:
				if requests.get(f"{self.url}/api/method/ping", headers=self.headers, timeout=60).ok:
					return
			except requests.ConnectionError:
				pass
			time.sleep(0.5)
		raise AssertionError("the web server did not start")

	def stop(self) -> None:
		"""Stop the server and its processes."""
		self.process.terminate()
		self.process.wait(30)
