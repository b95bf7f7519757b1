/**
 * Copy a FAQ's answer into the handling of the ticket in the open form and note it in the handling log (S1.33). Nothing
 * is saved: it goes with whatever else the agent has typed and not saved yet.
 *
 * @returns {{undo: () => void}|null} null if the answer is there already
 */
export function copy_into_form(frm, hit) {
	const { doc } = frm;
	if ((doc.handling || "").includes(hit.answer_text)) return null;
	const faq_before = doc.faq;
	const row = frm.add_child("handling_log", {
		entry: __("Answered with {0}: {1}", [hit.name, hit.question]),
		faq: hit.name,
	});
	frm.set_value({
		handling: [(doc.handling || "").trimEnd(), hit.answer_text].filter(Boolean).join("\n\n"),
		faq: doc.faq || hit.name,
	});
	frm.refresh_field("handling_log");
	point_to(frm.get_field("handling"));

	return {
		undo() {
			// Another ticket may be open by now, or this one saved, which no toast undoes.
			if (frm.doc !== doc || !row.__islocal) return;
			frappe.model.clear_doc(row.doctype, row.name);
			frm.set_value({
				handling: without(doc.handling || "", hit.answer_text),
				faq: faq_before || null,
			});
			frm.refresh_field("handling_log");
		},
	};
}

/** Take the answer out again; what was typed before, after or since stays. */
function without(text, answer) {
	const start = text.lastIndexOf(answer);
	if (start < 0) return text;
	const before = text.slice(0, start).trimEnd();
	const after = text.slice(start + answer.length).trimStart();
	return [before, after].filter(Boolean).join("\n\n");
}

/** Show for a moment where the answer went, without taking the focus. */
function point_to(field) {
	if (!field?.$wrapper?.is(":visible")) return;
	const element = field.$wrapper.get(0);
	element.classList.add("as-just-filled");
	setTimeout(() => element.classList.remove("as-just-filled"), 1600);
}
