// Counts a Lucca account's employees once a night, with client credentials. In a crontab:
//
//   15 2 * * *  LUCCA_CLIENT_ID=… LUCCA_CLIENT_SECRET=… node /srv/jobs/cron/employees.js
//
// The token lives as long as the process: a good practice at Lucca is a new one for each integration flow. The exit
// status is 75 (EX_TEMPFAIL of sysexits.h) where another try later may help.

import { lucca, TokenwellError } from "tokenwell";

const api = lucca({ account: "example", scope: "employees.readonly" });

async function* employees() {
  let next = "employees?limit=100&include=links";
  while (next) {
    const response = await api.fetch(next);
    if (!response.ok) throw new Error(`Lucca answered ${response.status} ${response.headers.get("content-type")}`);
    const { items, links } = await response.json();
    yield* items;
    next = links.next?.href;
  }
}

try {
  let count = 0;
  for await (const _ of employees()) count += 1;
  console.log(`${count} employees`);
} catch (error) {
  if (!(error instanceof TokenwellError)) throw error;
  console.error(error.message);
  process.exitCode = error.retryable ? 75 : 1;
}
