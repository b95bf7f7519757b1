frappe.treeview_settings["FAQ Category"] = {
	breadcrumb: "Knowledge",
	extend_toolbar: true,
	toolbar: [
		{
			label: __("Show FAQs"),
			condition: (node) => !node.is_root,
			click: (node) =>
				frappe.set_route("List", "FAQ", { faq_category: ["descendants of (inclusive)", node.label] }),
			btnClass: "hidden-xs",
		},
	],
};
