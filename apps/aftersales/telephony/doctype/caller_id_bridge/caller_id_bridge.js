const MOST_SKEW_SECONDS = 5;

frappe.ui.form.on("Caller ID Bridge", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.silent) {
			frm.page.set_indicator(__("Silent"), "red");
			frm.dashboard.add_comment(
				__("Nothing has been heard of this bridge since {0}.", [
					frappe.datetime.str_to_user(frm.doc.silent_since),
				]),
				"red",
				true
			);
		}
		frm.fields_dict.devices.grid.cannot_add_rows = true;
		if (Math.abs(frm.doc.clock_skew || 0) > MOST_SKEW_SECONDS) {
			frm.set_intro(
				__("The clock of this computer is {0} seconds off. Set it by a time server.", [
					Math.round(frm.doc.clock_skew),
				]),
				"orange"
			);
		}
		const { lines_to_set_up = [] } = frm.doc.__onload || {};
		lines_to_set_up.forEach((line) => {
			frm.add_custom_button(__("Set Up Line {0}", [frappe.utils.escape_html(line)]), () =>
				frappe.new_doc("Phone Line", { bridge: frm.doc.name, source_line: line, line_title: line })
			);
		});
		if (lines_to_set_up.length) {
			frm.set_intro(__("Calls come in on lines that nobody has set up yet."), "blue");
		}
	},
});
