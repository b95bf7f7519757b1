frappe.query_reports["Serial Trace"] = {
	filters: [{ fieldname: "serial_no", label: __("Serial No."), fieldtype: "Data" }],
};
