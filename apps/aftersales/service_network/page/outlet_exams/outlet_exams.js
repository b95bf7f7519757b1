const EXAMS = "aftersales.service_network.exams.";
const LETTERS = "ABCDEFGHIJ";

frappe.pages["outlet-exams"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Exams"), single_column: true });
	wrapper.exams = new OutletExams(page);
};
frappe.pages["outlet-exams"].on_page_show = (wrapper) => wrapper.exams.show_list();
frappe.pages["outlet-exams"].on_page_hide = (wrapper) => wrapper.exams.stop_clock();

/** The exams of the session's user: the list, or the one that goes on. Each answer is kept at once; the server has the time. */
class OutletExams {
	constructor(page) {
		this.page = page;
		this.$main = $('<div class="outlet-exams"></div>').appendTo(page.main);
		this.$main.on("click", "[data-start]", (event) => this.start(event.currentTarget.dataset.start));
		this.$main.on("change", "input[data-question]", (event) => this.answer(event.currentTarget));
		this.$main.on("click", "[data-hand-in]", () => this.confirm_hand_in());
	}

	async show_list(told = "") {
		this.stop_clock();
		this.page.set_indicator("");
		const exams = await frappe.xcall(`${EXAMS}open_exams`);
		const rows = exams.map((exam) => this.exam_html(exam)).join("");
		this.$main.html(
			`${told}${rows || `<p class="text-muted outlet-exams-none">${__("There is no exam for you now.")}</p>`}`,
		);
	}

	exam_html(exam) {
		const text = frappe.utils.escape_html;
		const facts = [
			__("{0} questions", [exam.questions]),
			__("{0} minutes", [exam.minutes]),
			__("passed with {0} %", [exam.pass_mark]),
			__("{0} of {1} attempts used", [exam.used, exam.attempts]),
		].join(" · ");
		const best = exam.best === null ? "" : this.mark_html(exam.best, exam.passed);
		const label = exam.running ? __("Go On") : __("Begin");
		return `<section class="outlet-exam">
			<div>
				<h4>${text(exam.name)} ${best}</h4>
				<p class="text-muted">${facts}</p>
				<p>${text(exam.instructions || "")}</p>
			</div>
			${exam.open ? `<button class="btn btn-primary" data-start="${text(exam.name)}">${label}</button>` : ""}
		</section>`;
	}

	mark_html(mark, passed) {
		const [colour, word] = passed ? ["green", __("Passed")] : ["red", __("Not Passed")];
		return `<span class="indicator-pill ${colour}">${word}: ${format_number(mark, null, 1)} %</span>`;
	}

	async start(exam) {
		this.sheet = await frappe.xcall(`${EXAMS}start`, { exam });
		const questions = this.sheet.questions.map((question, index) => this.question_html(question, index)).join("");
		this.$main.html(`<h4>${frappe.utils.escape_html(exam)}</h4>${questions}
			<button class="btn btn-primary btn-lg" data-hand-in>${__("Hand In")}</button>`);
		this.start_clock(this.sheet.seconds_left);
		window.scrollTo(0, 0);
	}

	question_html(question, index) {
		const text = frappe.utils.escape_html;
		const kind = question.several ? "checkbox" : "radio";
		const options = question.options.map((option, place) => {
			const letter = LETTERS[place];
			const checked = question.chosen.includes(letter) ? "checked" : "";
			return `<label class="outlet-exam-option">
				<input type="${kind}" name="${question.name}" data-question="${question.name}" value="${letter}" ${checked}>
				<b>${letter}</b> ${text(option)}</label>`;
		});
		const hint = question.several ? `<span class="text-muted">${__("Several answers are right.")}</span>` : "";
		return `<fieldset class="outlet-exam-question">
			<legend>${index + 1}. ${text(question.question)} ${hint}</legend>${options.join("")}
		</fieldset>`;
	}

	async answer(input) {
		const question = input.dataset.question;
		const chosen = this.$main
			.find(`input[data-question="${question}"]:checked`)
			.map((_, one) => one.value)
			.get()
			.join(", ");
		const kept = await frappe.xcall(`${EXAMS}answer`, { attempt: this.sheet.attempt, question, chosen });
		if (kept.over) return this.hand_in();
		this.start_clock(kept.seconds_left);
	}

	confirm_hand_in() {
		const left = this.sheet.questions.filter(
			(question) => !this.$main.find(`input[data-question="${question.name}"]:checked`).length,
		).length;
		const told = left ? __("{0} questions have no answer. Hand in all the same?", [left]) : __("Hand in now?");
		frappe.confirm(told, () => this.hand_in());
	}

	async hand_in() {
		this.stop_clock();
		const result = await frappe.xcall(`${EXAMS}hand_in`, { attempt: this.sheet.attempt });
		const told = `<p class="outlet-exam-result" role="status">${__("Your mark")}:
			${this.mark_html(result.mark, result.passed)}</p>`;
		return this.show_list(told);
	}

	start_clock(seconds) {
		this.stop_clock();
		const ends = Date.now() + seconds * 1000;
		const tick = () => {
			const left = Math.max(Math.round((ends - Date.now()) / 1000), 0);
			const clock = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
			this.page.set_indicator(__("{0} left", [clock]), left < 60 ? "red" : "blue");
			if (!left) this.hand_in();
		};
		this.clock = setInterval(tick, 1000);
		tick();
	}

	stop_clock() {
		clearInterval(this.clock);
	}
}
