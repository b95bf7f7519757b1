// The customer page; loaded by the page itself, so that no other Desk page carries its weight.
import { CustomerFile } from "./customer/customer_file";

frappe.provide("aftersales");
aftersales.CustomerFile = CustomerFile;
