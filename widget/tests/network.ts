interface HappyWindow {
  happyDOM: { settings: { enableIframePageLoading: boolean; fetch: { interceptor: unknown } } };
  Response: typeof Response;
}

/** Every call to the server is answered by this; "offline" when it gives nothing. Files are empty. */
export function answerCalls(answer: (command: string, body: never) => object | undefined): void {
  const { happyDOM, Response } = window as unknown as HappyWindow;
  happyDOM.settings.fetch.interceptor = {
    beforeAsyncRequest: async ({ request }: { request: Request }) => {
      if (request.method === "GET") return new Response("{}");
      const envelope = answer(request.url.split("/").at(-1)!, (await request.json()) as never);
      return envelope ? new Response(JSON.stringify(envelope)) : new Response("<h1>502 Bad Gateway</h1>", { status: 502 });
    },
  };
}

/** Whatever is fetched, is answered with this; no test reaches beyond its process. */
export function answerEverything(body: string, contentType = "text/html"): void {
  const { happyDOM, Response } = window as unknown as HappyWindow;
  happyDOM.settings.enableIframePageLoading = true;
  happyDOM.settings.fetch.interceptor = {
    beforeAsyncRequest: async () => new Response(body, { headers: { "Content-Type": contentType } }),
  };
}
