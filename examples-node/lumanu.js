// Creates a payable of 125 dollars in Lumanu's sandbox.
//
//   LUMANU_CLIENT_ID, LUMANU_CLIENT_SECRET    the application's credentials for the sandbox

import { lumanu } from "tokenwell";

const api = lumanu({ environment: "sandbox" });
const payable = await api.createPayable({
  workspaceId: "workspace-of-the-platform", // a workspace that your platform owns
  payeeEmail: "payee@people.example",
  amount: 12_500, // US cents
  description: "A drawing",
});

console.log(`Payable over ${payable.amount / 100} dollars for ${payable.payee_email}: ${payable.status}`);
