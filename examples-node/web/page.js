// The one page that both web applications have.

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const text = (value) => String(value).replace(/[&<>"']/g, (character) => entities[character]);

/**
 * @param {{ workspaces?: { display_name: string, role: { display_name: string } }[] | null, problem?: string }} state
 * @returns {string} HTML
 */
export function page({ workspaces = null, problem }) {
  const list = workspaces?.map(({ display_name: name, role }) => `<li>${text(name)} (${text(role.display_name)})</li>`);
  return `<!doctype html>
<html lang="en">
<title>Workspaces</title>
<h1>Workspaces</h1>
${problem === undefined ? "" : `<p role="alert">${text(problem)}</p>`}
${list === undefined
    ? `<form method="post" action="/connect"><button>Connect Lumanu</button></form>`
    : `<ul>${list.join("")}</ul><form method="post" action="/disconnect"><button>Disconnect</button></form>`}
</html>
`;
}

/**
 * What to tell a user about a failure. Tokenwell's messages hold no secrets, but they speak to developers.
 *
 * @param {import("tokenwell").TokenwellError} error
 */
export function problemOf(error) {
  if (error.error === "access_denied") return "You declined, so nothing was connected.";
  return error.recovery === "reauthorize" ? "Please connect again." : "Lumanu does not answer now. Please try later.";
}
