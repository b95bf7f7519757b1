"""What Frappe calls in this app. Each entry names a method; no logic lives here."""

app_name = "aftersales"
app_title = "Aftersales"
app_publisher = "The Aftersales authors"
app_description = "The open after-sales service suite"
app_email = "aftersales@example.com"
app_license = "MIT"
app_logo_url = "/assets/aftersales/images/aftersales.svg"

before_install = "aftersales.setup.install.before_install"
after_sync = "aftersales.setup.install.after_sync"
before_migrate = "aftersales.setup.install.before_migrate"
after_migrate = "aftersales.setup.install.after_migrate"
before_uninstall = "aftersales.setup.uninstall.before_uninstall"
after_uninstall = "aftersales.setup.uninstall.after_uninstall"

treeviews = [
	"Service Customer Group",
	"Service Region",
	"Service Department",
	"Product Category",
	"FAQ Category",
	"Service Outlet",
	"Part Category",
	"Part Warehouse",
]

clear_cache = "aftersales.utils.audit_lock.forget_lock_fields"

app_include_js = ["aftersales.bundle.js"]
app_include_css = ["aftersales.bundle.css"]

# What the product owns and Frappe re-imports on each migrate. Records that a site may change are made
# once by aftersales.setup.install and never overwritten.
fixtures = [
	{
		"dt": "Workflow State",
		"filters": [
			[
				"name",
				"in",
				[
					"New",
					"In Progress",
					"Waiting for Customer",
					"Resolved",
					"Closed",
					"Audited",
					"Draft",
					"In Review",
					"Published",
					"Retired",
					"To Check",
					"Checked",
					"Objection",
					"Assigned",
					"Accepted",
					"Returned",
					"Done",
					"Confirmed",
					"Cancelled",
					"Qualified",
					"Proposal",
					"Won",
					"Lost",
					"Registered",
					"In Handling",
					"Handled",
					"Not Upheld",
					"Feedback Given",
					"Planned",
					"Awaiting Feedback",
					"Followed Up",
					"Rejected",
					"Merged",
					"To Be Handled",
					"Dispatched",
					"Refused",
					"Received",
					"On Site",
					"Awaiting Parts",
					"To Be Continued",
					"Completed",
					"Recorded",
					"Terminated",
					"Released",
					"Skipped",
					"Made",
					"Submitted",
					"Reply Received",
					"Paid",
					"Requested",
					"Moved",
					"Arrived",
					"No Show",
					"Active",
					"To Be Checked",
					"In Storage",
					"Stopped",
					"Replaced",
					"Scrapped",
					"Awaiting Approval",
					"Applied",
					"Approved",
					"At Factory",
					"Awaiting Goods",
					"Awaiting Instruction",
					"Awaiting Office Check",
					"Awaiting Regional Head",
					"Back from Factory",
					"Exchanged",
					"In Custody",
					"In Refurbishing",
					"Picked Up",
					"Ready for Pick-up",
					"Refurbished",
					"Sent to Factory",
					"Taken In",
					"Counting",
					"In Approval",
					"Final Approval",
					"Converted",
					"Partly Delivered",
					"Delivered",
					"Sent",
					"Disputed",
					"Handed Over",
					"Under Review",
					"Account Opened",
					"Computed",
					"Open",
					"First Audit Passed",
					"HQ Audit Passed",
					"Invoice Notice Sent",
					"Partly Approved",
					"Received by Finance",
					"Difference",
					"Handed to Finance",
				],
			]
		],
	},
	{
		"dt": "Workflow Action Master",
		"filters": [
			[
				"name",
				"in",
				[
					"Start",
					"Wait for Customer",
					"Resume",
					"Resolve",
					"Close",
					"Audit",
					"Reopen",
					"Cancel Audit",
					"Submit for Review",
					"Publish",
					"Retire",
					"Revise",
					"Complete Check",
					"Object",
					"Answer Objection",
					"Accept",
					"Return",
					"Assign Again",
					"Finish",
					"Confirm",
					"Send Back",
					"Cancel",
					"Qualify",
					"Propose",
					"Win",
					"Lose",
					"Send to Department",
					"Solve on the Spot",
					"Uphold",
					"Do Not Uphold",
					"Return to Registrar",
					"Finish Handling",
					"Send Back to Department",
					"Return to Handler",
					"Give Feedback",
					"Handle Again",
					"Complete Call",
					"Handle",
					"Call Again",
					"Merge",
					"Dispatch",
					"Receive",
					"Refuse",
					"Arrive",
					"Complete",
					"Wait for Parts",
					"Continue Later",
					"Follow Up",
					"Register",
					"Terminate",
					"Release",
					"Skip",
					"Submit to Manufacturer",
					"Withdraw",
					"Record Answer",
					"Correct Answer",
					"Record Payment",
					"Reschedule",
					"Did Not Come",
					"Reject",
					"Check Again",
					"Stop",
					"Store",
					"Scrap",
					"Resubmit",
					"All Back",
					"Apply",
					"Approve",
					"Confirm Check",
					"Enter in Ledger",
					"Goods Ready",
					"Hand Over",
					"Instruct",
					"Repair Again",
					"Ship",
					"Sign",
					"Submit for Signature",
					"Take into Custody",
					"Start Counting",
					"Submit for Approval",
					"Approve Finally",
					"Submit Order",
					"Send",
					"Dispute",
					"Decline",
					"Review",
					"Open Account",
					"Pass First Audit",
					"Pass HQ Audit",
					"Send Invoice Notice",
					"Report Difference",
					"Confirm Receipt",
					"Hand to Finance",
				],
			]
		],
	},
]

extend_bootinfo = [
	"aftersales.aftersales.figures.home.add_to_boot",
	"aftersales.aftersales.work.notices.add_to_boot",
	"aftersales.aftersales.surveys.boot",
	"aftersales.telephony.call_log.add_to_boot",
]

doctype_list_js = {
	"Service Ticket": "public/js/work/ticket_list.js",
	"Service Customer": "public/js/messages/customer_list.js",
}

page_js = {"print": "public/js/print_page.js"}

doctype_js = {
	"Service Ticket": [
		"public/js/work/ticket.js",
		"public/js/complaints/create.js",
		"public/js/portal/ticket.js",
		"public/js/devices/ticket.js",
		"public/js/appointments/create.js",
		"public/js/orders/create.js",
	],
	"Service Call": [
		"public/js/complaints/create.js",
		"public/js/appointments/create.js",
		"public/js/orders/create.js",
	],
	"Service Customer": [
		"public/js/complaints/create.js",
		"public/js/portal/customer.js",
		"public/js/appointments/create.js",
		"public/js/orders/create.js",
	],
	"Customer Device": ["public/js/appointments/create.js", "public/js/orders/create.js"],
	"Customer Complaint": "public/js/orders/create.js",
	"Service Order": [
		"public/js/orders/reasons.js",
		"public/js/orders/technician.js",
		"public/js/parts/service_order.js",
		"public/js/sales/service_order.js",
	],
	"Service Agreement": "public/js/sales/service_agreement.js",
}

doctype_calendar_js = {"Service Order": "public/js/orders/calendar.js"}

# What the reminder on opening the Desk tells; see aftersales.aftersales.reminders.
aftersales_start_up_reminders = [
	"aftersales.aftersales.reminders.follow_ups_due",
	"aftersales.aftersales.reminders.feedback_awaited",
	"aftersales.aftersales.reminders.deadlines_missed",
	"aftersales.telephony.doctype.caller_message.caller_message.messages_waiting",
	"aftersales.knowledge.faq_life.reviews_due",
	"aftersales.field_service.appointment_reminders.appointments_ahead",
	"aftersales.field_service.appointment_reminders.to_confirm",
	"aftersales.field_service.maintenance_visits.visits_due",
	"aftersales.spare_parts.demand_plans.plans_due",
	"aftersales.service_network.doctype.vip_event.vip_event.events_missing",
	"aftersales.service_network.qualifications.expiring",
]

# Called with a Service Order when it is completed, inside its transaction.
aftersales_order_completed = [
	"aftersales.field_service.maintenance_visits.order_completed",
	"aftersales.field_service.devices.order_completed",
	"aftersales.field_service.workshop.order_completed",
	"aftersales.field_service.goods.order_completed",
	"aftersales.spare_parts.order_parts.completed",
	"aftersales.service_network.receivables.order_completed",
	"aftersales.service_network.fees.order_changed",
]

aftersales_order_continued = [
	"aftersales.field_service.maintenance_visits.order_continued",
	"aftersales.field_service.workshop.order_left",
	"aftersales.spare_parts.order_parts.completed",
	"aftersales.service_network.fees.order_changed",
]

aftersales_order_reopened = [
	"aftersales.field_service.maintenance_visits.order_reopened",
	"aftersales.spare_parts.order_parts.reopened",
	"aftersales.service_network.receivables.order_reopened",
	"aftersales.service_network.fees.order_changed",
]

aftersales_order_cancelled = [
	"aftersales.field_service.maintenance_visits.order_cancelled",
	"aftersales.field_service.workshop.order_left",
	"aftersales.spare_parts.order_parts.cancelled",
	"aftersales.service_network.receivables.order_cancelled",
	"aftersales.service_network.fees.order_changed",
]

# What can be searched for, in the order in which it is shown; see aftersales.knowledge.collection.
aftersales_search_collections = [
	"aftersales.knowledge.records.TICKETS",
	"aftersales.knowledge.records.CUSTOMERS",
	"aftersales.knowledge.records.PRODUCTS",
	"aftersales.knowledge.records.DEVICES",
	"aftersales.spare_parts.search.PARTS",
	"aftersales.field_service.order_sections.ORDERS",
	"aftersales.service_network.sales_sections.SALES",
	"aftersales.knowledge.search.COLLECTION",
]

# Sections of the caller's file in the pop-up; see aftersales.telephony.call_sections.
aftersales_call_card = [
	"aftersales.field_service.device_sections.devices",
	"aftersales.field_service.order_sections.orders",
	"aftersales.service_network.sales_sections.sales",
	"aftersales.service_network.sales_sections.arrears",
	"aftersales.telephony.call_sections.purchase_intentions",
	"aftersales.telephony.call_sections.complaints",
	"aftersales.telephony.call_sections.follow_ups",
	"aftersales.field_service.appointments.appointments",
	"aftersales.telephony.call_sections.messages",
	"aftersales.telephony.call_sections.contacts",
	"aftersales.service_network.points_sections.points_of_caller",
]

page_renderer = [
	"aftersales.aftersales.survey_page.SurveyPage",
	"aftersales.portal.pages.PortalPage",
	"aftersales.field_service.technician_page.TechnicianPage",
	"aftersales.telephony.message_opt_out.OptOutPage",
]

override_doctype_class = {
	"Email Account": "aftersales.telephony.email_in.ServiceEmailAccount",
	"Auto Email Report": "aftersales.utils.report_mail.ReportMail",
}

# Frappe's own exports, with texts that stay texts.
override_whitelisted_methods = {
	"frappe.desk.query_report.export_query": "aftersales.utils.spreadsheets.export_report",
	"frappe.desk.reportview.export_query": "aftersales.utils.spreadsheets.export_list",
	# And those that would read past the rights of rows.
	"frappe.client.get_count": "aftersales.utils.frappe_finding.get_count",
	"frappe.contacts.doctype.address.address.get_address_display": "aftersales.utils.frappe_methods.get_address_display",
	"frappe.contacts.doctype.address.address.get_default_address": "aftersales.utils.frappe_methods.get_default_address",
	"frappe.contacts.doctype.contact.contact.get_contact_details": "aftersales.utils.frappe_methods.get_contact_details",
	"frappe.core.doctype.sms_settings.sms_settings.get_contact_number": "aftersales.utils.frappe_methods.get_contact_number",
	"frappe.core.doctype.user_permission.user_permission.get_user_permissions": "aftersales.utils.frappe_methods.get_user_permissions",
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "aftersales.utils.frappe_finding.get_chart",
	"frappe.desk.form.document_follow.follow_document": "aftersales.utils.frappe_methods.follow_document",
	"frappe.desk.form.document_follow.get_follow_users": "aftersales.utils.frappe_methods.get_follow_users",
	"frappe.desk.form.linked_with.get": "aftersales.utils.frappe_finding.get_linked",
	"frappe.desk.listview.get_group_by_count": "aftersales.utils.frappe_finding.get_group_by_count",
	"frappe.desk.notifications.get_open_count": "aftersales.utils.frappe_finding.get_open_count",
	"frappe.desk.search.get_link_title": "aftersales.utils.frappe_finding.get_link_title",
	"frappe.desk.search.search_link": "aftersales.utils.frappe_finding.search_link",
	"frappe.desk.search.search_widget": "aftersales.utils.frappe_finding.search_widget",
	"frappe.email.relink": "aftersales.utils.frappe_methods.relink",
	"frappe.share.get_users": "aftersales.utils.frappe_methods.get_shares",
	"frappe.templates.includes.comments.comments.add_comment": "aftersales.utils.frappe_methods.add_comment",
	"frappe.templates.includes.likes.likes.like": "aftersales.utils.frappe_methods.like",
	"frappe.utils.file_manager.add_attachments": "aftersales.utils.frappe_methods.add_attachments",
	"frappe.utils.global_search.search": "aftersales.utils.frappe_finding.search_globally",
	"frappe.website.doctype.web_form.web_form.get_link_options": "aftersales.utils.frappe_methods.get_web_form_options",
}

make_email_body_message = ["aftersales.telephony.message_mail.add_headers"]

# What messages may be about, and which fields their templates may show; see aftersales.telephony.message_text.
aftersales_message_fields = {
	"Service Customer": [],
	"Service Ticket": [
		"status",
		"customer_name",
		"record_type",
		"product_name",
		"lot_no",
		"person_in_charge_name",
		"creation_date",
		"completion_date",
		"respond_by",
		"resolve_by",
	],
	"Customer Complaint": ["status", "customer_name", "received_on", "product", "result", "compensation"],
	"Maintenance Visit": ["status", "customer_name", "product_name", "serial_no", "due_date"],
	"Follow-up": ["status", "customer_name", "due_date"],
	"Service Appointment": [
		"status",
		"customer_name",
		"purpose",
		"time_words",
		"address",
		"appointment_kind",
	],
}

# Further variables that templates may name: what the code that sends them knows.
aftersales_message_variables = ["outcome", "link", "heading", "expires_on"]

# Told what became of a message.
aftersales_message_done = ["aftersales.aftersales.complaint_feedback.message_done"]

# After the session and after keys and tokens in the request's head: then it is known who asks.
auth_hooks = ["aftersales.portal.guard.check_request"]

role_home_page = {"Aftersales Customer": "service"}

# Functions that print formats may call.
jinja = {
	"methods": [
		"aftersales.utils.printing.qr_code",
		"aftersales.utils.printing.roll_height",
		"aftersales.service_network.slips.slip_hints",
		"aftersales.service_network.bank_accounts.bank_account_of",
		"aftersales.service_network.receipts.money_words",
		"aftersales.service_network.receipts.payments_of",
		"aftersales.aftersales.customer_report.customer_report",
		"aftersales.field_service.order_printing.order_chain",
		"aftersales.field_service.reasons.reason_in_words",
		"aftersales.field_service.order_printing.technician_names",
		"aftersales.field_service.order_printing.order_payments",
		"aftersales.field_service.order_printing.order_title",
	],
}

doc_events = {
	"*": {
		"before_validate": [
			"aftersales.utils.audit_lock.check_save",
			"aftersales.utils.audit_lock.check_auditor",
		],
		"before_change": "aftersales.utils.audit_lock.check_db_set",
		"before_rename": "aftersales.utils.audit_lock.check_rename",
		"on_update": "aftersales.knowledge.upkeep.document_saved",
		"after_rename": "aftersales.knowledge.upkeep.document_renamed",
		"on_trash": [
			"aftersales.utils.audit_lock.check_delete",
			"aftersales.aftersales.deadlines.forget",
			"aftersales.knowledge.upkeep.document_saved",
		],
		"before_print": "aftersales.service_network.slips.choose_letter_head",
	},
	"User": {"after_rename": "aftersales.aftersales.doctype.service_staff.service_staff.rename_with_user"},
	("DocType", "Workflow"): {
		"on_update": "aftersales.utils.audit_lock.forget_lock_fields",
		"after_delete": "aftersales.utils.audit_lock.forget_lock_fields",
	},
	"Service Ticket": {
		"before_validate": "aftersales.portal.progress.trust_stored",
		"validate": [
			"aftersales.aftersales.work.ticket_assignment.assign_new",
			"aftersales.aftersales.deadlines.service_levels.plan",
		],
		"after_insert": [
			"aftersales.aftersales.work.ticket_assignment.tell_chosen",
			"aftersales.telephony.call_backs.ticket_made",
		],
		"on_update": [
			"aftersales.aftersales.deadlines.service_levels.apply",
			"aftersales.aftersales.console.tell_people_in_charge",
			"aftersales.telephony.calls.ticket_saved",
			"aftersales.knowledge.proposals.ticket_saved",
		],
		"on_trash": "aftersales.aftersales.console.tell_people_in_charge",
	},
	"Service Appointment": {"before_validate": "aftersales.portal.progress.trust_stored"},
	"Service Customer": {
		"validate": "aftersales.service_network.vip_levels.customer_saved",
		"on_update": "aftersales.service_network.vip_levels.log_choice",
		"before_rename": "aftersales.service_network.points.customer_renamed",
	},
	"Sale Record": {
		"on_submit": "aftersales.service_network.points_earning.sale_submitted",
		"on_update_after_submit": "aftersales.service_network.points_earning.sale_changed",
		"on_cancel": "aftersales.service_network.points_earning.sale_cancelled",
	},
	"Sale Collection": {"after_insert": "aftersales.service_network.points_earning.collected"},
	"Service Payment": {"after_insert": "aftersales.service_network.points_earning.service_paid"},
	"VIP Event Guest": {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	"Follow-up": {
		"on_update": [
			"aftersales.aftersales.console.tell_who_follows_up",
			"aftersales.field_service.order_follow_ups.follow_up_saved",
		],
		"on_trash": "aftersales.aftersales.console.tell_who_follows_up",
	},
	("Ticket Handling Entry", "Ticket Picture", "Work Progress Note", "Agent Group Member", "Shift Member"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	"File": {
		"before_validate": [
			"aftersales.aftersales.originals.guard_file",
			"aftersales.utils.audit_lock.check_attachment",
			"aftersales.portal.guard.keep_file",
		],
		"after_insert": "aftersales.aftersales.originals.make_private",
		"on_trash": ["aftersales.utils.audit_lock.check_attachment", "aftersales.portal.guard.keep_file"],
	},
	("Service Customer", "Dealer", "Contact"): {
		"on_update": "aftersales.telephony.caller.sync_numbers",
		"after_rename": "aftersales.telephony.caller.renamed",
		"on_trash": "aftersales.telephony.caller.remove_numbers",
	},
	"Address": {
		"on_update": "aftersales.aftersales.customer_profile.address_changed",
		"after_delete": "aftersales.aftersales.customer_profile.address_changed",
	},
	"Aftersales Settings": {"on_update": "aftersales.aftersales.customer_profile.settings_changed"},
	"Personal Data Deletion Request": {
		"on_update": "aftersales.aftersales.personal_data.requests.user_data_deleted"
	},
	# ERPNext's own; without ERPNext nothing ever calls these.
	("Customer", "Item"): {
		"on_update": "aftersales.aftersales.erpnext_sync.source_saved",
		"after_rename": "aftersales.aftersales.erpnext_sync.source_renamed",
		"on_trash": "aftersales.aftersales.erpnext_sync.source_deleted",
	},
	("Aftersales Settings", "Service Region"): {"on_update": "aftersales.telephony.caller.place_changed"},
	(
		"Solution Method",
		"Handling Place",
		"Follow-up Mode",
		"Follow-up Purpose",
		"Customer Opinion",
		"Service Type",
		"Fault Cause",
	): {
		"before_validate": "aftersales.utils.dictionary.check_save",
		"before_rename": "aftersales.utils.dictionary.check_rename",
		"on_trash": "aftersales.utils.dictionary.check_delete",
	},
	("Check Finding", "Check Note"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	("Complaint Review", "Complaint Route Step"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	"Communication": {
		"before_insert": "aftersales.portal.conversation.mark",
		"after_insert": "aftersales.aftersales.complaint_mail.received",
		"on_trash": "aftersales.portal.guard.keep_communication",
	},
	"Data Import": {
		"before_validate": [
			"aftersales.utils.data_import.check_right",
			"aftersales.utils.data_import.forget_headers",
		]
	},
	"Customer Complaint": {"on_update": "aftersales.knowledge.proposals.complaint_saved"},
	("Service Customer", "Service Ticket", "FAQ", "Sale Record"): {
		"before_insert": "aftersales.utils.data_import.refuse_repeated"
	},
	"Product": {
		"on_update": "aftersales.knowledge.faqs.product_changed",
		"after_rename": [
			"aftersales.knowledge.faqs.product_renamed",
			"aftersales.field_service.devices.product_renamed",
		],
	},
	"Product Category": {"after_rename": "aftersales.knowledge.faqs.product_category_renamed"},
	("Service Ticket", "Service Order"): {
		"before_validate": "aftersales.field_service.device_documents.fill_from_device"
	},
	"Service Order": {
		"before_validate": "aftersales.field_service.agreements.fill_order",
		"validate": [
			"aftersales.field_service.planning.check_times",
			"aftersales.field_service.maintenance_visits.check_visit",
			"aftersales.field_service.workshop.check_bay",
			"aftersales.spare_parts.order_parts.fill",
		],
		"on_update": [
			"aftersales.field_service.device_updates.order_saved",
			"aftersales.service_network.fees.order_saved",
			"aftersales.service_network.receivables.order_saved",
		],
		"on_trash": "aftersales.service_network.receivables.order_deleted",
	},
	"Order Delivery": {"before_insert": "aftersales.service_network.receivables.check_delivery"},
	"Customer Goods Receipt": {"on_update": "aftersales.service_network.receivables.goods_saved"},
	"Service Agreement": {
		"validate": "aftersales.service_network.agreement_settlement.agreement_saved",
		"on_update": "aftersales.service_network.agreement_settlement.agreement_terminated",
	},
	("Sale Record Item", "Sale Record Return", "Cash Handover Payment"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	"Part Scrap Type": {
		"before_validate": "aftersales.utils.dictionary.check_save",
		"before_rename": "aftersales.utils.dictionary.check_rename",
		"on_trash": "aftersales.utils.dictionary.check_delete",
	},
	("Part Stock Entry Item", "Stock Count Item", "Part Product", "Part Substitute"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	"Part Stock Entry": {
		"before_submit": "aftersales.spare_parts.statements.check_month",
		"before_cancel": "aftersales.spare_parts.statements.check_month",
		"on_submit": "aftersales.spare_parts.part_orders.entry_changed",
		"on_cancel": "aftersales.spare_parts.part_orders.entry_changed",
	},
	(
		"Agreement Device",
		"Agreement Benefit",
		"Agreement Billing Line",
		"Agreement Visit",
		"Warranty Submission Line",
	): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	(
		"Service Order Part",
		"Service Order Item",
		"Service Order Charge",
		"Service Order Inspection",
		"Service Order Picture",
		"Service Order Technician",
		"Completion Inspection Line",
		"Device Component",
		"Appointment Window",
		"Outlet Region",
		"Technician Absence",
		"Technician Region",
		"Technician Skill",
	): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	("Exchange Signature", "Factory Return Line", "Order Accessory"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	("Settlement Line", "Settlement Deduction", "Expense Plan Line"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	("Part Demand Plan Item", "Part Order Item", "Part Statement Item"): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
	# What daily figures count. Calls and movements of parts are written by plain statements, which mark their days themselves.
	(
		"Service Ticket",
		"Customer Complaint",
		"Follow-up",
		"Service Order",
		"Sale Record",
		"Sale Collection",
		"Service Payment",
		"Service Fee",
	): {
		"on_change": "aftersales.aftersales.figures.marks.document_changed",
		"on_trash": "aftersales.aftersales.figures.marks.document_deleted",
	},
	(
		"Product Category",
		"Service Region",
		"User",
		"Complaint Type",
		"Service Department",
		"Part Warehouse",
		"Dealer",
	): {"after_rename": "aftersales.aftersales.figures.compute.rename_values"},
	(
		"Outlet Qualification",
		"Outlet Assessment Criterion",
		"Outlet Assessment Grade",
		"Outlet Assessment Line",
		"Outlet Exam Question",
		"Outlet Exam Answer",
	): {
		"before_validate": "aftersales.utils.child_rows.refuse_direct_change",
		"before_rename": "aftersales.utils.child_rows.refuse_direct_change",
		"on_trash": "aftersales.utils.child_rows.refuse_direct_change",
	},
}

permission_query_conditions = {
	"Daily Figure": "aftersales.aftersales.figures.reading.query_conditions",
	"Service Agreement": "aftersales.field_service.agreement_scope.agreement_conditions",
	"Maintenance Plan": "aftersales.field_service.agreement_scope.plan_conditions",
	"Maintenance Visit": "aftersales.field_service.agreement_scope.visit_conditions",
	"Warranty Submission": "aftersales.field_service.agreement_scope.submission_conditions",
	"Service Outlet": "aftersales.service_network.outlet_scope.outlet_conditions",
	"Outlet Exam Attempt": "aftersales.service_network.network_scope.attempt_conditions",
	"Outlet Assessment": "aftersales.service_network.network_scope.assessment_conditions",
	"Outlet Application": "aftersales.service_network.network_scope.application_conditions",
	"Outlet Bank Account": "aftersales.service_network.network_scope.bank_conditions",
	"Service Appointment": "aftersales.portal.appointments.query_conditions",
	"Service Order": "aftersales.service_network.outlet_scope.order_conditions",
	"Sale Record": "aftersales.service_network.sales_scope.sale_conditions",
	"Sale Collection": "aftersales.service_network.sales_scope.collection_conditions",
	"Service Receivable": "aftersales.service_network.sales_scope.receivable_conditions",
	"Service Payment": "aftersales.service_network.sales_scope.payment_conditions",
	"Cash Handover": "aftersales.service_network.sales_scope.handover_conditions",
	"Receivable Write-off": "aftersales.service_network.sales_scope.write_off_conditions",
	"Customer Goods Receipt": "aftersales.field_service.goods_scope.receipt_conditions",
	"Factory Return": "aftersales.field_service.goods_scope.factory_return_conditions",
	"Exchange Order": "aftersales.field_service.goods_scope.exchange_conditions",
	"Refurbish Application": "aftersales.field_service.goods_scope.refurbish_conditions",
	"Technician": "aftersales.field_service.scope.technician_conditions",
	"Service Bay": "aftersales.field_service.scope.bay_conditions",
	"Job Time": "aftersales.field_service.scope.job_time_conditions",
	"Device Class Change": "aftersales.field_service.scope.class_change_conditions",
	"Completion Inspection": "aftersales.field_service.scope.inspection_conditions",
	"Order Delivery": "aftersales.field_service.scope.delivery_conditions",
	"Technician Action": "aftersales.field_service.scope.action_conditions",
	# Of users without a Desk; the staff's lists are what they were.
	"Service Ticket": "aftersales.portal.scope.ticket_conditions",
	"Service Customer": "aftersales.portal.scope.customer_conditions",
	"Customer Device": "aftersales.portal.products.conditions",
	"FAQ": "aftersales.knowledge.access.query_conditions",
	"Agent Phone State": "aftersales.telephony.doctype.agent_phone_state.agent_phone_state.query_conditions",
	"Work Assignment": "aftersales.aftersales.work.access.query_conditions",
	"Check Record": "aftersales.aftersales.doctype.check_record.check_record.query_conditions",
	"Part Warehouse": "aftersales.spare_parts.scope.warehouse_conditions",
	"Part Stock Entry": "aftersales.spare_parts.scope.entry_conditions",
	"Part Balance": "aftersales.spare_parts.scope.balance_conditions",
	"Part Ledger Entry": "aftersales.spare_parts.scope.ledger_conditions",
	"Part Reservation": "aftersales.spare_parts.scope.reservation_conditions",
	"Part Serial": "aftersales.spare_parts.scope.serial_conditions",
	"Stock Count": "aftersales.spare_parts.scope.count_conditions",
	"Part Demand Plan": "aftersales.spare_parts.planning_access.plan_conditions",
	"Part Order": "aftersales.spare_parts.planning_access.order_conditions",
	"Deposit Entry": "aftersales.spare_parts.planning_access.deposit_entry_conditions",
	"Outlet Deposit": "aftersales.spare_parts.planning_access.deposit_conditions",
	"Part Statement": "aftersales.spare_parts.planning_access.statement_conditions",
	"Service Fee": "aftersales.service_network.settlement_scope.fee_conditions",
	"Settlement": "aftersales.service_network.settlement_scope.settlement_conditions",
	"Settlement Payment": "aftersales.service_network.settlement_scope.payment_conditions",
	"Expense Plan": "aftersales.service_network.settlement_scope.plan_conditions",
	"Part Forecast": "aftersales.spare_parts.planning_access.forecast_conditions",
	"Part Safety Stock": "aftersales.spare_parts.planning_access.safety_stock_conditions",
	"Business Target": "aftersales.service_network.doctype.business_target.business_target.target_conditions",
	# Rows of tables, as the documents that they are in.
	"Agreement Benefit": "aftersales.utils.child_conditions.agreement_benefit",
	"Agreement Billing Line": "aftersales.utils.child_conditions.agreement_billing_line",
	"Agreement Device": "aftersales.utils.child_conditions.agreement_device",
	"Agreement Visit": "aftersales.utils.child_conditions.agreement_visit",
	"Cash Handover Payment": "aftersales.utils.child_conditions.cash_handover_payment",
	"Check Finding": "aftersales.utils.child_conditions.check_finding",
	"Check Note": "aftersales.utils.child_conditions.check_note",
	"Completion Inspection Line": "aftersales.utils.child_conditions.completion_inspection_line",
	"Customer Group Member": "aftersales.utils.child_conditions.customer_group_member",
	"Customer Phone": "aftersales.utils.child_conditions.customer_phone",
	"Customer Property": "aftersales.utils.child_conditions.customer_property",
	"Customer Relation": "aftersales.utils.child_conditions.customer_relation",
	"Device Component": "aftersales.utils.child_conditions.device_component",
	"Exchange Signature": "aftersales.utils.child_conditions.exchange_signature",
	"Expense Plan Line": "aftersales.utils.child_conditions.expense_plan_line",
	"FAQ Attachment": "aftersales.utils.child_conditions.faq_attachment",
	"FAQ Picture": "aftersales.utils.child_conditions.faq_picture",
	"Factory Return Line": "aftersales.utils.child_conditions.factory_return_line",
	"Order Accessory": "aftersales.utils.child_conditions.order_accessory",
	"Outlet Assessment Line": "aftersales.utils.child_conditions.outlet_assessment_line",
	"Outlet Exam Answer": "aftersales.utils.child_conditions.outlet_exam_answer",
	"Outlet Qualification": "aftersales.utils.child_conditions.outlet_qualification",
	"Outlet Region": "aftersales.utils.child_conditions.outlet_region",
	"Part Demand Plan Item": "aftersales.utils.child_conditions.part_demand_plan_item",
	"Part Order Item": "aftersales.utils.child_conditions.part_order_item",
	"Part Statement Item": "aftersales.utils.child_conditions.part_statement_item",
	"Part Stock Entry Item": "aftersales.utils.child_conditions.part_stock_entry_item",
	"Sale Record Item": "aftersales.utils.child_conditions.sale_record_item",
	"Sale Record Return": "aftersales.utils.child_conditions.sale_record_return",
	"Service Order Charge": "aftersales.utils.child_conditions.service_order_charge",
	"Service Order Inspection": "aftersales.utils.child_conditions.service_order_inspection",
	"Service Order Item": "aftersales.utils.child_conditions.service_order_item",
	"Service Order Part": "aftersales.utils.child_conditions.service_order_part",
	"Service Order Picture": "aftersales.utils.child_conditions.service_order_picture",
	"Service Order Technician": "aftersales.utils.child_conditions.service_order_technician",
	"Settlement Deduction": "aftersales.utils.child_conditions.settlement_deduction",
	"Settlement Line": "aftersales.utils.child_conditions.settlement_line",
	"Stock Count Item": "aftersales.utils.child_conditions.stock_count_item",
	"Technician Absence": "aftersales.utils.child_conditions.technician_absence",
	"Technician Region": "aftersales.utils.child_conditions.technician_region",
	"Technician Skill": "aftersales.utils.child_conditions.technician_skill",
	"Ticket Handling Entry": "aftersales.utils.child_conditions.ticket_handling_entry",
	"Ticket Picture": "aftersales.utils.child_conditions.ticket_picture",
	"Warranty Submission Line": "aftersales.utils.child_conditions.warranty_submission_line",
	"Work Progress Note": "aftersales.utils.child_conditions.work_progress_note",
}

has_permission = {
	"Daily Figure": "aftersales.aftersales.figures.reading.has_permission",
	"Service Agreement": "aftersales.field_service.agreement_scope.has_permission",
	"Maintenance Plan": "aftersales.field_service.agreement_scope.has_permission",
	"Maintenance Visit": "aftersales.field_service.agreement_scope.has_permission",
	"Warranty Submission": "aftersales.field_service.agreement_scope.has_permission",
	"Service Outlet": "aftersales.service_network.outlet_scope.outlet_has_permission",
	"Outlet Exam Attempt": "aftersales.service_network.network_scope.attempt_has_permission",
	"Outlet Assessment": "aftersales.service_network.network_scope.assessment_has_permission",
	"Outlet Application": "aftersales.service_network.network_scope.application_has_permission",
	"Outlet Bank Account": "aftersales.service_network.network_scope.bank_has_permission",
	"Service Appointment": "aftersales.portal.appointments.has_permission",
	"Service Order": "aftersales.service_network.outlet_scope.order_has_permission",
	"Sale Record": "aftersales.service_network.sales_scope.has_permission",
	"Sale Collection": "aftersales.service_network.sales_scope.has_permission",
	"Service Receivable": "aftersales.service_network.sales_scope.has_permission",
	"Service Payment": "aftersales.service_network.sales_scope.has_permission",
	"Cash Handover": "aftersales.service_network.sales_scope.has_permission",
	"Receivable Write-off": "aftersales.service_network.sales_scope.has_permission",
	"Customer Goods Receipt": "aftersales.field_service.goods_scope.has_permission",
	"Factory Return": "aftersales.field_service.goods_scope.has_permission",
	"Exchange Order": "aftersales.field_service.goods_scope.has_permission",
	"Refurbish Application": "aftersales.field_service.goods_scope.has_permission",
	"Technician": "aftersales.field_service.scope.has_permission",
	"Service Bay": "aftersales.field_service.scope.has_permission",
	"Job Time": "aftersales.field_service.scope.has_permission",
	"Device Class Change": "aftersales.field_service.scope.has_permission",
	"Completion Inspection": "aftersales.field_service.scope.has_permission",
	"Order Delivery": "aftersales.field_service.scope.has_permission",
	"Technician Action": "aftersales.field_service.scope.has_permission",
	"Service Ticket": "aftersales.portal.scope.ticket_has_permission",
	"Service Customer": "aftersales.portal.scope.customer_has_permission",
	"Customer Device": "aftersales.portal.products.has_permission",
	"Check Record": "aftersales.aftersales.doctype.check_record.check_record.has_permission",
	"Agent Phone State": "aftersales.telephony.doctype.agent_phone_state.agent_phone_state.has_permission",
	"FAQ": "aftersales.knowledge.access.has_permission",
	"Customer Complaint": "aftersales.aftersales.complaint_rules.has_permission",
	"Agent Group": "aftersales.aftersales.work.groups.group_has_permission",
	"Shift": "aftersales.aftersales.work.groups.shift_has_permission",
	"Work Record": "aftersales.aftersales.work.records.has_permission",
	"Work Assignment": "aftersales.aftersales.work.access.has_permission",
	"Part Warehouse": "aftersales.spare_parts.scope.warehouse_has_permission",
	"Part Stock Entry": "aftersales.spare_parts.scope.entry_has_permission",
	"Part Balance": "aftersales.spare_parts.scope.warehouse_doc_permission",
	"Part Ledger Entry": "aftersales.spare_parts.scope.warehouse_doc_permission",
	"Part Reservation": "aftersales.spare_parts.scope.warehouse_doc_permission",
	"Part Serial": "aftersales.spare_parts.scope.warehouse_doc_permission",
	"Stock Count": "aftersales.spare_parts.scope.warehouse_doc_permission",
	"Part Demand Plan": "aftersales.spare_parts.planning_access.has_permission",
	"Part Order": "aftersales.spare_parts.planning_access.has_permission",
	"Deposit Entry": "aftersales.spare_parts.planning_access.has_permission",
	"Outlet Deposit": "aftersales.spare_parts.planning_access.has_permission",
	"Part Statement": "aftersales.spare_parts.planning_access.has_permission",
	"Service Fee": "aftersales.service_network.settlement_scope.has_permission",
	"Settlement": "aftersales.service_network.settlement_scope.has_permission",
	"Settlement Payment": "aftersales.service_network.settlement_scope.has_permission",
	"Expense Plan": "aftersales.service_network.settlement_scope.has_permission",
	"Part Forecast": "aftersales.spare_parts.planning_access.has_permission",
	"Part Safety Stock": "aftersales.spare_parts.planning_access.has_permission",
	"Business Target": "aftersales.service_network.doctype.business_target.business_target.has_permission",
}

# What Frappe's own requests of portal users reach directly; see also "Personal Data Deletion Request" above.
user_data_fields = [
	{"doctype": "Service Customer", "filter_by": "email"},
	{"doctype": "Service Ticket", "filter_by": "email"},
]

scheduler_events = {
	"cron": {
		"* * * * *": [
			"aftersales.telephony.message_delivery.deliver_due",
			"aftersales.aftersales.figures.compute.run",
		],
		"*/5 * * * *": [
			"aftersales.knowledge.upkeep.catch_up_all",
			"aftersales.knowledge.faq_life.write_views",
			"aftersales.telephony.jobs.close_stale_calls",
			"aftersales.telephony.dialling.expire",
			"aftersales.telephony.bridge_status.mark_silent",
			"aftersales.aftersales.deadlines.sweep.sweep",
			"aftersales.field_service.appointment_reminders.remind_due",
		],
	},
	"hourly": ["aftersales.knowledge.use.count_uses", "aftersales.service_network.exams.close_overdue"],
	"daily": [
		"aftersales.field_service.warranty.refresh_states",
		"aftersales.field_service.maintenance_visits.remind_customers",
		"aftersales.aftersales.checks.draw_due",
		"aftersales.aftersales.personal_data.requests.remove_expired",
		"aftersales.knowledge.faq_life.remind_of_reviews",
		"aftersales.knowledge.misses.remove_old",
		"aftersales.spare_parts.demand_plans.remind",
		"aftersales.service_network.points.expire_due",
	],
	"daily_long": [
		"aftersales.field_service.maintenance_plans.plan_all",
		"aftersales.telephony.pruning.prune",
		"aftersales.aftersales.follow_up_plans.plan_all",
		"aftersales.aftersales.emergency.schedule.take_due",
		"aftersales.knowledge.upkeep.reconcile_all",
		"aftersales.service_network.vip_levels.refresh",
		"aftersales.service_network.customer_care.run_due",
		"aftersales.aftersales.figures.compute.check",
	],
	"monthly_long": [
		"aftersales.spare_parts.part_forecasts.compute_all",
		"aftersales.service_network.assessments.compute_last_month",
		"aftersales.field_service.device_classes.classify_all",
	],
}
