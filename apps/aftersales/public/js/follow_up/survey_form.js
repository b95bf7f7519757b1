// The questions of a survey in a form of the Desk, for answering by keyboard while on the telephone: Tab goes from
// question to question, a digit or the arrow keys choose.
frappe.provide("aftersales.survey");

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

/**
 * @param {JQuery} $place where the questions go
 * @param {object} form as aftersales.aftersales.surveys.form_of gives it
 * @param {object} answers {question id: answer}
 * @param {boolean} writable
 * @param {(answers: object) => void} on_change
 */
aftersales.survey.show = function ($place, form, answers, writable, on_change) {
	const given = { ...answers };
	const $form = $('<div class="as-survey"></div>').appendTo($place.empty());
	form.questions.forEach((question, index) =>
		$form.append(question_html(question, index, given[question.id], writable))
	);
	const set = (id, value) => {
		if (value === "" || value === undefined) delete given[id];
		else given[id] = value;
		on_change(given);
	};
	$form.on("change", "input, textarea", (e) => set(e.target.dataset.question, e.target.value.trim()));
	$form.on("keydown", "input[type=radio]", (e) => type_number(e, $form));
};

function question_html(question, index, answer, writable) {
	const required = question.required ? '<span class="text-danger">*</span>' : "";
	return `<div class="as-survey-question" role="group" aria-label="${esc(question.question)}">
		<div class="as-survey-text">${index + 1}. ${esc(question.question)} ${required}</div>
		<div class="as-survey-answers">${answers_html(question, answer, writable)}</div>
	</div>`;
}

function answers_html(question, answer, writable) {
	const disabled = writable ? "" : "disabled";
	if (question.kind === "Text") {
		return `<textarea class="form-control" rows="2" data-question="${esc(question.id)}" ${disabled}
			aria-label="${esc(question.question)}">${esc(answer)}</textarea>`;
	}
	return choices(question)
		.map(({ value, label }) => {
			const checked = String(answer ?? "") === String(value) ? "checked" : "";
			return `<label class="as-survey-choice"><input type="radio" name="survey-${esc(question.id)}"
				data-question="${esc(question.id)}" value="${esc(value)}" ${checked} ${disabled}><span>${esc(label)}</span></label>`;
		})
		.join("");
}

function choices(question) {
	if (question.kind === "Choice") return question.options;
	const first = question.kind === "NPS" ? 0 : 1;
	const last = question.kind === "NPS" ? 10 : question.scale;
	return Array.from({ length: last - first + 1 }, (_value, index) => ({ value: index + first, label: index + first }));
}

// 0 means 10 where the scale ends there and has no 0 of its own.
function type_number(e, $form) {
	if (!/^\d$/.test(e.key) || e.ctrlKey || e.altKey || e.metaKey) return;
	const $group = $form.find(`input[data-question="${CSS.escape(e.target.dataset.question)}"]`);
	const by_value = (value) => $group.filter((_index, input) => input.value === value);
	const $found = by_value(e.key).length ? by_value(e.key) : e.key === "0" ? by_value("10") : $();
	if (!$found.length) return;
	e.preventDefault();
	$found.prop("checked", true).trigger("focus").trigger("change");
}
