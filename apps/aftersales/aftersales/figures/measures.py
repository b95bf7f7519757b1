"""What is counted per day: one declaration for each measure, and nothing else has to be written for a new one."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
	"""Something that happens on a day and can be counted.

	:param name: as people read it in English; translated when it is shown.
	:param doctype: DocType whose documents are counted.
	:param date: its Date or Datetime field that says on which day.
	:param filters: conditions, value by field; a tuple means one of several.
	:param amount: Currency field that is added up beside the count.
	:param sign: -1 where the field holds the opposite of what people want to read.
	:param outlet: field that holds the Service Outlet, or "link.outlet" for that of a linked document.
	:param breakdowns: by what the figures can be split: English label -> field.
	"""

	name: str
	doctype: str
	date: str
	filters: dict = field(default_factory=dict)
	amount: str | None = None
	sign: int = 1
	outlet: str | None = None
	breakdowns: dict[str, str] = field(default_factory=dict)

	def read_fields(self) -> tuple[str, ...]:
		"""Return the fields of a document on which its place in the figures depends."""
		outlet = (self.outlet or "").partition(".")[0]
		fields = {self.date, self.amount, outlet, *self.filters, *self.breakdowns.values()}
		return tuple(sorted(fieldname for fieldname in fields if fieldname))


MEASURES = (
	Measure(
		"Tickets Created",
		"Service Ticket",
		"creation_date",
		breakdowns={
			"Record Type": "record_type",
			"Product Category": "product_category",
			"Region": "region",
			"Channel": "channel",
		},
	),
	Measure(
		"Tickets Completed",
		"Service Ticket",
		"completion_date",
		{"completed": 1},
		breakdowns={"Record Type": "record_type", "Person in Charge": "person_in_charge"},
	),
	Measure(
		"Incoming Calls",
		"Service Call",
		"started_at",
		{"direction": "Inbound"},
		breakdowns={"State": "state", "Agent": "agent"},
	),
	Measure(
		"Complaints Received",
		"Customer Complaint",
		"received_on",
		{"kind": "Complaint"},
		breakdowns={"Complaint Type": "complaint_type", "Department": "department"},
	),
	Measure(
		"Follow-ups Done",
		"Follow-up",
		"followed_up_on",
		breakdowns={"Satisfaction": "satisfied", "Person": "followed_up_by"},
	),
	Measure(
		"Orders Received",
		"Service Order",
		"creation",
		outlet="outlet",
		breakdowns={"Order Kind": "order_kind"},
	),
	Measure(
		"Orders Completed",
		"Service Order",
		"completed_at",
		amount="total_fee",
		outlet="outlet",
		breakdowns={
			"Order Kind": "order_kind",
			"Product Category": "product_category",
			"Region": "region",
			"Warranty": "warranty_state",
		},
	),
	Measure(
		"Parts Used",
		"Part Ledger Entry",
		"posting_date",
		{"purpose": "Consumption"},
		amount="value_change",
		sign=-1,
		outlet="warehouse.outlet",
		breakdowns={"Warehouse": "warehouse"},
	),
	Measure(
		"Sale Records",
		"Sale Record",
		"sale_date",
		# What was taken back is no sale; what came back of one is not in its total.
		{"docstatus": 1, "status": ("Unpaid", "Partly Collected", "Collected")},
		amount="total",
		outlet="outlet",
		breakdowns={"Selling Unit": "selling_unit"},
	),
	Measure(
		"Sale Collections",
		"Sale Collection",
		"collected_on",
		amount="amount",
		outlet="outlet",
		breakdowns={"Mode": "mode"},
	),
	Measure(
		"Service Payments",
		"Service Payment",
		"received_at",
		amount="amount",
		outlet="outlet",
		breakdowns={"Mode": "mode"},
	),
	Measure(
		"Service Fees",
		"Service Fee",
		"fee_date",
		amount="amount",
		outlet="outlet",
		breakdowns={"Fee Kind": "fee_kind", "Paid By": "paid_by"},
	),
)

BY_NAME = {measure.name: measure for measure in MEASURES}


def of_doctype(doctype: str) -> list[Measure]:
	"""Return the measures that count a DocType's documents."""
	return [measure for measure in MEASURES if measure.doctype == doctype]
