// Sends files with the evidence of a case. Words alone need no script: the form sends them.
"use strict";

const form = document.getElementById("evidence-form");
const files = document.getElementById("files");
const progress = form.querySelector(".progress");
const button = form.querySelector("button");
const token = location.pathname.split("/").pop();
const taken = new Map(); // file -> its id, so that trying again does not send it again

form.querySelector(".with-script").hidden = false;
form.addEventListener("submit", (event) => {
  if (files.files.length === 0) return;
  event.preventDefault();
  void send();
});

async function send() {
  button.disabled = true;
  tell(form.dataset.sending);
  try {
    for (const file of files.files) await upload(file);
    const given = {
      ticket_id: form.dataset.ticket,
      client_id: form.elements.client_id.value,
      code: form.elements.code?.value ?? "other",
      attachment_ids: [...files.files].map((file) => taken.get(file)),
    };
    const words = form.elements.words.value.trim();
    await call("add_evidence", JSON.stringify(words ? { ...given, body: words } : given), { "Content-Type": "application/json" });
    location.replace(`${location.pathname}?lang=${document.documentElement.lang}&did=add_evidence`);
  } catch (error) {
    tell(error.message, "bad");
    button.disabled = false;
  }
}

async function upload(file) {
  if (taken.has(file)) return;
  const body = new FormData();
  body.append("file", file);
  try {
    taken.set(file, (await call("upload", body)).attachment_id);
  } catch {
    throw new Error(form.dataset.refused.replace("{name}", file.name));
  }
}

async function call(name, body, headers = {}) {
  const answer = await fetch(`/api/case_link/${name}`, { method: "POST", body, headers: { ...headers, Authorization: `Bearer ${token}` } });
  const told = await answer.json();
  if (!told.ok) throw new Error(told.error.message);
  return told.value;
}

function tell(text, kind = "") {
  progress.textContent = text;
  progress.className = `progress ${kind}`;
}
