/** Small pieces of HTML that several views of the console share. All of them escape what they are given. */

export const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

/** Text with its line breaks, links left as text. */
export const multiline = (text) => esc(text).replace(/\n/g, "<br>");

/** @param {string} label shown as it is, translate before @param {string} colour one of Frappe's indicator colours */
export const pill = (label, colour = "gray", dot = false) =>
	`<span class="indicator-pill ${dot ? "" : "no-indicator-dot"} ${esc(colour)}">${esc(
		label
	)}</span>`;

/** A label with a value, nothing when there is no value. */
export function fact(label, value_html) {
	return value_html
		? `<div class="as-fact"><dt class="text-muted">${label}</dt><dd>${value_html}</dd></div>`
		: "";
}

export function doc_link(doctype, name, label) {
	if (!name) return "";
	const href = `/app/${frappe.router.slug(doctype)}/${encodeURIComponent(name)}`;
	return `<a href="${href}">${esc(label || name)}</a>`;
}

export const phone_link = (number, label) =>
	number
		? `<a href="tel:${esc(String(number).replace(/[^\d+*#]/g, ""))}">${esc(
				label || number
		  )}</a>`
		: "";

/**
 * The customer card of a ticket, a call and a customer: who, how important, what to beware of.
 * @param {object} customer fields as aftersales.aftersales.console gives them
 */
export function customer_card(customer) {
	const who = [customer.customer_name, customer.organisation]
		.filter(Boolean)
		.map(esc)
		.join(" · ");
	const marks = [
		customer.gold_customer ? pill(`★ ${__("Gold Customer")}`, "yellow") : "",
		customer.vip_level ? pill(__(customer.vip_level), "purple") : "",
		customer.member_no ? pill(__("Member {0}", [customer.member_no]), "blue") : "",
		customer.disabled ? pill(__("Disabled"), "gray") : "",
	].join("");
	const warning = customer.black_listed
		? `<div class="as-warning" role="alert">${frappe.utils.icon("solid-warning", "sm")}
			<span><b>${__("Black List")}</b> ${esc(customer.black_list_reason)}</span></div>`
		: "";
	return `<div class="as-customer">
		<div class="as-customer-name">${
			customer.name
				? doc_link("Service Customer", customer.name, "\u200b").replace("\u200b", who)
				: who
		}
			<span class="as-marks">${marks}</span></div>
		${warning}
		<dl class="as-facts">
			${fact(__("Phone"), phone_link(customer.phone))}
			${fact(__("E-mail"), esc(customer.email))}
			${fact(__("Region"), customer.region ? esc(__(customer.region)) : "")}
			${fact(__("Dealer"), esc(customer.dealer))}
			${fact(__("Individual Needs"), multiline(customer.individual_needs))}
		</dl>
	</div>`;
}

/** Grey bars in the shape of a record while it loads. */
export const record_skeleton = () => `<div class="as-record-skeleton" aria-hidden="true">
	<span class="as-bar as-bar-head"></span>
	<span class="as-bar as-bar-card"></span>
	${'<span class="as-bar"></span>'.repeat(4)}
</div>`;
