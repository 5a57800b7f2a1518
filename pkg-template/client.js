export { TokenwellError } from "./errors.js";
