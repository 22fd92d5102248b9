// Node's socket.io as it comes: the same as plain.py. `node plain.mjs FOLDER`, where FOLDER/node_modules has socket.io.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Server } = createRequire(join(process.argv[2], "package.json"))("socket.io");
const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.of("/chat").on("connection", (socket) => {
  const room = socket.handshake.auth.token;
  socket.join(room);
  socket.on("say", (given, ack) => {
    socket.to(room).emit("message", given);
    ack({ ok: true, value: { id: given.client_id } });
  });
});

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));
