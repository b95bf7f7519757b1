"""The reports of service outlets by their names (Q37-Q40): which shape, over which period, with which filters.

A report's own files only name it here. `period` says which days its form proposes: Day (today), Month, Year (the last twelve
months), Until (all up to a day) or None.
"""

from collections.abc import Callable
from dataclasses import dataclass

from aftersales.field_service.dms import classes, daily, monthly, tracking, unpaid
from aftersales.field_service.dms.shapes import Preset
from aftersales.field_service.report.claims_not_accepted import claims_not_accepted
from aftersales.field_service.report.warranty_payments import warranty_payments

PERIODS = ("Day", "Month", "Year", "Until", "None")
ORDERS = ("outlet", "order_kind", "service_type", "product_category")
PEOPLE = ("outlet", "order_kind", "receiver")
CLAIMS = ("outlet", "manufacturer")


@dataclass(frozen=True)
class Title:
	"""One report.

	:param make: returns its shape.
	:param period: one of `PERIODS`.
	:param filters: names of the filters beside the days, as in `public/js/reports/dms.js`.
	"""

	make: Callable
	period: str
	filters: tuple[str, ...]


def preset(execute: Callable, without: tuple[str, ...] = (), **fixed) -> Callable:
	"""Return the function that makes another report with some filters set."""
	return lambda: Preset(execute, fixed, without)


FIRST = {"claim_kind": "First Free Maintenance"}
WARRANTY = {"claim_kind": "Warranty"}
PAYMENTS, REFUSALS = warranty_payments.execute, claims_not_accepted.execute

TITLES = {
	# Q37, by day
	"Visits of the Day": Title(daily.visits_of_the_day, "Day", (*ORDERS, "receiver")),
	"Visits to Date": Title(daily.visits_to_date, "Month", (*ORDERS, "receiver")),
	"Deliveries of the Day": Title(daily.deliveries_of_the_day, "Day", ORDERS),
	"Not Yet Delivered": Title(daily.not_yet_delivered, "Year", ("outlet", "service_type", "receiver")),
	"Turnover of the Day": Title(daily.turnover_of_the_day, "Day", (*ORDERS, "receiver")),
	"Turnover of the Day Summary": Title(daily.turnover_of_the_day_summary, "Day", (*ORDERS, "receiver")),
	"Payments of the Day": Title(daily.payments_of_the_day, "Day", ("outlet", "mode", "received_by")),
	"Technician Hours of the Day": Title(daily.technician_hours_of_the_day, "Day", ("outlet", "technician")),
	"Receptionists of the Day": Title(daily.receptionists, "Day", PEOPLE),
	# Q38, by month
	"Dealer Month": Title(monthly.dealer_month, "Month", ("outlet", "order_kind")),
	"Service Business": Title(monthly.service_business, "Month", ORDERS),
	"Business Indicators": Title(monthly.business_indicators, "Month", ("outlet", "order_kind")),
	"Service Profit": Title(monthly.service_profit, "Month", ORDERS),
	"Turnover of the Month": Title(monthly.turnover_of_the_month, "Month", ORDERS),
	"Management Items": Title(monthly.management_items, "Month", ("outlet", "order_kind")),
	"Front Desk Performance": Title(monthly.front_desk, "Month", ("outlet", "order_kind")),
	"Receptionist Performance": Title(daily.receptionists, "Month", PEOPLE),
	"Technician Performance": Title(monthly.technician_performance, "Month", ("outlet", "technician")),
	"Same-day Delivery Rate": Title(monthly.same_day_delivery, "Month", ORDERS),
	"Deliveries Analysis": Title(monthly.deliveries_analysis, "Month", ORDERS),
	"Deliveries by Repair Kind": Title(monthly.deliveries_by_repair_kind, "Month", ORDERS),
	"Unpaid Customers": Title(unpaid.unpaid_customers, "Until", ("outlet", "customer")),
	"Unpaid Devices": Title(unpaid.unpaid_devices, "Until", ("outlet", "customer")),
	"Visits and Amounts by Device": Title(monthly.visits_and_amounts, "Month", (*ORDERS, "customer")),
	"Last Visit Statistics": Title(
		tracking.last_visit_statistics, "Until", ("outlet", "order_kind", "product_category", "abc_class")
	),
	"Last Visit List": Title(
		tracking.last_visit_list,
		"Until",
		("outlet", "order_kind", "product_category", "abc_class", "months"),
	),
	"Tracking Results": Title(tracking.tracking_results, "Month", ORDERS),
	"Customer Opinions Handled": Title(tracking.opinions, "Month", ORDERS),
	"Repair Quality and Opinions": Title(tracking.quality_and_opinions, "Month", ORDERS),
	"Reasons for Missed Maintenance": Title(tracking.missed_maintenance, "Month", ("outlet", "product")),
	"Discount Level Statistics": Title(classes.level_statistics, "Month", ("outlet", "product_category")),
	"Discount Level List": Title(
		classes.level_list, "None", ("outlet", "product_category", "discount_level", "abc_class")
	),
	"Discount Level Changes": Title(classes.level_changes, "Month", ("outlet", "product_category")),
	# Q39
	"Class Change Statistics": Title(
		classes.class_change_statistics, "Month", ("outlet", "product_category")
	),
	"Class Change List": Title(classes.class_change_list, "Month", ("outlet", "product_category")),
	"Customer Classification": Title(classes.customer_classification, "Year", ORDERS),
	# Q40
	"First Maintenance Payments": Title(preset(PAYMENTS, ("claim_kind",), **FIRST), "Month", CLAIMS),
	"Warranty Payments Summary": Title(preset(PAYMENTS, ("claim_kind",), **WARRANTY), "Month", CLAIMS),
	"Warranty Payments Detail": Title(
		preset(PAYMENTS, ("claim_kind",), view="Detail", **WARRANTY), "Month", CLAIMS
	),
	"First Maintenance Not Accepted": Title(preset(REFUSALS, ("claim_kind",), **FIRST), "Month", CLAIMS),
	"Warranty Not Accepted": Title(
		preset(REFUSALS, ("claim_kind", "ground", "maintenance_visit"), ground="Conditions", **WARRANTY),
		"Month",
		CLAIMS,
	),
	"Customer Data Not Accepted": Title(
		preset(REFUSALS, ("ground",), ground="Customer Data"), "Month", CLAIMS
	),
	"Dealer Costs": Title(classes.dealer_costs, "Month", ("outlet", "service_centre", "branch")),
}
