"""People write while the days are counted, by two workers at once: in the end every day is right."""

import frappe
import pytest

from aftersales.aftersales.figures import compute
from tests.test_work_in_parallel import at_once, remove

NAME, DAY = "parallel figures", "1993-03-01"
# Whoever is there first counts; the test gives each process the same script.
WRITE_AND_COUNT = f"""
from aftersales.aftersales.figures import compute
frappe.set_user("Administrator")
for number in range(4):
	frappe.get_doc(
		doctype="Service Ticket", record_type="Praise", customer_name="{NAME}", creation_date="{DAY}", person_in_charge="Guest"
	).insert()
	frappe.db.commit()
	compute.run()
"""


@pytest.fixture
def committed():
	"""What other processes write is taken away again."""
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	remove("Service Ticket", {"customer_name": NAME})
	frappe.db.delete("Daily Figure", {"date": DAY})
	frappe.db.delete("Daily Figure Mark", {"date": DAY})
	frappe.db.commit()


def test_days_are_right_however_many_write_and_count_at_once(committed):
	at_once(WRITE_AND_COUNT, 3)
	compute.run()
	stored = frappe.get_all(
		"Daily Figure", {"date": DAY, "measure": "Tickets Created"}, ["dimension", "figure_count"]
	)
	assert {row.figure_count for row in stored} == {12}
	assert len(stored) == 5
	assert not frappe.db.exists("Daily Figure Mark", {"date": DAY})
