// A customer at the standard JavaScript client: everything the window does, checked on the way.
// Usage: node standard_client.mjs URL CLIENT (the name of a package); prints a JSON line for each step it reached.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const [url, client] = process.argv.slice(2);
const { io } = await import(client);
const done = (step, value = {}) => console.log(JSON.stringify({ step, ...value }));

const session = await post("/api/customer/session", { site: "demo", locale: "en" });
const socket = io(`${url}/customer`, { auth: { token: session.token }, transports: ["websocket"], reconnectionDelay: 50 });
const heard = [];
socket.onAny((event, value) => heard.push([event, value]));
await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
done("connected");

const { conversation } = await call("start", { topic: "other", form: { name: "Ann" } });
const id = conversation.id;
done("started", { id });

const bodies = Array.from({ length: 100 }, (_, number) => `line ${number}`);
const answers = await Promise.all(bodies.map((body) => say(body)));
assert.deepEqual(answers.map((answer) => answer.seq), bodies.map((_, number) => number + 1));
await event("message", (message) => message.body === bodies.at(-1));
assert.deepEqual(heard.filter(([name]) => name === "message").map(([, message]) => message.body), bodies);
done("ordered");

const refusal = await new Promise((resolve) => socket.emit("say", { conversation_id: id }, resolve));
assert.equal(refusal.error.code, "bad_request");
done("refused");

const answer = await event("message", (message) => message.author.kind === "agent");
await call("typing", { conversation_id: id });
await call("read", { conversation_id: id, seq: answer.seq });
done("read");

const back = comesBack();
socket.io.engine.close(); // the line is cut; the client comes back by itself
await back;
const again = comesBack();
done("back");

await again; // the server cut it
await say("still here");
const { messages } = await call("sync", { conversation_id: id, after_seq: 0 });
assert.deepEqual(messages.map((message) => message.seq), messages.map((_, number) => number + 1));
assert.equal(messages.at(-1).body, "still here");
done("back again");

await event("conversation", (value) => value.status === "closed");
await call("rate", { conversation_id: id, score: 4 });
done("rated");
socket.disconnect();

async function post(path, body) {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await answer.json()).value;
}

function say(body) {
  return call("say", { conversation_id: id, client_id: randomUUID(), body });
}

// Without `emitWithAck`, which old clients do not have.
async function call(command, values) {
  const answer = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer to ${command}`)), 10_000);
    socket.emit(command, values, (answer) => (clearTimeout(late), resolve(answer)));
  });
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}

function event(name, soThat) {
  const past = heard.find(([event, value]) => event === name && soThat(value));
  if (past) return past[1];
  return new Promise((resolve) => socket.on(name, (value) => soThat(value) && resolve(value)));
}

function comesBack() {
  return new Promise((resolve) => socket.once("connect", resolve));
}
