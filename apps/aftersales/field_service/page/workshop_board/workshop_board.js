frappe.pages["workshop-board"].on_page_load = function (wrapper) {
	frappe.require(["workshop_board.bundle.css", "workshop_board.bundle.js"]).then(() => {
		wrapper.board = new aftersales.WorkshopBoard(wrapper);
		wrapper.board.show();
	});
};

frappe.pages["workshop-board"].on_page_show = function (wrapper) {
	wrapper.board?.show();
};
