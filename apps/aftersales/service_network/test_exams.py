import json
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.service_network import exams
from aftersales.service_network.doctype.outlet_exam.outlet_exam import ExamError
from aftersales.testing import factories, network
from aftersales.testing.field import as_user, make_service_outlet, staff_of
from aftersales.utils.append_only import AppendOnlyError

QUESTIONS = (
	{"question": "Is it off?", "options": "Yes\nNo", "right_answers": "a", "points": 1},
	{
		"question": "Which are tools?",
		"options": "Spanner\nTea\nMeter\n",
		"right_answers": "C; A",
		"points": 3,
	},
)
ATTEMPT = "Outlet Exam Attempt"


@contextmanager
def outside_tests():
	"""Let `frappe.only_for` ask for roles: in tests it lets everybody pass."""
	frappe.flags.in_test = False
	try:
		yield
	finally:
		frappe.flags.in_test = True


class TestExams(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = make_service_outlet().name
		cls.user = staff_of(cls.outlet, "Outlet Staff")
		cls.colleague = staff_of(cls.outlet, "Outlet Staff", account="exam-colleague")

	def setUp(self):
		self.exam = network.make_outlet_exam(*QUESTIONS, published=1, attempts=2, pass_mark=75, minutes=10)
		frappe.set_user(self.user)

	def tearDown(self):
		frappe.set_user("Administrator")

	def at(self, time):
		return patch.object(exams, "now_datetime", lambda: datetime.fromisoformat(time))

	def start(self):
		return exams.start(self.exam.name)

	def choose(self, sheet, *letters):
		for question, chosen in zip(sheet["questions"], letters, strict=True):
			exams.answer(sheet["attempt"], question["name"], chosen)

	def test_marked_by_the_server(self):
		sheet = self.start()
		self.choose(sheet, "B", "A, C")
		self.assertEqual(
			exams.hand_in(sheet["attempt"]), {"mark": 75.0, "pass_mark": 75.0, "passed": 1}, "3 of 4 points"
		)
		self.assertEqual(exams.hand_in(sheet["attempt"])["mark"], 75.0)
		stored = frappe.db.get_value(ATTEMPT, sheet["attempt"], ["outlet", "state", "user"])
		self.assertEqual(stored, (self.outlet, "Handed In", self.user))

	def test_all_right_answers_and_no_other(self):
		for chosen in ("A", "A, B, C"):
			with self.subTest(chosen=chosen):
				sheet = self.start()
				self.choose(sheet, "A", chosen)
				self.assertEqual(exams.hand_in(sheet["attempt"])["mark"], 25.0)

	def test_right_answers_never_leave_the_server(self):
		sheet = self.start()
		told = json.dumps([sheet, exams.open_exams()])
		for word in ("right", "earned", "C; A"):
			self.assertNotIn(word, told)
		self.assertEqual(sheet["questions"][1]["options"], ["Spanner", "Tea", "Meter"])
		self.assertTrue(sheet["questions"][1]["several"])
		for doctype, table in (("Outlet Exam", "Outlet Exam Question"), (ATTEMPT, "Outlet Exam Answer")):
			for right in ("read", "select"):
				self.assertFalse(frappe.has_permission(doctype, right))
			self.assertRaises(frappe.PermissionError, frappe.get_list, doctype)
			self.assertRaises(frappe.PermissionError, frappe.get_list, table, parent_doctype=doctype)

	def test_a_branch_sees_marks_and_no_answers(self):
		sheet = self.start()
		frappe.set_user(staff_of(self.outlet, "Branch Staff"))
		doc = frappe.get_doc(ATTEMPT, sheet["attempt"])
		doc.check_permission("read")
		doc.apply_fieldlevel_read_permissions()
		self.assertFalse(doc.get("answers"))
		self.assertNotIn("right_answers", frappe.db.get_table_columns("Outlet Exam Answer"))
		with outside_tests():
			self.assertRaises(frappe.PermissionError, exams.open_exams)

	def test_one_attempt_is_open_at_a_time(self):
		first = self.start()
		exams.answer(first["attempt"], first["questions"][0]["name"], "A")
		again = self.start()
		self.assertEqual(again["attempt"], first["attempt"])
		self.assertEqual(again["questions"][0]["chosen"], ["A"])
		exams.hand_in(first["attempt"])
		second = self.start()
		self.assertNotEqual(second["attempt"], first["attempt"])
		exams.hand_in(second["attempt"])
		self.assertRaises(exams.ExamClosedError, self.start)

	def test_the_time_is_the_servers(self):
		with self.at("2024-03-01 10:00:00"):
			sheet = self.start()
			self.assertEqual(sheet["seconds_left"], 600)
		first, second = (question["name"] for question in sheet["questions"])
		with self.at("2024-03-01 10:10:09"):
			self.assertFalse(exams.answer(sheet["attempt"], first, "A")["over"])
		with self.at("2024-03-01 10:10:11"):
			late = exams.answer(sheet["attempt"], second, "A, C")
		self.assertEqual(late, {"seconds_left": 0, "over": True})
		stored = frappe.db.get_value(ATTEMPT, sheet["attempt"], ["state", "mark", "finished_at"])
		self.assertEqual(stored, ("Time Over", 25.0, datetime(2024, 3, 1, 10, 10)))
		self.assertTrue(exams.answer(sheet["attempt"], second, "A, C")["over"])
		self.assertEqual(frappe.db.get_value(ATTEMPT, sheet["attempt"], "mark"), 25.0)

	def test_forgotten_attempts_are_closed(self):
		with self.at("2024-03-01 10:00:00"):
			sheet = self.start()
			exams.answer(sheet["attempt"], sheet["questions"][1]["name"], "CA")
		frappe.set_user("Administrator")
		with self.at("2024-03-01 10:09:00"):
			exams.close_overdue()
			self.assertEqual(frappe.db.get_value(ATTEMPT, sheet["attempt"], "state"), "Open")
		exams.close_overdue()
		stored = frappe.db.get_value(ATTEMPT, sheet["attempt"], ["state", "mark", "passed", "open_key"])
		self.assertEqual(stored, ("Time Over", 75.0, 1, None))

	def test_only_what_the_question_offers(self):
		sheet = self.start()
		question = sheet["questions"][0]["name"]
		for name, chosen in ((question, "C"), ("another", "A")):
			self.assertRaises(exams.ExamAnswerError, exams.answer, sheet["attempt"], name, chosen)
		exams.answer(sheet["attempt"], question, "A")
		exams.answer(sheet["attempt"], question, "")
		self.assertEqual(frappe.db.get_value("Outlet Exam Answer", question, "chosen"), "")

	def test_nobody_writes_somebody_elses_attempt(self):
		sheet = self.start()
		frappe.set_user(self.colleague)
		for call in (
			lambda: exams.answer(sheet["attempt"], sheet["questions"][0]["name"], "A"),
			lambda: exams.hand_in(sheet["attempt"]),
			lambda: exams.hand_in("none"),
		):
			self.assertRaises(frappe.PermissionError, call)

	def test_who_is_no_examinee(self):
		sheet = self.start()
		for user in (factories.user_with("Service Agent"), "Guest"):
			with as_user(user), outside_tests():
				for call in (
					exams.open_exams,
					self.start,
					lambda: exams.answer(sheet["attempt"], sheet["questions"][0]["name"], "A"),
					lambda: exams.hand_in(sheet["attempt"]),
				):
					self.assertRaises(frappe.PermissionError, call)
		with outside_tests():
			self.assertTrue(exams.open_exams())

	def test_exams_that_are_not_open(self):
		for values, error in (
			({"published": 0}, frappe.DoesNotExistError),
			({"open_from": add_days(today(), 1)}, exams.ExamClosedError),
			({"open_until": add_days(today(), -1)}, exams.ExamClosedError),
		):
			frappe.db.savepoint("exam")
			frappe.db.set_value("Outlet Exam", self.exam.name, values)
			self.assertRaises(error, self.start)
			frappe.db.rollback(save_point="exam")
		frappe.db.set_value("Outlet Exam", self.exam.name, {"open_from": today(), "open_until": today()})
		self.start()

	def test_what_is_shown_before(self):
		def mine():
			return next(one for one in exams.open_exams() if one["name"] == self.exam.name)

		self.assertEqual((mine()["questions"], mine()["used"], mine()["best"]), (2, 0, None))
		sheet = self.start()
		self.assertEqual((mine()["running"], mine()["open"]), (sheet["attempt"], True))
		self.choose(sheet, "A", "AC")
		exams.hand_in(sheet["attempt"])
		self.assertEqual(
			(mine()["running"], mine()["best"], mine()["passed"], mine()["open"]), (None, 100.0, True, True)
		)
		with self.assertQueryCount(2):
			exams.open_exams()

	def test_questions_stay_once_somebody_has_taken_them(self):
		self.start()
		frappe.set_user("Administrator")
		self.exam.reload()
		self.exam.minutes = 20
		self.exam.save()
		self.exam.questions[0].right_answers = "B"
		self.assertRaises(ExamError, self.exam.save)

	def test_attempts_are_not_changed(self):
		sheet = self.start()
		frappe.set_user("Administrator")
		doc = frappe.get_doc(ATTEMPT, sheet["attempt"])
		doc.mark = 100
		self.assertRaises(AppendOnlyError, doc.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, ATTEMPT, doc.name)

	def test_questions_must_make_sense(self):
		frappe.set_user("Administrator")
		for wrong in (
			{"options": "Only one", "right_answers": "A"},
			{"options": "Yes\nNo", "right_answers": "C"},
			{"options": "Yes\nNo", "right_answers": "-"},
			{"options": "Yes\nNo", "right_answers": "A", "points": 0},
		):
			with self.subTest(wrong=wrong):
				self.assertRaises(ExamError, network.make_outlet_exam, {"question": "?", **wrong})
		self.assertRaises(ExamError, network.make_outlet_exam, attempts=0)
		self.assertRaises(
			ExamError, network.make_outlet_exam, open_from="2024-02-01", open_until="2024-01-01"
		)
