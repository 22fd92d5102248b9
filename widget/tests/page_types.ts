/** What a host page's developer writes, checked by the compiler against the declarations we give them; nothing runs it. */

export async function page(): Promise<string | undefined> {
  await Nightdesk("boot", { site: "shop", position: "start", text: "Help", hide: "/checkout", into: "#chat" });
  await Nightdesk("identify", { getToken: async () => (await fetch("/token")).text() });
  await Nightdesk("show", { form: "refund", order: "QY-1001" });
  await Nightdesk("show");
  const off = Nightdesk("on", "desk", (desk) => console.log(desk.open, desk.opens_at));
  off();
  document.addEventListener("nightdesk:error", ({ detail }) => console.warn(detail.code));
  // @ts-expect-error: no such command
  await Nightdesk("dance");
  // @ts-expect-error: a token is not a function that gives one
  await Nightdesk("identify", { getToken: "signed" });
  // @ts-expect-error: no such event
  Nightdesk("on", "dance", () => undefined);
  return (await Nightdesk("status")).conversation;
}
