// The API call that the demo makes at each provider: the one on the provider's own page. Each answers what came back,
// in words.

export const calls = {
  async luminary(api) {
    const { total_count: total, data } = await api.households({ limit: 3 });
    return `${total} households, the first is ${data[0]?.name ?? "none"}`;
  },

  async lumanu(api) {
    const payable = await api.createPayable({
      workspaceId: "workspace-of-the-platform",
      payeeEmail: "payee@people.example",
      amount: 12_500,
      description: "A drawing",
    });
    return `a payable over ${payable.amount} cents, ${payable.status}`;
  },

  async lumanuUser(session) {
    const { first_name: first, last_name: last } = await session.currentUser();
    const { data } = await session.currentUserWorkspaces();
    return `${first} ${last}, ${data.map(({ display_name: name, role }) => `${role.display_name} of ${name}`).join(", ")}`;
  },

  async lumoauth(api) {
    const { allowed, permission } = await api.check("document.view");
    return `${permission} is ${allowed ? "allowed" : "not allowed"}`;
  },

  async lucca(api) {
    const response = await api.fetch("employees?limit=3");
    if (!response.ok) throw new Error(`Lucca answered ${response.status}.`);
    const { items } = await response.json();
    return `${items.length} employees, the first is ${items[0]?.givenName ?? "none"} ${items[0]?.familyName ?? ""}`.trim();
  },
};
