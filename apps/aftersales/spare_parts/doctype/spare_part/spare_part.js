frappe.ui.form.on("Spare Part", {
	setup(frm) {
		frm.set_query("spare_part", "substitutes", () => ({
			filters: { disabled: 0, name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Part Balance")) return;
		frm.add_custom_button(__("Movements"), () =>
			frappe.set_route("List", "Part Ledger Entry", { spare_part: frm.doc.name }),
		);
		show_stock(frm);
	},
});

// Where the part is to be had; only warehouses that the user may see.
async function show_stock(frm) {
	const rows = await frappe.xcall("aftersales.spare_parts.order_parts.stock_of_part", {
		spare_part: frm.doc.name,
	});
	if (!rows.length) {
		frm.dashboard.set_headline(__("None in stock."));
		return;
	}
	const places = rows.slice(0, 6).map((row) => {
		const free = format_number(row.free, null, 0);
		return `${frappe.utils.escape_html(row.warehouse)}: <b>${free}</b>`;
	});
	frm.dashboard.set_headline(`${__("Free")} – ${places.join(" · ")}${rows.length > 6 ? " …" : ""}`);
}
