export { GET } from "../../cases.js";

export const runtime = "nodejs";
