"""One person begins an exam in several windows at once, in processes of their own: one attempt is open, and it counts once."""

import frappe
import pytest

from aftersales.testing import factories
from aftersales.testing.network import make_outlet_exam
from tests.test_work_in_parallel import at_once

BEGIN = """
from aftersales.service_network import exams
frappe.set_user(sys.argv[2])
frappe.db.get_value("Outlet Exam Attempt", {"exam": sys.argv[1]})
print(exams.start(sys.argv[1])["attempt"])
frappe.db.commit()
"""


@pytest.fixture
def exam():
	"""A published exam and an examinee that other processes see; taken away again."""
	frappe.set_user("Administrator")
	made = make_outlet_exam(published=1).name
	user = factories.user_with("Outlet Staff", account=factories.unique("exam-at-once"))
	frappe.db.commit()
	yield made, user
	frappe.db.rollback()
	attempts = frappe.get_all("Outlet Exam Attempt", {"exam": made}, pluck="name")
	frappe.db.delete("Outlet Exam Answer", {"parent": ("in", attempts or [""])})
	frappe.db.delete("Outlet Exam Attempt", {"exam": made})
	frappe.delete_doc("Outlet Exam", made, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.delete_doc("User", user, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.commit()


def test_one_attempt_is_begun(exam):
	begun = at_once(BEGIN, 3, *exam)
	assert len(begun) == 3 and len(set(begun)) == 1, begun
	frappe.db.rollback()
	assert frappe.db.count("Outlet Exam Attempt", {"exam": exam[0]}) == 1
