// Who should go: technicians proposed on the order's form, each with the reasons; see aftersales.field_service.technicians.
frappe.ui.form.on("Service Order", {
	setup(frm) {
		const of_outlet = () => ({ filters: { enabled: 1, ...(frm.doc.outlet ? { outlet: frm.doc.outlet } : {}) } });
		frm.set_query("technician", of_outlet);
		frm.set_query("technician", "technicians", of_outlet);
		frm.set_query("bay", of_outlet);
	},
	refresh(frm) {
		const planned = ["Open", "Dispatched", "Received", "In Work", "Waiting"].includes(frm.doc.stage);
		if (frm.is_new() || !planned || !frm.perm[0]?.write || !frappe.model.can_read("Technician")) return;
		frm.add_custom_button(__("Propose Technicians"), () => propose(frm));
	},
});

function propose(frm) {
	const escape = frappe.utils.escape_html;
	return frappe.xcall("aftersales.field_service.technicians.propose", { order: frm.doc.name }).then((rows) => {
		const dialog = new frappe.ui.Dialog({ title: __("Technicians for {0}", [frm.doc.name]), size: "large" });
		const lines = rows.map(
			(row) => `<tr class="${row.available ? "" : "text-muted"}">
				<td><button type="button" class="btn btn-xs btn-default" data-technician="${escape(row.technician)}">${escape(
				row.technician_name
			)}</button></td>
				<td>${row.available ? row.score : `<span class="indicator-pill red">${__("Not Available")}</span>`}</td>
				<td>${row.reasons.map(escape).join("<br>")}</td></tr>`
		);
		const heads = [__("Technician"), __("Points"), __("Reasons")].map((text) => `<th scope="col">${text}</th>`);
		dialog.$body.html(
			rows.length
				? `<table class="table"><thead><tr>${heads.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table>`
				: `<p class="text-muted">${__("There are no technicians here. Add them under Technician.")}</p>`
		);
		dialog.$body.on("click", "[data-technician]", (event) => {
			dialog.hide();
			frm.set_value("technician", event.currentTarget.dataset.technician);
		});
		dialog.show();
	});
}
