/**
 * Every action of the console as a key, listed by `?` with Frappe's own dialog. Frappe keeps one entry per key
 * over all pages, so they are put in place again each time the page comes into view.
 * @param {import("./console").ServiceConsole} console_page
 */
export function add_shortcuts(console_page) {
	const { page, queue, record, search, columns } = console_page;
	const add = (shortcut, description, action, more = {}) =>
		frappe.ui.keys.add_shortcut({
			shortcut,
			description,
			page,
			condition: () => !window.cur_dialog?.display,
			action: () => {
				action();
			},
			...more,
		});
	const tab = (name) => () => {
		columns.show("left");
		queue.show_tab(name);
		queue.focus();
	};
	const run = (id) => () => record.run(id);
	add("/", __("Quick search"), () => search.focus());
	add("1", __("Queue: calls"), tab("ringing"));
	add("2", __("Queue: waiting tickets"), tab("waiting"));
	add("3", __("Queue: today's follow-ups"), tab("today"));
	add("j", __("Open the next of the queue"), () => queue.walk(1));
	add("k", __("Open the one before in the queue"), () => queue.walk(-1));
	add("e", __("Write an entry into the handling log"), () => {
		columns.show("middle");
		record.composer.focus();
	});
	// pressed elsewhere than in the input, it saves what stands in the input
	add(
		"ctrl+enter",
		__("Save the entry"),
		() => record.composer.focus() && record.composer.submit(),
		{
			ignore_inputs: false,
		}
	);
	add("n", __("New Ticket"), () => console_page.new_ticket(), {
		condition: () => !window.cur_dialog?.display && frappe.model.can_create("Service Ticket"),
	});
	add("shift+c", __("New Customer"), () => console_page.new_customer(), {
		condition: () =>
			!window.cur_dialog?.display && frappe.model.can_create("Service Customer"),
	});
	add("t", __("Take the call, or say that you call back"), run("take"));
	add("c", __("Show the customer"), run("customer"));
	add("o", __("Open the full form"), run("form"));
	for (let step = 1; step <= 9; step++) {
		add(
			`shift+${step}`,
			step === 1 ? __("Next step of the workflow; Shift+2, Shift+3 … the others") : null,
			() => {
				const steps = record.view?.actions.filter((action) => action.workflow) || [];
				if (steps[step - 1]) record.run(steps[step - 1].id);
			}
		);
	}
	add("r", __("Refresh"), () => console_page.refresh(true));
}
