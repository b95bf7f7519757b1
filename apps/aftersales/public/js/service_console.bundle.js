// The Service Console page; loaded by the page itself, so that no other Desk page carries its weight.
import { ServiceConsole } from "./console/console";

frappe.provide("aftersales");
aftersales.ServiceConsole = ServiceConsole;
