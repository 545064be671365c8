// Alerts that clients show their users, and who has acknowledged them.
export { checkAlert } from "./check-alert.ts";
export { alertRpcs } from "./rpc.ts";
export { type AlertStore, openAlertStore } from "./store.ts";
