// A program whose only act is a token request without a library. It prints how many ms that took once it was loaded.
import "./empty.js";

const start = performance.now();
const response = await fetch(process.argv[2], { method: "POST", body: "grant_type=client_credentials" });
await response.json();
console.log(performance.now() - start);
