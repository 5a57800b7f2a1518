// Lists employees of a Lucca account.
//
//   LUCCA_CLIENT_ID, LUCCA_CLIENT_SECRET    the application's credentials

import { lucca } from "tokenwell";

const api = lucca({
  account: "example", // https://example.ilucca.net
  scope: "employees.readonly",
});
const response = await api.fetch("employees?limit=3");
if (!response.ok) throw new Error(`Lucca answered ${response.status}: ${await response.text()}`);
const { items } = await response.json();

for (const employee of items) console.log(`${employee.givenName} ${employee.familyName}`);
