// A user without read right on Workflow State sees states by their stored English names wherever Frappe formats the
// link (forms, reports); lists translate them. This makes all places show the translation.
frappe.form.link_formatters["Workflow State"] = (value) => (value ? __(value) : value);
