// What a browser's bundler gets: a refusal that says why, instead of a program that gives its secret away.

import { TokenwellError } from "./errors.js";

throw new TokenwellError(
  "runtime",
  "Tokenwell is for servers, since in a browser everybody could read the client secret: " +
    "call it on your server, such as in an API route or a server function, and let the browser ask that; " +
    "in a test, choose the environment node instead of jsdom",
  { recovery: "fix_configuration" },
);

// The names that the other entries have, so that a bundler can link the program, and this error is what is seen.
const nothing = undefined;
export { TokenwellError };
export {
  nothing as luminary,
  nothing as lumanu,
  nothing as lumoauth,
  nothing as lucca,
  nothing as oauth,
};
