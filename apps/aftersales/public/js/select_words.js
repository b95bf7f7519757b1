// Some options mean one thing in one DocType and another elsewhere: "Visit" of a fee and of a channel. Translations know
// that by the DocType as context, but Frappe asks for the options of forms, grids and lists without one.
const word = (value, doctype) => __(value, null, doctype);
const has_own_word = (value, doctype) =>
	typeof value === "string" && value && doctype && word(value, doctype) !== __(value);

// Filters of a list name no DocType.
const doctype_of = (df) => {
	const [view, doctype] = frappe.get_route() || [];
	return df?.parent || (df?.is_filter && view === "List" ? doctype : null);
};

const plain = frappe.form.formatters.Select;
frappe.form.formatters.Select = (value, df, ...more) =>
	has_own_word(value, df?.parent)
		? frappe.utils.escape_html(word(value, df.parent))
		: plain.call(frappe.form.formatters, value, df, ...more);

frappe.ui.form.ControlSelect = class extends frappe.ui.form.ControlSelect {
	set_options(value) {
		super.set_options(value);
		// Options with labels of their own were translated by whoever set them.
		if (typeof this.df.options !== "string") return;
		const doctype = doctype_of(this.df);
		for (const option of this.$input?.find("option") || []) {
			if (has_own_word(option.value, doctype)) option.textContent = word(option.value, doctype);
		}
	}
};
