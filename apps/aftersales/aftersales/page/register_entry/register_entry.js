// Quick entry of register lines (S23.05-S23.09); the rules are the server's, see aftersales.aftersales.work.register.
const REGISTER = "aftersales.aftersales.work.register";
const LINES = 10;
const FIELDS = ["code", "symptom", "measure", "customer"];

frappe.pages["register-entry"].on_page_load = function (wrapper) {
	wrapper.register_entry = new RegisterEntry(wrapper);
};

frappe.pages["register-entry"].on_page_show = function (wrapper) {
	wrapper.register_entry.show_number();
};

class RegisterEntry {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Register Entry"), single_column: true });
		this.names = {};
		this.make();
		this.make_actions();
		this.input(0, "code").focus();
	}

	make() {
		const labels = [__("Code"), __("Symptom"), __("Measure"), __("Customer")];
		this.$body = $(`<div class="register-entry">
			<div class="register-head"></div>
			<div class="register-result" role="status"></div>
			<table><thead><tr><th class="line-number"></th>${labels
				.map((label) => `<th scope="col">${label}</th>`)
				.join("")}</tr></thead><tbody></tbody></table>
			<datalist id="register-products"></datalist><datalist id="register-customers"></datalist>
			<p class="register-hint">${__(
				"A line without a code is skipped. Enter goes down, Ctrl+Enter saves, and rows copied from a spreadsheet can be pasted."
			)}</p>
		</div>`).appendTo(this.page.main);
		this.make_head();
		const lists = { code: "register-products", customer: "register-customers" };
		for (let row = 0; row < LINES; row++) {
			const cells = FIELDS.map(
				(field, column) => `<td><input class="form-control input-sm" data-row="${row}" data-field="${field}"
					aria-label="${labels[column]} ${row + 1}" ${lists[field] ? `list="${lists[field]}"` : ""} autocomplete="off">
					${field === "code" ? '<div class="product-name"></div>' : ""}</td>`
			);
			this.$body.find("tbody").append(`<tr><td class="line-number">${row + 1}</td>${cells.join("")}</tr>`);
		}
		this.$body.on("keydown", "input[data-row]", (e) => this.move(e));
		this.$body.on("paste", "input[data-row]", (e) => this.paste(e.originalEvent));
		this.$body.on("change", "[data-field=code]", (e) => this.show_product(e.currentTarget));
		this.$body.on(
			"input",
			"[list]",
			frappe.utils.debounce((e) => this.offer(e.target), 250)
		);
	}

	make_head() {
		const $head = this.$body.find(".register-head");
		const control = (df) => {
			const made = frappe.ui.form.make_control({
				parent: $("<div></div>").appendTo($head),
				df,
				render_input: true,
			});
			return made;
		};
		$head.append(`<div><label class="control-label">${__("Next Number")}</label>
			<div class="register-number" aria-live="polite"></div></div>`);
		this.responsible = control({
			fieldtype: "Link",
			fieldname: "responsible",
			options: "User",
			label: __("Responsible Person"),
			placeholder: frappe.session.user_fullname,
			get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
		});
		this.date = control({
			fieldtype: "Date",
			fieldname: "entry_date",
			label: __("Date"),
			default: "Today",
			change: () => this.show_number(),
		});
		this.date.set_value(frappe.datetime.get_today());
	}

	make_actions() {
		this.page.set_primary_action(__("Enter"), () => this.save());
		this.page.set_secondary_action(__("Clear"), () => this.clear());
		if (frappe.model.can_write("Aftersales Settings")) {
			this.page.add_inner_button(__("Reset Number"), () => this.reset_number());
		}
		frappe.ui.keys.add_shortcut({
			shortcut: "ctrl+enter",
			description: __("Save the register lines"),
			action: () => this.save(),
			page: this.page,
			ignore_inputs: true,
		});
	}

	input(row, field) {
		return this.$body.find(`input[data-row=${row}][data-field=${field}]`);
	}

	lines() {
		return Array.from({ length: LINES }, (_value, row) =>
			Object.fromEntries(FIELDS.map((field) => [field, this.input(row, field).val().trim()]))
		);
	}

	show_number() {
		return frappe
			.xcall(`${REGISTER}.next_number`, { entry_date: this.date.get_value() || null })
			.then((number) => this.$body.find(".register-number").text(number));
	}

	move(e) {
		const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[e.key];
		if (!step || e.ctrlKey || e.metaKey) return;
		const { row, field } = e.currentTarget.dataset;
		// the browser's list of suggestions keeps the arrows for itself
		if (e.key !== "Enter" && e.currentTarget.list) return;
		e.preventDefault();
		this.input(cint(row) + step, field).focus();
	}

	paste(e) {
		const text = e.clipboardData.getData("text/plain");
		if (!/[\t\n]/.test(text.trim())) return;
		e.preventDefault();
		const { row, field } = e.target.dataset;
		const rows = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
		const first = FIELDS.indexOf(field);
		rows.slice(0, LINES - cint(row)).forEach((line, down) =>
			line.split("\t").forEach((value, right) => {
				if (FIELDS[first + right]) {
					this.input(cint(row) + down, FIELDS[first + right])
						.val(value.trim())
						.trigger("change");
				}
			})
		);
		const more = rows.length - (LINES - cint(row));
		if (more > 0) {
			frappe.show_alert({ message: __("{0} rows did not fit.", [more]), indicator: "orange" });
		}
	}

	offer(input) {
		const doctype = input.dataset.field === "code" ? "Product" : "Service Customer";
		frappe.db.get_link_options(doctype, input.value, { disabled: 0 }).then((options) => {
			$(input.list).html(
				options.map((option) => {
					const escape = frappe.utils.escape_html;
					return `<option value="${escape(option.value)}">${escape(option.description || "")}</option>`;
				})
			);
		});
	}

	show_product(input) {
		const code = input.value.trim();
		const show = (name) => {
			if (input.value.trim() !== code) return;
			$(input)
				.toggleClass("is-wrong", Boolean(code && !name))
				.siblings(".product-name")
				.text(name || (code ? __("There is no such product.") : ""));
		};
		if (!code) return show("");
		frappe.db.get_value("Product", code, "product_name").then(({ message }) => show(message?.product_name));
	}

	save() {
		if (this.saving) return;
		this.saving = true;
		return frappe
			.xcall(`${REGISTER}.save_lines`, {
				lines: JSON.stringify(this.lines()),
				entry_date: this.date.get_value() || null,
				responsible: this.responsible.get_value() || null,
			})
			.then(
				(saved) => {
					this.show_saved(saved);
					this.clear();
				},
				() => this.input(0, "code").focus() // Frappe has shown what is wrong
			)
			.finally(() => {
				this.saving = false;
			});
	}

	show_saved({ tickets, skipped, next_number }) {
		const links = tickets.map((name) => frappe.utils.get_form_link("Service Ticket", name, true)).join(", ");
		const parts = [__("{0} records saved: {1}", [tickets.length, links])];
		if (skipped.length) parts.push(__("Skipped for want of a code: line {0}.", [skipped.join(", ")]));
		this.$body.find(".register-result").html(`<div class="alert alert-success">${parts.join("<br>")}</div>`);
		this.$body.find(".register-number").text(next_number);
		frappe.show_alert({ message: __("{0} records saved.", [tickets.length]), indicator: "green" });
	}

	clear() {
		this.$body.find("input[data-row]").val("").removeClass("is-wrong");
		this.$body.find(".product-name").text("");
		this.responsible.set_value("");
		this.input(0, "code").focus();
	}

	reset_number() {
		frappe.confirm(
			__("Set the running number of this month back to the highest number in use?"),
			() =>
				frappe
					.xcall(`${REGISTER}.reset_number`, { entry_date: this.date.get_value() || null })
					.then((number) => this.$body.find(".register-number").text(number))
		);
	}
}
