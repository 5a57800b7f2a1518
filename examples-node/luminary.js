// Lists the first households of a Luminary account.
//
//   CLIENT_ID, CLIENT_SECRET    the API client's credentials
//   WITHLUMINARY_SUBDOMAIN      acme, for https://acme.luminary.com
//
// If your account's API lies elsewhere, add the option
//   apiBase: "https://acme.withluminary.com/api/public/v1"

import { luminary } from "tokenwell";

const api = luminary();
const page = await api.households({ limit: 3 });

console.log(`${page.total_count} households, the first ${page.data.length} of them:`);
for (const household of page.data) console.log(`  ${household.id}  ${household.name}`);
