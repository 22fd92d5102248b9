// Node's socket.io as it comes: the same as plain.py.
import { createServer } from "node:http";
import { Server } from "socket.io";

const SAID = {
  id: "0199c2f0-7f3a-7c1e-9d2b-5a6b7c8d9e0f",
  seq: 1234,
  created_at: "2026-01-01T09:30:00.000Z",
};
const ENTRY = {
  ...SAID,
  author: { kind: "customer", id: "0199c2f0-7f3a-7c1e-9d2b-0f9e8d7c6b5a", name: "王小明" },
  kind: "text",
};

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.of("/chat").on("connection", (socket) => {
  const room = socket.handshake.auth.token;
  socket.join(room);
  socket.on("say", (given, ack) => {
    socket.to(room).emit("message", { ...ENTRY, ...given });
    ack({ ok: true, value: SAID });
  });
});

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));
