// What the server does on saving (aftersales.field_service.device_documents), shown at once.
frappe.ui.form.on("Service Ticket", {
	setup(frm) {
		frm.set_query("device", () => ({
			filters: {
				...(frm.doc.customer ? { customer: frm.doc.customer } : {}),
				...(frm.doc.product ? { product: frm.doc.product } : {}),
			},
		}));
	},

	device(frm) {
		const chosen = frm.doc.device;
		if (!chosen) return frm.set_value("serial_no", null);
		const fields = ["serial_no", "product", "lot_no", "customer"];
		return frappe.db.get_value("Customer Device", chosen, fields).then(({ message }) => {
			if (frm.doc.device !== chosen) return; // chosen anew meanwhile
			const changes = { serial_no: message.serial_no };
			if (message.product) changes.product = message.product;
			for (const field of ["lot_no", "customer"]) if (!frm.doc[field]) changes[field] = message[field];
			return frm.set_value(changes);
		});
	},

	serial_no(frm) {
		const typed = frm.doc.serial_no;
		if (!typed || frm.doc.device || !frappe.model.can_read("Customer Device")) return;
		return frappe.xcall("aftersales.field_service.devices.look_up", { serial: typed }).then((found) => {
			const fits = found.filter(
				(row) => row.stage !== "To Be Checked" && (!frm.doc.product || row.product === frm.doc.product)
			);
			if (frm.doc.serial_no === typed && fits.length === 1) return frm.set_value("device", fits[0].name);
		});
	},
});
