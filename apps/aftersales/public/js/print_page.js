// The print page of the Desk: documents of an outlet are printed under the outlet's letter head.
(() => {
	const proto = frappe.ui.form.PrintView.prototype;
	const propose_default = proto.set_default_letterhead;
	proto.set_default_letterhead = async function () {
		const doc = this.frm.doc;
		const outlet = doc.doctype === "Service Outlet" ? doc.name : doc.outlet;
		if (outlet && !doc.letter_head && !doc.__islocal) {
			const letter_head = await frappe.xcall("aftersales.service_network.slips.letter_head_for", {
				doctype: doc.doctype,
				name: doc.name,
			});
			if (letter_head) {
				this.letterhead_selector.val(letter_head);
				return;
			}
		}
		return propose_default.call(this);
	};
})();
