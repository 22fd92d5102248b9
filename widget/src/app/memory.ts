/** What the browser keeps for a site. Where storage is forbidden it is kept as long as the window lives. */
export class Memory {
  readonly #prefix: string;
  readonly #storage: Storage | undefined;
  readonly #here = new Map<string, string>();

  constructor(site: string, kind: "localStorage" | "sessionStorage") {
    this.#prefix = `nightdesk.${site}.`;
    this.#storage = usable(kind);
  }

  /** What the browser's storage calls it. */
  nameOf(name: string): string {
    return this.#prefix + name;
  }

  read<T>(name: string): T | undefined {
    const text = this.#storage ? this.#storage.getItem(this.nameOf(name)) : this.#here.get(name);
    return parsed(text ?? "null") as T | undefined;
  }

  write(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#here.set(name, text);
    try {
      this.#storage?.setItem(this.nameOf(name), text);
    } catch {
      return; // full: the next page load begins without it
    }
  }

  forget(name: string): void {
    this.#here.delete(name);
    this.#storage?.removeItem(this.nameOf(name));
  }
}

function usable(kind: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    const storage = window[kind];
    storage.setItem("nightdesk.probe", "1");
    storage.removeItem("nightdesk.probe");
    return storage;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
