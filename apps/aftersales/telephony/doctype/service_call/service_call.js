frappe.ui.form.on("Service Call", {
	refresh(frm) {
		show_state(frm);
		add_buttons(frm);
		add_call_back(frm);
		show_recording(frm);
	},
});

function show_state(frm) {
	const states = {
		Ringing: [__("Ringing"), "blue"],
		Answered: [__("Answered"), "green"],
		Ended: [__("Ended"), "gray"],
		Missed: [__("Missed"), "red"],
		Unknown: [__("Ringing stopped"), "yellow"],
	};
	const outbound = frm.doc.direction === "Outbound";
	const state =
		outbound && frm.doc.state === "Missed" ? [__("Not Answered"), "gray"] : states[frm.doc.state];
	if (state && !frm.is_dirty()) frm.page.set_indicator(...state);
}

function add_buttons(frm) {
	if (frappe.model.can_create("Service Ticket")) {
		frm.add_custom_button(__("New Ticket"), () =>
			aftersales.new_ticket_from_call(frm.doc.name)
		).addClass("btn-primary");
	}
	if (!frm.doc.customer && frm.doc.number_raw && frappe.model.can_create("Service Customer")) {
		frm.add_custom_button(__("New Customer"), () =>
			aftersales.new_customer_from_call(
				frm.doc.name,
				frm.doc.number_display || frm.doc.number_raw,
				frm.doc.name_raw
			)
		);
	}
}

function add_call_back(frm) {
	if (frm.doc.number_key && frm.doc.presentation !== "Restricted") {
		aftersales.telephony.add_dial_buttons(frm, [frm.doc.number_raw]);
	}
	if (frm.doc.call_back_state !== "To Call Back" || !frm.perm[0]?.write) return;
	frm.dashboard.add_comment(__("This call waits for a call-back."), "orange", true);
	frm.add_custom_button(__("No Call-back Needed"), () =>
		frappe
			.xcall("aftersales.telephony.call_log.no_call_back_needed", { call: frm.doc.name })
			.then(() => frm.reload_doc())
	);
}

// The field `recording` comes to those only who may hear recordings.
function show_recording(frm) {
	const { $wrapper } = frm.fields_dict.recording_player;
	$wrapper.empty();
	if (frm.doc.recording_state !== "Stored" || !frm.doc.recording) return;
	const address = `/api/method/aftersales.telephony.call_log.play?call=${encodeURIComponent(frm.doc.name)}`;
	const player = $(`<audio controls preload="none" style="width: 100%; max-width: 480px"></audio>`);
	player.attr({ src: address, "aria-label": __("Recording of the call") });
	const save = $(`<a class="btn btn-xs btn-default">${__("Download")}</a>`).attr("href", `${address}&download=1`);
	const note = $(`<p class="text-muted small">`).text(__("Who listens is logged."));
	$wrapper.append(player, $("<p>").append(save), note);
}
