// Node's programs with `require`.

const { inspect } = require("node:util");
const tokenwell = require("tokenwell");

import("../end-to-end.js")
  .then(({ endToEnd }) => endToEnd(tokenwell, process.argv[2], (value) => inspect(value, { depth: 20, showHidden: true })))
  .then((results) => console.log(JSON.stringify(results)));
