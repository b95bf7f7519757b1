const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAYS_OF = { "Monday to Friday": [0, 1, 2, 3, 4], "Every Day": [0, 1, 2, 3, 4, 5, 6] };
const DAY = 24 * 60;

frappe.ui.form.on("Working Time", {
	refresh(frm) {
		show_week(frm);
		if (!frm.is_new()) {
			frm.add_custom_button(__("Try It"), () => try_it(frm));
		}
	},
	around_the_clock: (frm) => show_week(frm),
});

frappe.ui.form.on("Working Time Window", {
	weekday: (frm) => show_week(frm),
	from_time: (frm) => show_week(frm),
	to_time: (frm) => show_week(frm),
	windows_remove: (frm) => show_week(frm),
});

// What the rows mean, as a week: a bar for each window, and the hours of each day.
function show_week(frm) {
	const days = WEEKDAYS.map(() => []);
	for (const row of frm.doc.windows || []) {
		const [start, end] = [minutes(row.from_time), minutes(row.to_time)];
		if (start === null || end === null) continue;
		for (const day of DAYS_OF[row.weekday] || [WEEKDAYS.indexOf(row.weekday)]) {
			if (end > start) {
				days[day].push([start, end]);
			} else {
				days[day].push([start, DAY]);
				days[(day + 1) % 7].push([0, end]);
			}
		}
	}
	const rows = days.map((windows, day) =>
		day_html(WEEKDAYS[day], frm.doc.around_the_clock ? [[0, DAY]] : windows)
	);
	const marks = [0, 6, 12, 18, 24].map(
		(hour) => `<span style="position:absolute;left:${(hour / 24) * 100}%;transform:translateX(-50%)">${hour}</span>`
	);
	frm.fields_dict.preview.$wrapper.html(
		`<div style="max-width:720px">${rows.join("")}
			<div style="display:flex" aria-hidden="true"><div style="width:90px"></div>
				<div class="text-muted small" style="flex:1;position:relative;height:18px">${marks.join("")}</div>
				<div style="width:150px"></div>
			</div>
		</div>`
	);
}

function day_html(weekday, windows) {
	windows.sort((a, b) => a[0] - b[0]);
	const bars = windows.map(
		([start, end]) =>
			`<div style="position:absolute;top:3px;bottom:3px;border-radius:3px;background:var(--blue-400, #4299f0);
				left:${(start / DAY) * 100}%;width:${((end - start) / DAY) * 100}%"></div>`
	);
	const total = windows.reduce((sum, [start, end]) => sum + end - start, 0) / 60;
	const text = windows.filter(([a, b]) => b > a).map(([a, b]) => `${clock(a)}–${clock(b)}`);
	const title = text.join(", ") || __("No working hours");
	return `<div style="display:flex;align-items:center" title="${title}">
		<div style="width:90px">${__(weekday)}</div>
		<div style="flex:1;position:relative;height:20px;margin:2px 0;background:var(--control-bg)"
			role="img" aria-label="${__(weekday)}: ${title}">${bars.join("")}</div>
		<div class="text-muted small" style="width:150px;padding-left:10px">${
			total ? __("{0} hours", [Math.round(total * 100) / 100]) : __("No working hours")
		}</div>
	</div>`;
}

function minutes(time) {
	if (!time) return null;
	const [hours, rest] = time.split(":").map(Number);
	return hours * 60 + rest;
}

function clock(minute) {
	return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

function try_it(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("When Would It Be Due?"),
		fields: [
			{ fieldname: "hours", fieldtype: "Float", label: __("Working Hours"), default: 8, reqd: 1 },
			{
				fieldname: "start",
				fieldtype: "Datetime",
				label: __("From"),
				default: frappe.datetime.system_datetime(),
				reqd: 1,
			},
			{ fieldname: "due", fieldtype: "HTML" },
		],
		primary_action_label: __("Calculate"),
		primary_action({ start, hours }) {
			frappe
				.xcall("aftersales.aftersales.doctype.working_time.working_time.try_it", {
					working_time: frm.doc.name,
					start,
					hours,
				})
				.then((due) => {
					const day = __(WEEKDAYS[(frappe.datetime.str_to_obj(due).getDay() + 6) % 7]);
					const text = __("Due on {0}, {1}", [day, frappe.datetime.str_to_user(due)]);
					dialog.fields_dict.due.$wrapper.html(`<p class="bold">${text}</p>`);
				});
		},
	});
	dialog.show();
}
