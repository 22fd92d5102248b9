/** What the host's page and the chat window say to each other: nothing of a conversation but whether there is one. */

/** What the host's page has said about itself and its visitor; all of it claimed, none of it proven. Sent whole. */
export interface Settings {
  site: string;
  /** A language tag; without one the browser's languages decide. */
  locale?: string | undefined;
  color?: string | undefined;
  page: string;
  attach?: { order?: string };
  setAttributes?: Record<string, string>;
  /** The host can prove who its visitor is: ask it for a token. */
  identified: boolean;
  open: boolean;
  /** There was an open conversation when this page was last seen. */
  resume: boolean;
}

/** With a port, which takes the answer. */
export type ToFrame = { settings: Settings } | { command: string; value?: unknown };

/** Through a port. */
export type Answer = { value?: unknown; error?: string };

/** `token` comes with a port, which takes the visitor's token as an Answer. */
export type FromFrame = { event: "close" | "token" | "unread" | "conversation" | "desk" | "message"; value?: unknown };
