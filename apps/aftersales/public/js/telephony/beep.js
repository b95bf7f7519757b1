// A short two-tone sound, made by the browser itself. One tab plays it; before the first click on the page browsers
// keep silent, and so does this.
const CLAIM_MS = 60 * 1000;
let context;

export function beep(call) {
	if (!window.AudioContext || !claim(call)) return;
	context = context || new AudioContext();
	if (context.state === "suspended") {
		context.resume().then(play, () => {});
	} else {
		play();
	}
}

function claim(call) {
	const key = "aftersales_call_sound";
	try {
		const last = JSON.parse(localStorage.getItem(key)) || {};
		if (last.call === call && last.time > Date.now() - CLAIM_MS) return false;
		localStorage.setItem(key, JSON.stringify({ call, time: Date.now() }));
	} catch {
		return true;
	}
	return true;
}

function play() {
	if (context.state !== "running") return;
	[660, 880].forEach((frequency, index) => {
		const oscillator = context.createOscillator();
		const gain = context.createGain();
		const start = context.currentTime + index * 0.18;
		oscillator.frequency.value = frequency;
		gain.gain.setValueAtTime(0.0001, start);
		gain.gain.exponentialRampToValueAtTime(0.15, start + 0.02);
		gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
		oscillator.connect(gain).connect(context.destination);
		oscillator.start(start);
		oscillator.stop(start + 0.17);
	});
}
