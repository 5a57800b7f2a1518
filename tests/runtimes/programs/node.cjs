// Node's programs with `require`.

const { inspect } = require("node:util");
const tokenwell = require("tokenwell");

const options = { inspect: (value) => inspect(value, { depth: 20, showHidden: true }) };
import("../end-to-end.js")
  .then(({ endToEnd }) => endToEnd(tokenwell, process.argv[2], options))
  .then((results) => console.log(JSON.stringify(results)));
