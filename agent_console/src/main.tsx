import { render } from "preact";
import { App } from "./app";
import { tabShelf } from "./state/shelf";
import { DeskStore } from "./state/store";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/lists.css";
import "./styles/conversation.css";
import "./styles/details.css";
import "./styles/tickets.css";
import "./styles/shell.css";
import "./styles/overlays.css";

const store = new DeskStore(location.origin, tabShelf);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") store.connection.wake();
});
window.addEventListener("online", () => store.connection.wake());
render(<App store={store} />, document.getElementById("app")!);
store.open();
