// What the documentation is made from; the program itself is main.ts.
export { renderTctlReference } from "./tctl/render-reference.ts";
