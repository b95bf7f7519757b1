// Teaches the date picker of the package registry what Frappe expects of it: seconds in a time format.
// Without this, times on forms read "09:30:ss" and forms are unsaved as soon as they open. Seconds cannot be moved with a
// slider; they stay what the value says.
(function ($) {
	const picker = $.fn.datepicker.Constructor.prototype;
	const time = $.fn.datepicker.Timepicker.prototype;
	if (!time || "$seconds" in time) return;

	const formatDate = picker.formatDate;
	picker.formatDate = function (format, date) {
		const seconds = String((date || this.date).getSeconds()).padStart(2, "0");
		return formatDate.call(this, format.replace(/\bss\b/g, seconds), date);
	};
	// Frappe hides the slider when the site's time format has no seconds.
	time.$seconds = $();
	time.$secondsText = $();
})(window.jQuery);
