/** Times of the board: naive texts "YYYY-MM-DD HH:mm:ss" in the site's zone, as the server sends them. No zone is ever applied. */

const MINUTE = 60 * 1000;
export const DAY = 24 * 60;
export const STEP = 15;

const utc = (text) => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19) || "00:00:00"}Z`);

/** Minutes from the begin of a day to a moment; less than 0 or more than a day for moments of others. */
export const minutes_from = (day, moment) => Math.round((utc(moment) - utc(day)) / MINUTE);

/** The moment so many minutes after the begin of a day. */
export const moment_at = (day, minutes) =>
	new Date(utc(day) + minutes * MINUTE).toISOString().slice(0, 19).replace("T", " ");

export const add_days = (day, days) => moment_at(day, days * DAY).slice(0, 10);

export const clock = (moment) => moment.slice(11, 16);

export const clock_of = (minutes) =>
	`${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

export const snap = (minutes) => Math.round(minutes / STEP) * STEP;
