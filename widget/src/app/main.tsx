import "./styles/base.css";
import "./styles/forms.css";

import { render } from "preact";
import { chooseLocale } from "../core/wording";
import type { Locale } from "../core/wire";
import { App } from "./views/App";
import { fetchTalk } from "./views/parts";
import { Host } from "./host";
import { Memory } from "./memory";
import { Session } from "./session";
import { Store } from "./state";

// On its own it is /chat/SITE, in a frame /widget/frame?site=SITE.
const site = new URLSearchParams(location.search).get("site") ?? location.pathname.split("/")[2]!;
const chosen = new Memory(site, "localStorage").read<Locale>("locale");
const store = new Store(chooseLocale(chosen ? [chosen] : navigator.languages));
const host = new Host();
const session = new Session({ site, store, getIdentity: host.getIdentity, page: host.page, onRefused: host.refused });

for (const event of ["online", "focus", "pageshow"]) addEventListener(event, () => session.wake());
document.addEventListener("resume", () => session.wake());
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? session.wake() : session.remember()));
addEventListener("pagehide", () => session.remember());
addEventListener("storage", ({ key, newValue }) => {
  if (key === session.memory.nameOf("token") && newValue === null) void session.signedOutElsewhere();
});
if (parent === window) void import("./screen").then(({ keepTitle }) => keepTitle(store)); // a page around it looks after its screen itself
if (session.isKnown) fetchTalk();
host.connect(session);
render(<App session={session} host={host} />, document.getElementById("app")!);
