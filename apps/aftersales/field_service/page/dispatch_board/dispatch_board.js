frappe.pages["dispatch-board"].on_page_load = function (wrapper) {
	frappe.require(["dispatch_board.bundle.css", "dispatch_board.bundle.js"]).then(() => {
		wrapper.board = new aftersales.DispatchBoard(wrapper);
		wrapper.board.show();
	});
};

frappe.pages["dispatch-board"].on_page_show = function (wrapper) {
	wrapper.board?.show();
};
