// Click to dial: asks the site to have a number dialled, and tells what becomes of it.
frappe.provide("aftersales.telephony");

aftersales.telephony.dial_lines = () => frappe.boot.aftersales_dial_lines || [];

// number: as it stands in the document; from: {doctype, name} of the document, if any.
aftersales.telephony.dial = async function (number, from = {}) {
	const lines = aftersales.telephony.dial_lines();
	const line = lines.length > 1 ? await choose_line(lines) : null;
	const answer = await frappe.xcall("aftersales.telephony.call_log.dial", {
		number,
		phone_line: line,
		reference_doctype: from.doctype,
		reference_name: from.name,
	});
	say_queued(answer);
};

// Button "Dial" with the numbers of a document; nothing where nobody can dial.
aftersales.telephony.add_dial_buttons = function (frm, numbers) {
	if (frm.is_new() || !aftersales.telephony.dial_lines().length) return;
	const known = [...new Set(numbers.map((number) => (number || "").trim()).filter(Boolean))];
	known.forEach((number) => {
		const label = known.length > 1 ? frappe.utils.escape_html(number) : __("Dial");
		const group = known.length > 1 ? __("Dial") : null;
		const dial = () =>
			aftersales.telephony.dial(number, { doctype: frm.doctype, name: frm.doc.name });
		frm.add_custom_button(label, dial, group);
	});
};

function choose_line(lines) {
	const remembered = localStorage.getItem("aftersales_dial_line");
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Dial"),
			fields: [
				{
					fieldname: "line",
					fieldtype: "Select",
					label: __("Phone Line"),
					reqd: 1,
					options: lines.map(({ name, title }) => ({ value: name, label: title })),
					default: lines.some(({ name }) => name === remembered) ? remembered : lines[0].name,
				},
			],
			primary_action_label: __("Dial"),
			primary_action({ line }) {
				localStorage.setItem("aftersales_dial_line", line);
				dialog.hide();
				resolve(line);
			},
		});
		dialog.show();
	});
}

function say_queued({ dial_request, number_display }) {
	const number = frappe.utils.escape_html(number_display);
	frappe.show_alert(
		{
			message: `${__("Dialling {0} …", [number])} <a class="alert-link">${__("Cancel")}</a>`,
			indicator: "blue",
		},
		10
	);
	$("#alert-container .alert-link")
		.last()
		.one("click", () => frappe.xcall("aftersales.telephony.call_log.cancel_dial", { dial_request }));
}

function tell({ state, result, service_call }) {
	const messages = {
		Taken: [__("Lift your handset: the number is being dialled."), "blue"],
		Dialled: [__("The number was dialled."), "green"],
		Failed: [__("The number could not be dialled: {0}", [frappe.utils.escape_html(result || "?")]), "red"],
		Expired: [frappe.utils.escape_html(result || __("The number was not dialled.")), "red"],
		Cancelled: [__("Dialling was cancelled."), "gray"],
	};
	if (!messages[state]) return;
	const [message, indicator] = messages[state];
	const link = service_call
		? ` <a href="/app/service-call/${encodeURIComponent(service_call)}">${__("Call Log")}</a>`
		: "";
	frappe.show_alert({ message: message + link, indicator }, 8);
}

$(document).on("app_ready", () => frappe.realtime.on("aftersales_dial", tell));
