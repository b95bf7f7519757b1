frappe.query_reports["Workshop Progress"] = {
	filters: [
		{ fieldname: "order", label: __("Number"), fieldtype: "Data" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "from_date", label: __("Received from"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Received until"), fieldtype: "Date" },
		{ fieldname: "delivered", label: __("Also Delivered Ones"), fieldtype: "Check" },
	],
};
