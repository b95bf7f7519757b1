// Loaded on every Desk page; each import is one feature.
import "./telephony/popup";
import "./ticket/context_panel";
import "./workflow_state";
import "./ticket/settings";
import "./ticket/picture_strip";
