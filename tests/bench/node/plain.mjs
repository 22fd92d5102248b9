// Node's socket.io as it comes: the same as plain.py.
import { createServer } from "node:http";
import { Server } from "socket.io";

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
