// A field to sign in with a finger. Gives a PNG as data address.
(() => {
	"use strict";

	function signature(canvas) {
		const pen = canvas.getContext("2d");
		let drawing = false;
		let signed = false;

		function fit() {
			canvas.width = canvas.clientWidth * 2;
			canvas.height = canvas.clientHeight * 2;
			pen.lineWidth = 5;
			pen.lineCap = pen.lineJoin = "round";
			pen.strokeStyle = "#111";
		}

		function at(event) {
			const box = canvas.getBoundingClientRect();
			return [
				((event.clientX - box.left) / box.width) * canvas.width,
				((event.clientY - box.top) / box.height) * canvas.height,
			];
		}

		canvas.addEventListener("pointerdown", (event) => {
			if (!signed) fit();
			drawing = true;
			canvas.setPointerCapture(event.pointerId);
			pen.beginPath();
			pen.moveTo(...at(event));
		});
		canvas.addEventListener("pointermove", (event) => {
			if (!drawing) return;
			signed = true;
			pen.lineTo(...at(event));
			pen.stroke();
		});
		const stop = () => (drawing = false);
		canvas.addEventListener("pointerup", stop);
		canvas.addEventListener("pointercancel", stop);

		return {
			clear() {
				signed = false;
				fit();
			},
			data: () => (signed ? canvas.toDataURL("image/png") : null),
		};
	}

	window.phone.signature = signature;
})();
