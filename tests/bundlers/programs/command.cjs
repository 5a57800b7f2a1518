// What is bundled for Node from CommonJS.

const tokenwell = require("tokenwell");
const { runEssentials } = require("../../runtimes/essentials.js");

runEssentials(tokenwell, process.argv[2]).then((results) => console.log(JSON.stringify(results)));
