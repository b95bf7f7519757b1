// The board of the workshop; loaded by its page, so that no other Desk page carries its weight.
import { WorkshopBoard } from "./workshop/board";

frappe.provide("aftersales");
aftersales.WorkshopBoard = WorkshopBoard;
