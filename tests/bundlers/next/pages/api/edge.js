export { GET as default } from "../../cases.js";

export const config = { runtime: "edge" };
