// Loaded on every Desk page; each import is one feature.
import "./telephony/popup";
import "./telephony/dial";
import "./telephony/dial_buttons";
import "./ticket/context_panel";
import "./workflow_state";
import "./ticket/settings";
import "./ticket/picture_strip";
import "./work/notices";
import "./follow_up/survey_form";
import "./follow_up/form_buttons";
import "./follow_up/reminder";
import "./customer/report";
import "./audit/change_history";
import "./deadlines/deadline";
import "./reports/filters";
