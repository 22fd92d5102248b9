/** Wraps every `import()` of the window's (vite.config.ts), in the place of Vite's own helper, which weighs three times as much. */

const coming: Record<string, Promise<unknown>> = {};

/** A part of another file, once its styles are there as well. What did not come is asked for again the next time. */
export async function styled<Part>(load: () => Promise<Part>, sheets: string[] = []): Promise<Part> {
  const [part] = await Promise.all([load(), ...sheets.map((sheet) => (coming[sheet] ??= come(sheet)))]);
  return part;
}

function come(sheet: string): Promise<unknown> {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/static/${sheet}` });
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => (link.remove(), delete coming[sheet], reject(new Error(`${sheet} did not come`)));
  });
}
