/**
 * Ids for what a form sends: the same for as long as the content is the same, so that pressing again after a try that
 * got no answer repeats the command instead of doing it twice.
 */
export function idsByContent(): (content: unknown) => string {
  let [last, id] = ["", ""];
  return (content) => {
    const text = JSON.stringify(content);
    if (text !== last) [last, id] = [text, newId()];
    return id;
  };
}

/**
 * A UUID of version 7: the time, and beyond it chance. Ids of one time are stored beside each other, which spares the
 * database a page for each message.
 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let at = Date.now();
  for (let place = 5; place >= 0; place--, at /= 256) bytes[place] = at;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
