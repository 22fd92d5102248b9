/**
 * What the three parts of the window say to each other: the loader's tag, the page's part that it fetches when the window
 * is wanted, and the window itself, a frame of our own origin. Nothing of a conversation but whether there is one.
 */

/** `Nightdesk("boot", ...)`, and the tag's data attributes. */
export interface Boot {
  site?: string;
  locale?: string;
  color?: string;
  launcher?: string;
  text?: string;
  position?: string;
  hide?: string;
  into?: string | Element;
}

/** What the loader has drawn and noted, for the page's part. */
export interface Drawn {
  origin: string;
  given: Boot;
  /** What assistive technology calls the window, and a button without words. */
  name: string;
  root: HTMLElement;
  inside: ShadowRoot;
  button: HTMLButtonElement;
  /** There was an open conversation when this page was last seen. */
  resume: boolean;
  emit(event: string, value?: unknown): void;
}

export interface PagePart {
  run(command: string, value: unknown): Promise<unknown>;
}

/** What the host's page has said about itself and its visitor; all of it claimed, none of it proven. Sent whole. */
export interface Settings {
  locale?: string | undefined;
  color?: string | undefined;
  page: string;
  /** What the form begins with, such as an order's number. */
  fields: Record<string, string>;
  /** Not 0: the host can prove who its visitor is. Another number: perhaps somebody else. */
  identified: number;
  /** Part of the page, always open. */
  inline: boolean;
  open: boolean;
  resume: boolean;
}

/** With a port, which takes the answer. */
export type ToFrame = { settings?: Settings; command?: string; value?: unknown };

/** Through a port. `error` is one of the codes of docs/widget.md. */
export type Answer = { value?: unknown; error?: string };

/** `up` says that it has heard; `token` comes with a port, which takes the visitor's token as an Answer. */
export type FromFrame = { event: "up" | "close" | "token" | "unread" | "conversation" | "desk" | "identity" | "error"; value?: unknown };
