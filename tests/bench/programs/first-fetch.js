// A program whose only act is a token request without a library.
import "./empty.js";

const response = await fetch(process.argv[2], { method: "POST", body: "grant_type=client_credentials" });
await response.json();
