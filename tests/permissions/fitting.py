"""What a document must hold so that an action can be applied to it by a certain person, per DocType.

Conditions of workflows and rules of controllers ask for content ("say what was done") and for people ("the named
handler"). Each function gets the transition (state, action, next_state, condition), the person's user name and the maker
of documents, and returns values of the document's fields; for a table, the values of all its rows. A DocType whose
actions ask for nothing needs no entry.
"""

from itertools import count

import frappe
from frappe.utils import add_months

from tests.permissions.documents import Documents

SOMEBODY = "Administrator"
MONTHS = count()
STATEMENT_SUMS = (
	*("opening_value", "in_value", "out_value", "closing_value"),
	*("opening_deposit", "deposit_in", "deposit_out", "closing_deposit"),
)


def ticket(row: dict, user: str, documents: Documents) -> dict:
	return {"handling": "Valve replaced"}


def faq(row: dict, user: str, documents: Documents) -> dict:
	return {"owner": user, "rejection_reason": "Half of the answer is missing"}


def complaint(row: dict, user: str, documents: Documents) -> dict:
	return {
		"kind": "Suggestion" if row["state"] == "Registered" and row["action"] == "Close" else "Complaint",
		"owner": user,
		"handler": user,
		"reviewer": user,
		"next_department": None,
		"department": documents.shared("Service Department"),
		"opinion": "Because of this",
		"result": "Unit exchanged",
		"feedback_channel": "Phone",
		"feedback_note": "The unit was exchanged",
		"satisfaction": "Satisfied",
	}


def follow_up(row: dict, user: str, documents: Documents) -> dict:
	feedback = "Awaiting Feedback" in (row["state"], row["next_state"])
	return {
		"feedback_person": user if feedback else None,
		"feedback": "Done" if row["action"] == "Give Feedback" else None,
		"cancel_reason": "Asked for no calls" if row["action"] == "Cancel" else None,
		"result": "All is well",
	}


def check_record(row: dict, user: str, documents: Documents) -> dict:
	return {
		"checked_person": user if row["action"] == "Object" else SOMEBODY,
		"checker": None,
		"information_right": "Yes",
		"originals_complete": "Yes",
		"conclusion": "In order",
		"objection": "It was raining",
		"objection_answer": "So it was",
		"findings": {"finding": "OK"},
	}


def work_assignment(row: dict, user: str, documents: Documents) -> dict:
	return {"assignee": user, "assigned_by": user, "return_reason": "On leave", "result": "Done"}


def opportunity(row: dict, user: str, documents: Documents) -> dict:
	return {"outcome_reason": "The price"}


def faq_proposal(row: dict, user: str, documents: Documents) -> dict:
	return {
		"faq_category": documents.shared("FAQ Category"),
		"faq": documents.shared("FAQ") if row["action"] == "Merge" else None,
		"reason": "Only once",
	}


def exchange_order(row: dict, user: str, documents: Documents) -> dict:
	return {"opinion": "Seen", "custody_place": "Shelf 1"}


def goods_receipt(row: dict, user: str, documents: Documents) -> dict:
	# Without its order: what others ask about that one, such as to cancel it, would reach the receipt.
	return {"receipt_given_back": 1, "service_order": None}


def factory_return(row: dict, user: str, documents: Documents) -> dict:
	line = {}
	if row["state"] in ("Sent to Factory", "Back from Factory"):
		line = {"outcome": "Repaired"}
	elif row["action"] == "Revise":
		# A unit that is still here: those of the other questions are at the factory by now.
		receipt = documents.make("Customer Goods Receipt")
		frappe.db.set_value("Customer Goods Receipt", receipt, "service_order", None)
		line = {"goods_receipt": receipt}
	return {"decision_note": "Repaired here", "lines": line}


def refurbish_application(row: dict, user: str, documents: Documents) -> dict:
	return {
		"serial_no": frappe.generate_hash(length=10),
		"decision_note": "Too old",
		"result": "As new",
	}


def appointment(row: dict, user: str, documents: Documents) -> dict:
	missed = row["action"] == "Did Not Come"
	return {
		"cancel_reason": "It works again" if row["action"] == "Cancel" else None,
		**({"appointment_date": "2024-03-01"} if missed else {}),
	}


def device(row: dict, user: str, documents: Documents) -> dict:
	return {"serial_no": frappe.generate_hash(length=12), "unique_key": None, "device_token": None}


def device_update(row: dict, user: str, documents: Documents) -> dict:
	return {"rejection_reason": "No order", "device": documents.make("Customer Device")}


def service_order(row: dict, user: str, documents: Documents) -> dict:
	condition = row["condition"] or ""
	waits = row["state"] == "Awaiting Feedback" or condition == "doc.feedback_person"
	kind = "Pre-report" if "feedback_person" in condition or '== "Pre-report"' in condition else "Repair"
	if "Workshop" in condition and "not in" not in condition:
		kind = "Counter Repair"
	return {
		"order_kind": "Repair" if "not in" in condition else kind,
		"outlet": documents.shared("Service Outlet"),
		"reason": "Because of this",
		"content": "Valve replaced",
		"feedback_person": user if waits else None,
		"feedback": "It is so" if waits else None,
	}


def stock_count(row: dict, user: str, documents: Documents) -> dict:
	return {"warehouse": documents.make("Part Warehouse")}


def demand_plan(row: dict, user: str, documents: Documents) -> dict:
	# Without a warehouse that issues, an approved plan stays approved.
	return {
		"needs_final_approval": int(row["next_state"] == "Final Approval"),
		"source_warehouse": None,
		"rejection_reason": "Half of it will do",
	}


def part_statement(row: dict, user: str, documents: Documents) -> dict:
	disputed = int("Disputed" in (row["state"], row["next_state"]))
	# What is confirmed must be what the ledger says of a month long ago: nothing.
	nothing = {"items": [], **dict.fromkeys(STATEMENT_SUMS, 0)} if row["next_state"] == "Confirmed" else {}
	return {
		# an outlet has one statement a month
		"month": add_months("1970-01-01", next(MONTHS)),
		"disputed_lines": disputed,
		"items": {"disputed": disputed, "dispute_note": "Two are missing", "answer": "They came later"},
		**nothing,
	}


def maintenance_visit(row: dict, user: str, documents: Documents) -> dict:
	return {"skip_reason": "They moved away"}


def warranty_submission(row: dict, user: str, documents: Documents) -> dict:
	# What was turned down holds no key, so many copies may claim the same order; a payment needs something accepted.
	answer = {"answer": "Not Accepted", "ground": "Conditions", "reason": "Wear"}
	order = documents.shared("Service Order")
	if row["next_state"] in ("Made", "Submitted", "Paid"):
		order, answer = documents.make("Service Order"), {"answer": "Accepted", "accepted_amount": 5}
	line = {"service_order": order, "amount": 5, **answer}
	return {"accepted_amount": 5, "lines": [line]}


def outlet_application(row: dict, user: str, documents: Documents) -> dict:
	opens = row["action"] == "Open Account"
	return {
		"outlet_name": frappe.generate_hash(length=12),
		"outlet": documents.make("Service Outlet") if opens else None,
		"rejection_reason": "The licence is missing",
	}


def outlet_assessment(row: dict, user: str, documents: Documents) -> dict:
	# An outlet has one assessment a month.
	month = add_months("1970-01-01", next(MONTHS))
	return {"month": month, "objection": "It was not ours", "answer": "So it was"}


def reward_redemption(row: dict, user: str, documents: Documents) -> dict:
	return {
		"needs_approval": int((row["condition"] or "") != "not doc.needs_approval"),
		"cancel_reason": "Wants another one" if row["action"] == "Cancel" else None,
	}


def settlement(row: dict, user: str, documents: Documents) -> dict:
	# Nothing that the original holds: a copy would have to claim it.
	kind = next(
		(kind for kind in ("Branch", "Employee") if f'== "{kind}"' in (row["condition"] or "")), "Outlet"
	)
	disputed = int("Disputed" in (row["state"], row["next_state"]))
	outlet = documents.shared("Service Outlet")
	return {
		"subject_kind": kind,
		"outlet": outlet,
		"branch": None if row["condition"] == "not doc.branch" else outlet,
		"slip_received_on": "2024-01-31",
		"reject_reason": "Slips are missing",
		"paid_amount": 0,
		"lines": [
			{
				"fee_kind": "Other",
				"amount": 5,
				"accepted_amount": 5,
				"disputed": disputed,
				"dispute_note": "Too little",
				"answer": "It is what was agreed",
			}
		],
	}


def expense_plan(row: dict, user: str, documents: Documents) -> dict:
	granted = 50 if row["next_state"] == "Partly Approved" else 100
	return {
		"reply": "As agreed",
		"total_amount": 100,
		"total_granted": granted,
		"lines": [{"expense_kind": "Tea", "amount": 100, "granted_amount": granted, "reply": "As agreed"}],
	}


def settlement_period(row: dict, user: str, documents: Documents) -> dict:
	return {"month": add_months("1970-01-01", next(MONTHS))}


def cash_handover(row: dict, user: str, documents: Documents) -> dict:
	# Somebody else's payment: whoever receives the money is not who took it.
	counted, note = (
		(1, None) if row["action"] == "Confirm Receipt" and row["state"] != "Difference" else (0.5, "A coin")
	)
	payment = documents.make("Service Payment")
	taker = frappe.db.get_value("Service Payment", payment, "received_by")
	return {
		"handed_over_by": taker,
		"counted": counted,
		"difference_note": note,
		"payments": [{"service_payment": payment, "mode": "Cash", "amount": 1}],
	}


def write_off(row: dict, user: str, documents: Documents) -> dict:
	receivable = documents.make("Service Receivable")
	if row["state"] == "Approved":
		frappe.db.set_value("Service Receivable", receivable, {"written_off": 1, "outstanding": 999})
	return {"receivable": receivable, "decision_note": "As agreed"}


FITTING = {
	"Cash Handover": cash_handover,
	"Receivable Write-off": write_off,
	"Settlement": settlement,
	"Expense Plan": expense_plan,
	"Settlement Period": settlement_period,
	"Reward Redemption": reward_redemption,
	"Outlet Application": outlet_application,
	"Outlet Assessment": outlet_assessment,
	"Maintenance Visit": maintenance_visit,
	"Warranty Submission": warranty_submission,
	"Service Order": service_order,
	"Customer Device": device,
	"Device Update Request": device_update,
	"Service Appointment": appointment,
	"Service Ticket": ticket,
	"FAQ": faq,
	"FAQ Proposal": faq_proposal,
	"Customer Complaint": complaint,
	"Follow-up": follow_up,
	"Check Record": check_record,
	"Work Assignment": work_assignment,
	"Sales Opportunity": opportunity,
	"Exchange Order": exchange_order,
	"Customer Goods Receipt": goods_receipt,
	"Factory Return": factory_return,
	"Refurbish Application": refurbish_application,
	"Stock Count": stock_count,
	"Part Demand Plan": demand_plan,
	"Part Statement": part_statement,
}
