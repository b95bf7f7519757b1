"""Real servers on this machine for tests of messages: an SMS gateway, a mail server (SMTP) and a mailbox (POP3)."""

import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
	"""A server in a thread, as a context manager."""

	server: socketserver.BaseServer

	def __enter__(self):
		threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
		return self

	def __exit__(self, *_error):
		self.server.shutdown()
		self.server.server_close()

	@property
	def port(self) -> int:
		return self.server.server_address[1]


class Gateway(Server):
	"""An HTTP gateway that keeps what it gets, and answers as it is told.

	:param answers: (status, body, headers) of the first, second… request; the last one for all that follow.
	:param wait: seconds before it answers.
	"""

	def __init__(self, *answers: tuple, wait: float = 0):
		self.requests: list[dict] = []
		answers = answers or ((200, {"code": 0, "id": "G-1"}, {}),)
		gateway = self

		class Handler(BaseHTTPRequestHandler):
			def do_POST(self):
				body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
				gateway.requests.append(
					{"method": self.command, "path": self.path, "body": body, "headers": dict(self.headers)}
				)
				status, answer, headers = answers[min(len(gateway.requests), len(answers)) - 1]
				time.sleep(wait)
				if status is None:
					self.close_connection = True
					self.connection.close()
					return
				content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
				self.send_response(status)
				for name, value in headers.items():
					self.send_header(name, value)
				self.send_header("Content-Length", str(len(content)))
				self.end_headers()
				self.wfile.write(content)

			do_GET = do_PUT = do_POST

			def handle(self):
				try:
					super().handle()
				except (OSError, ValueError):
					pass  # the client gave up, or the connection was cut on purpose

			def log_message(self, *args):
				pass

		self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		self.address = f"http://127.0.0.1:{self.port}/send"

	@property
	def bodies(self) -> list[str]:
		return [request["body"] for request in self.requests]


class _LineServer(socketserver.ThreadingTCPServer):
	allow_reuse_address = True
	daemon_threads = True


class MailServer(Server):
	"""An SMTP server that keeps what it gets: (sender, recipients, message as bytes)."""

	def __init__(self):
		self.mails: list[tuple[str, list[str], bytes]] = []
		mails = self.mails

		class Handler(socketserver.StreamRequestHandler):
			def say(self, line: str):
				self.wfile.write(line.encode() + b"\r\n")

			def handle(self):
				self.say("220 test ESMTP")
				sender, recipients = "", []
				while line := self.rfile.readline():
					command = line.decode().strip()
					word = command.upper().split(" ")[0].split(":")[0]
					if word == "EHLO":
						self.say("250-test")
						self.say("250 8BITMIME")
					elif word == "MAIL":
						sender = command.split(":", 1)[1].split(">")[0].strip(" <")
						self.say("250 ok")
					elif word == "RCPT":
						recipients.append(command.split(":", 1)[1].split(">")[0].strip(" <"))
						self.say("250 ok")
					elif word == "DATA":
						self.say("354 go on")
						mails.append((sender, recipients, self.read_message()))
						recipients = []
						self.say("250 ok")
					elif word == "QUIT":
						self.say("221 bye")
						return
					else:
						self.say("250 ok")

			def read_message(self) -> bytes:
				lines = []
				while (line := self.rfile.readline()) not in (b".\r\n", b""):
					lines.append(line[1:] if line.startswith(b"..") else line)
				return b"".join(lines)

		self.server = _LineServer(("127.0.0.1", 0), Handler)


class Mailbox(Server):
	"""A POP3 server with one mailbox; messages are fetched and deleted."""

	def __init__(self, *messages: bytes):
		self.messages = list(messages)
		box = self

		class Handler(socketserver.StreamRequestHandler):
			def say(self, *lines: bytes):
				self.wfile.write(b"\r\n".join(lines) + b"\r\n")

			def handle(self):
				self.say(b"+OK test")
				deleted = set()
				while line := self.rfile.readline():
					word, *rest = line.decode().split()
					word, number = word.upper(), int(rest[0]) if rest and rest[0].isdigit() else 0
					if word == "LIST":
						sizes = [f"{i} {len(m)}".encode() for i, m in enumerate(box.messages, 1)]
						self.say(b"+OK", *sizes, b".")
					elif word == "RETR":
						raw = box.messages[number - 1].replace(b"\r\n", b"\n").split(b"\n")
						self.say(
							b"+OK", *(b"." + part if part.startswith(b".") else part for part in raw), b"."
						)
					elif word == "DELE":
						deleted.add(number)
						self.say(b"+OK")
					elif word == "QUIT":
						box.messages = [m for i, m in enumerate(box.messages, 1) if i not in deleted]
						self.say(b"+OK")
						return
					else:
						self.say(b"+OK")

		self.server = _LineServer(("127.0.0.1", 0), Handler)
