"""Demo FAQs: laboratory questions and appliance faults in Chinese and English, some with pictures drawn here."""

import io

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils.file_manager import save_file
from PIL import Image, ImageDraw

from aftersales.demo.base import read
from aftersales.setup.records import ensure

AUTHOR = "agent@aftersales.example"
EDITOR = "knowledge@aftersales.example"
# The way from a draft to each state.
ACTIONS = {
	"Draft": (),
	"In Review": ("Submit for Review",),
	"Published": ("Submit for Review", "Publish"),
	"Retired": ("Submit for Review", "Publish", "Retire"),
}
SIZE = (640, 420)


def load() -> None:
	"""Make the demo FAQs that are missing; see aftersales.demo.load."""
	for row in read("faq_categories"):
		ensure({"doctype": "FAQ Category", "parent_faq_category": "All FAQs", **row})
	user = frappe.session.user
	try:
		for row in read("faqs"):
			if not frappe.db.exists("FAQ", {"question": row["question"]}):
				make_faq(row)
	finally:
		frappe.set_user(user)


def make_faq(row: dict) -> None:
	"""Write one FAQ as an agent and take it through its workflow as the editor."""
	state = row.pop("state", "Published")
	pictures = row.pop("pictures", [])
	frappe.set_user(AUTHOR)
	faq = frappe.get_doc({"doctype": "FAQ", **row}).insert()
	for number, (kind, caption) in enumerate(pictures, 1):
		file = save_file(f"{faq.name}-{number}.png", draw(kind), "FAQ", faq.name, is_private=1)
		faq.append("pictures", {"image": file.file_url, "caption": caption})
	if pictures:
		faq.save()
	frappe.set_user(EDITOR)
	for action in ACTIONS[state]:
		apply_workflow(frappe.get_doc("FAQ", faq.name), action)


def draw(kind: str) -> bytes:
	"""Return a simple picture as PNG: gel, fridge, filter or display."""
	image = Image.new("RGB", SIZE, "#ffffff")
	DRAWINGS[kind](ImageDraw.Draw(image))
	buffer = io.BytesIO()
	image.save(buffer, "PNG")
	return buffer.getvalue()


def draw_gel(pen: ImageDraw.ImageDraw) -> None:
	"""An agarose gel: a ladder, a positive control, an empty lane and a smear."""
	pen.rectangle((0, 0, *SIZE), fill="#14161c")
	for lane in range(4):
		left = 90 + lane * 130
		pen.rectangle((left, 40, left + 70, 52), outline="#6d7078")
		if lane == 0:
			for step in range(8):
				pen.rectangle((left, 90 + step * 36, left + 70, 96 + step * 36), fill="#c9ccd4")
		elif lane == 1:
			pen.rectangle((left, 214, left + 70, 226), fill="#f4f5f8")
		elif lane == 3:
			for step in range(60):
				grey = 40 + step * 2
				pen.rectangle((left, 120 + step * 4, left + 70, 124 + step * 4), fill=(grey, grey, grey))


def draw_fridge(pen: ImageDraw.ImageDraw) -> None:
	"""A fridge from the side, the wall behind it and the distance between them."""
	pen.rectangle((0, 380, SIZE[0], SIZE[1]), fill="#d9dde3")
	pen.rectangle((520, 20, 560, 380), fill="#b9bec7")
	pen.rectangle((180, 70, 400, 380), fill="#eef2f6", outline="#5a6472", width=4)
	pen.line((180, 180, 400, 180), fill="#5a6472", width=4)
	pen.line((404, 240, 516, 240), fill="#d64545", width=5)
	for x, direction in ((404, 1), (516, -1)):
		pen.polygon([(x, 240), (x + 16 * direction, 230), (x + 16 * direction, 250)], fill="#d64545")
	pen.text((436, 215), "10 cm", fill="#d64545")


def draw_filter(pen: ImageDraw.ImageDraw) -> None:
	"""A row of filter housings with the valve before them and the fittings between them."""
	pen.line((20, 120, 620, 120), fill="#3b82c4", width=10)
	pen.rectangle((60, 96, 104, 144), fill="#d64545")
	pen.line((82, 96, 82, 66), fill="#d64545", width=8)
	for number in range(3):
		left = 170 + number * 150
		pen.rectangle((left, 100, left + 90, 140), fill="#5a6472")
		pen.rounded_rectangle(
			(left + 10, 140, left + 80, 360), radius=18, fill="#e6eef7", outline="#5a6472", width=4
		)
		pen.ellipse((left - 14, 108, left + 10, 132), fill="#e0a63a")


def draw_display(pen: ImageDraw.ImageDraw) -> None:
	"""A control panel whose display shows an error code."""
	pen.rounded_rectangle((80, 100, 560, 320), radius=24, fill="#2b2f36")
	pen.rectangle((140, 150, 320, 270), fill="#101316")
	for box in ((170, 165, 220, 175), (170, 165, 180, 255), (170, 205, 220, 215), (170, 245, 220, 255)):
		pen.rectangle(box, fill="#ff5a3c")
	for box in ((250, 165, 260, 215), (290, 165, 300, 255), (250, 205, 300, 215)):
		pen.rectangle(box, fill="#ff5a3c")
	for x in (380, 440, 500):
		pen.ellipse((x - 18, 192, x + 18, 228), outline="#8a919c", width=4)


DRAWINGS = {"gel": draw_gel, "fridge": draw_fridge, "filter": draw_filter, "display": draw_display}
