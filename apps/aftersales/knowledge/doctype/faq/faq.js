frappe.ui.form.on("FAQ", {
	setup(frm) {
		frm.set_query("translation_of", () => ({
			filters: { name: ["!=", frm.doc.name], translation_of: ["is", "not set"] },
		}));
		frm.set_query("reviewer", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("product", () => ({
			filters: {
				disabled: 0,
				...(frm.doc.product_category && {
					product_category: ["descendants of (inclusive)", frm.doc.product_category],
				}),
			},
		}));
	},

	refresh(frm) {
		if (frm.doc.rejection_reason) {
			frm.set_intro(
				__("Rejected: {0}", [frappe.utils.escape_html(frm.doc.rejection_reason)]),
				"orange"
			);
		}
		show_life(frm);
		if (frm.doc.used_count) {
			frm.add_custom_button(__("Tickets Using It"), () =>
				frappe.set_route("List", "Service Ticket", {
					"Ticket Handling Entry.faq": frm.doc.name,
				})
			);
		}
	},

	product(frm) {
		if (frm.doc.product && !frm.doc.product_category) {
			frappe.db
				.get_value("Product", frm.doc.product, "product_category")
				.then(({ message }) => frm.set_value("product_category", message.product_category));
		}
	},

	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Reject") return undefined;
		return aftersales.knowledge.ask_and_decide(frm, ["rejection_reason"]);
	},
});

/** What else can be done with an entry, and what is known of its life. */
function show_life(frm) {
	if (frm.is_new()) return;
	const { published, review_date } = frm.doc;
	if (published && review_date && review_date <= frappe.datetime.get_today()) {
		frm.dashboard.add_indicator(__("Review was due on {0}", [frappe.datetime.str_to_user(review_date)]), "orange");
	}
	if (published && frm.perm[0]?.write) {
		frm.add_custom_button(__("Answer Still Holds"), async () => {
			const next = await frm.call("confirm_answer");
			await frm.reload_doc();
			const text = next.message
				? __("Next review on {0}.", [frappe.datetime.str_to_user(next.message)])
				: __("No further review is planned.");
			frappe.show_alert({ message: text, indicator: "green" });
		});
	}
	frm.add_custom_button(__("Versions"), () => show_versions(frm));
	if (published) {
		frm.add_custom_button(__("It Helped"), () => aftersales.knowledge.give_feedback(frm.doc.name, true), __("Feedback"));
		frm.add_custom_button(
			__("It Did Not Help"),
			() => aftersales.knowledge.give_feedback(frm.doc.name, false),
			__("Feedback")
		);
	}
	if (!frm.doc.translation_of && frappe.model.can_create("FAQ")) {
		frm.add_custom_button(__("Translate"), () => translate(frm));
	}
}

/** A new entry in the other language with everything but the words. */
function translate(frm) {
	const { kind, faq_category, product, product_category, product_codes, audience, answer, question } = frm.doc;
	frappe.new_doc("FAQ", {
		...{ kind, faq_category, product, product_category, product_codes, audience, answer, question },
		translation_of: frm.doc.name,
		language: frm.doc.language === "zh" ? "en" : "zh",
	});
}

/** Who changed question and answer when, and how they read before. */
async function show_versions(frm) {
	const versions = await frappe.xcall("aftersales.knowledge.versions.get_versions", { faq: frm.doc.name });
	const dialog = new frappe.ui.Dialog({ title: __("Versions"), size: "large" });
	const html = versions.map(
		(version) => `<section class="as-version">
			<h5>${frappe.utils.escape_html(version.title)}</h5>
			<p class="text-muted">${frappe.datetime.str_to_user(version.changed_on)} ·
				${frappe.utils.escape_html(version.user)}</p>
			${version.question ? `<p><b>${frappe.utils.escape_html(version.question)}</b></p>` : ""}
			<div class="ql-editor read-mode">${version.answer_html || ""}</div>
		</section>`
	);
	$(dialog.body).html(html.join("<hr>") || `<p class="text-muted">${__("Nothing was changed yet.")}</p>`);
	dialog.show();
}
