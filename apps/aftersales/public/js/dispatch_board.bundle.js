// The dispatch board; loaded by its page, so that no other Desk page carries its weight.
import { DispatchBoard } from "./dispatch/board";

frappe.provide("aftersales");
aftersales.DispatchBoard = DispatchBoard;
