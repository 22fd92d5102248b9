import type { Conversation, Message } from "../src/core/wire";

export const ROOM = "00000000-0000-7000-8000-000000000001";
export const OTHER_ROOM = "00000000-0000-7000-8000-000000000002";

/** A conversation of 王芳 with 陈梅. */
export function conversation(given: Partial<Conversation> = {}): Conversation {
  return {
    id: ROOM,
    status: "active",
    topic: "refund",
    customer_id: "fang",
    agent: { id: "mei", name: "陈梅" },
    last_seq: 0,
    version: 1,
    epoch: 1,
    customer_read_seq: 0,
    agent_read_seq: 0,
    created_at: "2026-11-20T02:00:00Z",
    contact: false,
    urgent: false,
    ...given,
  };
}

type Author = "fang" | "mei" | "desk";

export function message(seq: number, author: Author = "mei", given: Partial<Message> = {}): Message {
  const authors = {
    fang: { kind: "customer", id: "fang", name: "王芳" },
    mei: { kind: "agent", id: "mei", name: "陈梅" },
    desk: { kind: "system", name: "" },
  } as const;
  return {
    id: `message-${seq}`,
    conversation_id: ROOM,
    seq,
    author: authors[author],
    kind: author === "desk" ? "system" : "text",
    body: `${author} ${seq}`,
    created_at: "2026-11-20T02:00:00Z",
    ...given,
  };
}
