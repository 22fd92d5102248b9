import "../app/styles/base.css";
import "../app/styles/forms.css";

import { render } from "preact";
import { Host } from "../app/host";
import { Session, type SessionOptions } from "../app/session";
import { Store } from "../app/state";
import { App } from "../app/views/App";
import { CommandError } from "../core/connection";
import { chooseLocale } from "../core/wording";
import type { CustomerCommands } from "../core/wire";
import { type Answers, FIXTURES, type Step } from "./fixtures";

const PATIENCE = 5_000;
const QUIET = 60; // so long nothing has changed in a window that has come to rest

/** The real window in that state. `data-ready` names the state once it has come to rest. */
export async function show(name: string): Promise<void> {
  const fixture = FIXTURES[name];
  const { documentElement: root, body } = document;
  delete root.dataset["ready"];
  if (!fixture) return void (body.textContent = `There is no state "${name}".`);
  const locale = chooseLocale([new URLSearchParams(location.search).get("lang") ?? navigator.language]);
  const store = new Store(locale);
  const site = `gallery.${name}`; // frames of one page share their storage
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (key.startsWith(`nightdesk.${site}.`)) storage.removeItem(key);
  }
  const { state, answers = {}, draft, steps = [] } = fixture.of(locale);
  const session = new Still({ site, store, getIdentity: async () => undefined, page: () => undefined }, answers);
  if (draft) session.tab.write("draft", draft);
  store.set({ phase: "ready", line: "online", open: true, ...state });
  const old = document.getElementById("app")!;
  render(null, old);
  const fresh = old.cloneNode() as HTMLElement;
  old.replaceWith(fresh);
  render(<App session={session} host={new Host()} />, fresh);
  await soon(() => document.querySelector(".head"));
  for (const step of steps) await take(step);
  await soon(() => name === "opening" || !document.querySelector('.opening[role="status"]'));
  await rest();
  root.dataset["ready"] = name;
}

/** A session without a line: what it asks for is answered from the fixture, or by nobody. */
class Still extends Session {
  readonly #answers: Answers;

  constructor(options: SessionOptions, answers: Answers) {
    super(options);
    this.#answers = answers;
  }

  override async run<N extends keyof CustomerCommands & string>(name: N): Promise<CustomerCommands[N]["output"]> {
    const answer = this.#answers[name];
    if (answer === undefined) throw new CommandError("offline", "Nobody answers in the gallery.");
    return answer as CustomerCommands[N]["output"];
  }

  override async open(): Promise<boolean> {
    return false;
  }

  override connectIfWanted(): void {}
}

async function take({ on, type }: Step): Promise<void> {
  const found = await soon(() => document.querySelector<HTMLInputElement>(on));
  if (type === undefined) return found.click();
  if (found.type === "file") found.files = fileCalled(type);
  else found.value = type;
  for (const event of ["input", "change"]) found.dispatchEvent(new Event(event, { bubbles: true }));
}

function fileCalled(name: string): FileList {
  const chosen = new DataTransfer();
  chosen.items.add(new File(["?"], name));
  return chosen.files;
}

async function soon<T>(look: () => T | null | undefined): Promise<T> {
  for (const start = performance.now(); performance.now() - start < PATIENCE; ) {
    const found = look();
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
  throw new Error("what the fixture waits for does not come");
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(done, QUIET);
    const observer = new MutationObserver(() => (clearTimeout(timer), (timer = setTimeout(done, QUIET))));
    observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    function done(): void {
      observer.disconnect();
      resolve();
    }
  });
}
