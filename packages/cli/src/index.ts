// What the documentation is made from; the program itself is main.ts.
export { exportTypes } from "./credentials/export-authorities.ts";
export { describeFormats, type FormatDescription } from "./sign-formats/describe-formats.ts";
export { renderTctlReference } from "./tctl/render-reference.ts";
