"""Demo knowledge work: two languages of an answer, a review that is due, proposals of resolved cases, feedback, misses."""

import frappe
from frappe.utils import add_days, nowdate

from aftersales.demo.faqs import AUTHOR, EDITOR
from aftersales.knowledge import feedback, misses, proposals, upkeep

PAIR = ("迷你冰箱不制冷怎么办？", "Compact fridge does not cool")
DUE = "15 天内质量问题如何换新？"
MISSES = (
	("洗碗机 排水慢", "Ticket", 4),
	("heated bed display", "Search", 2),
	("电热毯 安全吗", "Portal", 3),
	("dishwasher salt", "Portal", 2),
)
FEEDBACK = (
	("净水器漏水怎么办？", True, None, None),
	("净水器漏水怎么办？", True, None, None),
	("加湿器不出雾", False, "Something Is Missing", "没有说明白醋的用量"),
	("First use of a compact fridge", False, "Hard to Understand", None),
	("PCR 没有扩增条带，可能是什么原因？", True, None, None),
)
MOST_PROPOSALS = 8


def load() -> None:
	"""Make what is missing; see aftersales.demo.load."""
	if not frappe.db.exists("Search Miss", {}):
		make_work()
	# Demo records have dates of the past, after which nobody looks for changes.
	upkeep.reconcile_all()


def make_work() -> None:
	"""Make everything, as the one who looks after the answers."""
	user = frappe.session.user
	try:
		frappe.set_user(EDITOR)
		link_languages()
		frappe.db.set_value(
			"FAQ", {"question": DUE}, {"review_date": add_days(nowdate(), -3), "reviewer": EDITOR}
		)
		for number, (question, helpful, reason, comment) in enumerate(FEEDBACK):
			faq = frappe.db.get_value("FAQ", {"question": question})
			feedback.keep(
				faq,
				helpful=helpful,
				reason=reason,
				comment=comment,
				visitor=f"user:{AUTHOR} {number}",
				source="Portal",
			)
		for text, source, times in MISSES:
			for _time in range(times):
				misses.note(text, source)
		propose_resolved()
	finally:
		frappe.set_user(user)


def link_languages() -> None:
	"""Say of two entries that they are the same answer."""
	chinese, english = (frappe.db.get_value("FAQ", {"question": question}) for question in PAIR)
	doc = frappe.get_doc("FAQ", english)
	doc.translation_of = chinese
	doc.save()


def propose_resolved() -> None:
	"""Let resolved tickets propose answers, as the queued job does."""
	made = 0
	rows = frappe.get_all(
		"Service Ticket", {"completed": 1, "faq": ("is", "not set")}, pluck="name", order_by="name"
	)
	for name in rows:
		made += bool(proposals.propose("Service Ticket", name))
		if made >= MOST_PROPOSALS:
			return
