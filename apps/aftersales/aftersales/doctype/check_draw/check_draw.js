frappe.ui.form.on("Check Draw", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		frm.add_custom_button(__("Verify Draw"), () => verify(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Check Records"), () =>
			frappe.set_route("List", "Check Record", { draw: frm.doc.name })
		);
	},
});

function verify(frm) {
	frappe.xcall("aftersales.aftersales.checks.verify_draw", { draw: frm.doc.name }).then((found) => {
		const lines = [
			[found.intact, __("The population is as it was stored: {0} records.", [frm.doc.population_size])],
			[found.repeated, __("Drawn again with the same seed, the same {0} records come out.", [found.sample])],
			[
				!found.without_record.length,
				__("Check records that were deleted: {0}", [found.without_record.join(", ") || "–"]),
			],
			[
				!found.not_drawn.length,
				__("Check records that were not drawn: {0}", [found.not_drawn.join(", ") || "–"]),
			],
			[true, __("Records of the population that do not exist any more: {0}", [found.gone])],
		];
		const good = lines.every(([fine]) => fine);
		const list = lines.map(([fine, text]) => `<li>${fine ? "✓" : "✗"} ${frappe.utils.escape_html(text)}</li>`);
		frappe.msgprint({
			title: good ? __("The draw is right") : __("The draw does not agree"),
			indicator: good ? "green" : "red",
			message: `<ul class="list-unstyled">${list.join("")}</ul>`,
		});
	});
}
