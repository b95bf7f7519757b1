// One screen for what customers bring: one device, or several that are stored one by one (S12.02-S12.07). The rules are the
// server's, see aftersales.field_service.counter.
const INTAKE_METHODS = "aftersales.field_service.counter";
const INTAKE_CUSTOMER = ["customer", "customer_name", "contact_phone", "address", "outlet"];
const INTAKE_DEVICE = [
	"serial_no",
	"device",
	"product",
	"product_name",
	"purchase_date",
	"fault",
	"goods_condition",
	"storage_place",
	"accessory_only",
	"accessory_list",
	"route",
	"promised_at",
	"remarks",
];

frappe.pages["counter-intake"].on_page_load = function (wrapper) {
	wrapper.counter_intake = new CounterIntake(wrapper);
};

class CounterIntake {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Counter Intake"), single_column: true });
		this.saved = [];
		this.$body = $(`<div class="counter-intake">
			<div class="intake-result" role="status" aria-live="polite"></div>
			<div class="intake-customer"></div>
			<div class="intake-device"></div>
			<div class="intake-accessories"></div>
			<div class="intake-buttons"></div>
			<div class="intake-saved"></div>
		</div>`).appendTo(this.page.main);
		this.make_customer();
		this.make_device();
		this.make_buttons();
		this.show_accessories([]);
		this.page.add_inner_button(__("Pick-up Management"), () =>
			frappe.set_route("List", "Customer Goods Receipt")
		);
	}

	make_customer() {
		this.customer = new frappe.ui.FieldGroup({
			body: this.$body.find(".intake-customer"),
			fields: [
				{ fieldtype: "Section Break", label: __("Customer") },
				{
					fieldname: "customer",
					fieldtype: "Link",
					options: "Service Customer",
					label: __("Customer"),
					get_query: () => ({ filters: { disabled: 0 } }),
					onchange: () => this.fill_customer(),
				},
				{ fieldname: "customer_name", fieldtype: "Data", label: __("Customer Name"), reqd: 1 },
				{ fieldtype: "Column Break" },
				{ fieldname: "contact_phone", fieldtype: "Data", label: __("Contact Phone") },
				{ fieldname: "address", fieldtype: "Data", label: __("Address") },
				{ fieldtype: "Column Break" },
				{ fieldname: "outlet", fieldtype: "Link", options: "Service Outlet", label: __("Outlet") },
			],
		});
		this.customer.make();
	}

	make_device() {
		this.device = new frappe.ui.FieldGroup({
			body: this.$body.find(".intake-device"),
			fields: [
				{ fieldtype: "Section Break", label: __("Device") },
				{
					fieldname: "serial_no",
					fieldtype: "Data",
					label: __("Serial No."),
					description: __("Type or scan it: what is known of the device is filled in."),
					onchange: () => this.look_up(),
				},
				{
					fieldname: "product",
					fieldtype: "Link",
					options: "Product",
					label: __("Product"),
					get_query: () => ({ filters: { disabled: 0 } }),
					onchange: () => this.product_chosen(),
				},
				{ fieldname: "product_name", fieldtype: "Data", label: __("Product Name") },
				{ fieldname: "purchase_date", fieldtype: "Date", label: __("Purchase Date") },
				{ fieldtype: "Column Break" },
				{ fieldname: "fault", fieldtype: "Small Text", label: __("Fault Symptom"), reqd: 1 },
				{ fieldname: "goods_condition", fieldtype: "Data", label: __("Condition") },
				{ fieldname: "accessory_only", fieldtype: "Check", label: __("Accessories Only") },
				{
					fieldname: "accessory_list",
					fieldtype: "Data",
					label: __("Accessories to Repair"),
					description: __('Separated by "/".'),
					depends_on: "accessory_only",
					mandatory_depends_on: "accessory_only",
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "route",
					fieldtype: "Select",
					label: __("Repair Route"),
					options: [
						{ value: "Local", label: __("Local") },
						{ value: "Factory", label: __("Factory") },
					],
					default: "Local",
				},
				{ fieldname: "promised_at", fieldtype: "Datetime", label: __("Promised At") },
				{ fieldname: "storage_place", fieldtype: "Data", label: __("Storage Place") },
				{ fieldname: "remarks", fieldtype: "Data", label: __("Remarks") },
				{ fieldname: "device", fieldtype: "Data", hidden: 1 },
			],
		});
		this.device.make();
	}

	make_buttons() {
		const button = (label, style, action) =>
			$(`<button type="button" class="btn btn-${style}"></button>`)
				.text(label)
				.on("click", () => action())
				.appendTo(this.$body.find(".intake-buttons"));
		this.$save = button(__("Save and Print"), "primary", () => this.save(true));
		this.$save_single = button(__("Save Single Device"), "default", () => this.save(false));
		button(__("New Intake"), "default", () => this.begin_anew());
	}

	fill_customer(customer = this.customer.get_value("customer")) {
		if (!customer || customer === this.filled_customer) return;
		this.filled_customer = customer;
		frappe.db.get_value("Service Customer", customer, ["customer_name", "phone"]).then(({ message }) => {
			this.customer.set_values({
				customer_name: message.customer_name,
				contact_phone: message.phone || this.customer.get_value("contact_phone"),
			});
		});
	}

	look_up() {
		const serial = (this.device.get_value("serial_no") || "").trim();
		if (serial === this.looked_up) return;
		this.looked_up = serial;
		this.device.set_value("device", "");
		if (!serial) return;
		frappe.xcall(`${INTAKE_METHODS}.look_up`, { serial }).then((found) => {
			// Another number may have been typed meanwhile.
			if (serial !== this.looked_up) return;
			if (found.receipt) {
				this.tell(__("The unit is in our hands already: receipt {0}.", [found.receipt]), true);
			} else if (found.device) {
				const { warranty_state, warranty_reason } = found.device;
				this.tell(`${__("Warranty State")}: ${__(warranty_state)} · ${warranty_reason || ""}`);
			} else if (found.devices.length) {
				this.tell(__("Several products have this number. Choose the product."), true);
			} else {
				this.tell(__("No device has this number yet. Choose the product."));
			}
			if (found.device) this.fill_device(found.device);
		});
	}

	fill_device(device) {
		this.filled_product = device.product;
		this.device.set_values({
			device: device.name,
			product: device.product,
			product_name: device.product_name,
			purchase_date: device.sale_date,
		});
		this.show_accessories(device.accessories);
		if (!this.customer.get_value("customer_name") && device.customer) {
			this.customer.set_value("customer", device.customer);
			// A link shows its title later, and tells nobody that it was set.
			this.fill_customer(device.customer);
		}
	}

	product_chosen() {
		const product = this.device.get_value("product");
		if (!product || product === this.filled_product) return;
		this.filled_product = product;
		frappe.db.get_value("Product", product, "product_name").then(({ message }) => {
			this.device.set_value("product_name", message.product_name);
		});
		frappe.xcall(`${INTAKE_METHODS}.accessories_of`, { product }).then((names) => this.show_accessories(names));
	}

	// A tick and a word on its condition for each accessory of the product, and a line for others (S12.04).
	show_accessories(names) {
		const $place = this.$body.find(".intake-accessories").empty();
		$place.append(`<div class="section-head">${__("Accessories")}</div>`);
		for (const name of [...names, ""]) {
			const $row = $(`<div class="accessory-row"><label></label>
				<input class="form-control input-sm accessory-condition" autocomplete="off"></div>`);
			const $label = $row.find("label");
			$label.append('<input type="checkbox" class="accessory-brought">');
			if (name) $label.append($("<span class='accessory-name'></span>").text(name));
			else
				$label.append(
					$("<input class='form-control input-sm accessory-other' autocomplete='off'>")
						.attr("placeholder", __("Another accessory"))
						.attr("aria-label", __("Another accessory"))
						.on("input", (e) => $row.find(".accessory-brought").prop("checked", !!e.target.value))
				);
			$row.find(".accessory-brought").attr("aria-label", name || __("Another accessory"));
			$row.find(".accessory-condition")
				.attr("placeholder", __("Condition"))
				.attr("aria-label", `${__("Condition")} ${name}`);
			$place.append($row);
		}
	}

	accessories() {
		return this.$body
			.find(".accessory-row")
			.get()
			.map((row) => ({
				accessory: $(row).find(".accessory-name").text() || ($(row).find(".accessory-other").val() || "").trim(),
				brought: $(row).find(".accessory-brought").prop("checked") ? 1 : 0,
				condition: ($(row).find(".accessory-condition").val() || "").trim(),
			}))
			.filter((row) => row.accessory);
	}

	save(print) {
		const customer = this.customer.get_values();
		const device = customer && this.device.get_values();
		// Frappe has named what is missing.
		if (!customer || !device || this.saving) return;
		this.saving = true;
		this.$save.add(this.$save_single).prop("disabled", true);
		const pick = (from, fields) => Object.fromEntries(fields.filter((key) => from[key]).map((key) => [key, from[key]]));
		const values = { ...pick(customer, INTAKE_CUSTOMER), ...pick(device, INTAKE_DEVICE), accessories: this.accessories() };
		frappe
			.xcall(`${INTAKE_METHODS}.save_device`, { values, intake: this.intake || null })
			.then((row) => {
				this.saved.push(row);
				this.intake = row.intake_no;
				this.show_saved();
				this.clear_device();
				this.tell(__("Saved: {0}, service order {1}.", [row.name, row.service_order]));
				if (print) {
					this.print();
					this.begin_anew(true);
				}
			})
			.catch(() => {})
			.finally(() => {
				this.saving = false;
				this.$save.add(this.$save_single).prop("disabled", false);
			});
	}

	clear_device() {
		this.looked_up = this.filled_product = null;
		this.device.clear();
		this.device.set_value("route", "Local");
		this.show_accessories([]);
		this.device.get_field("serial_no").$input.trigger("focus");
	}

	begin_anew(keep_list = false) {
		this.intake = null;
		this.filled_customer = null;
		const outlet = this.customer.get_value("outlet");
		this.customer.clear();
		if (outlet) this.customer.set_value("outlet", outlet);
		this.clear_device();
		if (!keep_list) {
			this.saved = [];
			this.show_saved();
			this.tell("");
		}
		this.done = keep_list;
	}

	show_saved() {
		if (this.done) {
			this.saved = this.saved.slice(-1);
			this.done = false;
		}
		const $place = this.$body.find(".intake-saved").empty();
		if (!this.saved.length) return;
		const escape = frappe.utils.escape_html;
		const rows = this.saved.map(
			(row) => `<tr><td><a href="/app/customer-goods-receipt/${encodeURIComponent(row.name)}">${escape(row.name)}</a></td>
				<td>${escape(row.product_name || "")}<br>${escape(row.serial_no || "")}</td>
				<td>${escape(row.accessory_only ? row.accessory_list : "")} ${escape(row.fault)}</td>
				<td><a href="/app/service-order/${encodeURIComponent(row.service_order)}">${escape(row.service_order)}</a></td>
				<td>${__(row.route)}</td></tr>`
		);
		const heads = [__("Goods Receipt"), __("Product"), __("Fault Symptom"), __("Service Order"), __("Repair Route")];
		$place.append(`<div class="section-head">${__("Devices of this intake")}</div>
			<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
			<tbody>${rows.join("")}</tbody></table>`);
		$("<button type='button' class='btn btn-default btn-sm mt-3'></button>")
			.text(__("Print Slips"))
			.on("click", () => this.print())
			.appendTo($place);
	}

	// One slip lists all devices of the intake (S12.07).
	print() {
		const query = new URLSearchParams({
			doctype: "Customer Goods Receipt",
			name: this.saved[0].intake_no,
			format: this.saved.length > 1 ? "Intake Slip" : "Goods Receipt",
			trigger_print: "1",
			_lang: frappe.boot.lang,
		});
		window.open(`/printview?${query}`, "_blank", "noopener");
	}

	tell(text, bad = false) {
		this.$body.find(".intake-result").text(text).toggleClass("bad", bad);
	}
}
