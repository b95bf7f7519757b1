// Pictures of a ticket as a strip of slots over the child table `pictures`: click, drop or paste to add.
frappe.provide("aftersales.ticket");

const TABLE = "pictures";
const ROW = "Ticket Picture";

aftersales.ticket.show_picture_strip = function (frm, limit) {
	const field = frm.fields_dict[TABLE];
	if (!field || !field.$wrapper) return;
	if (!frm.picture_strip) {
		frm.picture_strip = new PictureStrip(frm, field);
	}
	frm.picture_strip.show(limit);
};

class PictureStrip {
	constructor(frm, field) {
		this.frm = frm;
		this.field = field;
		field.$wrapper.find(".grid-field").addClass("hide");
		this.$strip = $(`<div class="ticket-pictures">
			<div class="ticket-pictures-head">
				<span class="control-label"></span><span class="ticket-pictures-count text-muted"></span>
			</div>
			<div class="ticket-pictures-slots"></div>
		</div>`).appendTo(field.$wrapper);
		this.$slots = this.$strip.find(".ticket-pictures-slots");
		this.$strip.find(".control-label").text(__(field.df.label));
		this.listen();
	}

	get rows() {
		return this.frm.doc[TABLE] || [];
	}

	get free() {
		return Math.max(this.limit - this.rows.length, 0);
	}

	get writable() {
		return this.field.disp_status === "Write";
	}

	listen() {
		this.$slots.on("click", "[data-picture]", (e) => this.open(cint(e.currentTarget.dataset.picture)));
		this.$slots.on("click", ".ticket-picture-add", () => this.choose());
		this.$strip
			.on("dragover", (e) => {
				e.preventDefault();
				this.$strip.toggleClass("is-dragover", this.writable);
			})
			.on("dragleave drop", () => this.$strip.removeClass("is-dragover"))
			.on("drop", (e) => {
				// Otherwise the form attaches the file without showing it here.
				e.preventDefault();
				e.stopPropagation();
				this.upload(images_of(e.originalEvent.dataTransfer));
			});
		this.frm.$wrapper.on("paste", (e) => {
			const images = images_of(e.originalEvent.clipboardData);
			if (images.length && this.writable) {
				e.preventDefault();
				this.upload(images);
			}
		});
	}

	show(limit) {
		this.limit = limit;
		this.$strip.find(".ticket-pictures-count").text(`${this.rows.length} / ${limit}`);
		this.$slots.empty();
		this.rows.forEach((row, index) => this.$slots.append(this.picture(row, index)));
		for (let slot = 0; slot < this.free; slot++) {
			this.$slots.append(slot === 0 && this.writable ? this.adder() : this.empty_slot());
		}
	}

	picture(row, index) {
		const label = row.caption || __("Picture {0}", [index + 1]);
		const $slot = $(`<button type="button" class="ticket-picture" data-picture="${index}">
			<img loading="lazy"><span class="ticket-picture-caption ellipsis"></span>
		</button>`);
		$slot.attr("title", label).find("img").attr({ src: row.image, alt: label });
		$slot.find(".ticket-picture-caption").text(row.caption || "");
		return $slot;
	}

	adder() {
		return $(`<button type="button" class="ticket-picture ticket-picture-add"></button>`)
			.attr("title", __("Click, drop or paste a picture (Ctrl+Alt+P)"))
			.attr("aria-label", __("Add pictures"))
			.html(frappe.utils.icon("add", "md"));
	}

	empty_slot() {
		return $(`<div class="ticket-picture ticket-picture-empty" aria-hidden="true"></div>`);
	}

	choose() {
		if (!this.may_add(1)) return;
		new frappe.ui.FileUploader({ ...this.upload_options(), allow_multiple: true });
	}

	upload(files) {
		if (!files.length || !this.may_add(files.length)) return;
		const uploader = new frappe.ui.FileUploader({
			...this.upload_options(),
			wrapper: $("<div>"),
			allow_multiple: true,
			files,
		});
		frappe.show_alert({ message: __("Uploading {0} pictures", [files.length]), indicator: "blue" });
		return uploader.upload_files();
	}

	may_add(count) {
		if (!this.writable) return false;
		if (count <= this.free) return true;
		frappe.msgprint({
			title: __("Too Many Pictures"),
			message: __("A ticket holds at most {0} pictures; {1} more can be added.", [this.limit, this.free]),
			indicator: "orange",
		});
		return false;
	}

	upload_options() {
		const stored = !this.frm.is_new();
		return {
			// A ticket without a number cannot have attachments yet: the server attaches them on the first save.
			doctype: stored ? this.frm.doctype : undefined,
			docname: stored ? this.frm.docname : undefined,
			folder: "Home/Attachments",
			restrictions: { allowed_file_types: ["image/*"], max_number_of_files: this.free },
			on_success: (file) => this.add(file),
		};
	}

	add(file) {
		if (!file) return;
		this.frm.add_child(TABLE, { image: file.file_url });
		if (!this.frm.is_new()) {
			this.frm.attachments.attachment_uploaded(file);
		}
		this.changed();
	}

	changed() {
		this.frm.refresh_field(TABLE);
		this.frm.dirty();
		this.show(this.limit);
	}

	open(index) {
		const row = this.rows[index];
		if (!row) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Picture {0} of {1}", [index + 1, this.rows.length]),
			size: "large",
			fields: [
				{ fieldtype: "HTML", fieldname: "image" },
				{
					fieldtype: "Data",
					fieldname: "caption",
					label: __("Caption"),
					default: row.caption,
					read_only: this.writable ? 0 : 1,
				},
			],
		});
		dialog.fields_dict.image.$wrapper
			.addClass("ticket-picture-large")
			.append($("<a target='_blank'>").attr("href", row.image).append($("<img>").attr("src", row.image)));
		if (this.writable) {
			dialog.set_primary_action(__("Apply"), ({ caption }) => {
				frappe.model.set_value(ROW, row.name, "caption", caption || "").then(() => this.changed());
				dialog.hide();
			});
			dialog.set_secondary_action_label(__("Remove"));
			dialog.set_secondary_action(() => {
				this.frm.get_field(TABLE).grid.grid_rows_by_docname[row.name].remove();
				this.changed();
				dialog.hide();
			});
		}
		this.turn_pages(dialog, index);
		dialog.show();
	}

	turn_pages(dialog, index) {
		dialog.$wrapper.on("keydown", (e) => {
			const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
			if (!step || $(e.target).is("input") || !this.rows[index + step]) return;
			dialog.hide();
			this.open(index + step);
		});
	}
}

function images_of(transfer) {
	return Array.from((transfer && transfer.files) || []).filter((file) => file.type.startsWith("image/"));
}
