interface HappyWindow {
  happyDOM: { settings: { enableIframePageLoading: boolean; fetch: { interceptor: unknown } } };
  Response: typeof Response;
}

/** Whatever is fetched, is answered with this; no test reaches beyond its process. */
export function answerEverything(body: string, contentType = "text/html"): void {
  const { happyDOM, Response } = window as unknown as HappyWindow;
  happyDOM.settings.enableIframePageLoading = true;
  happyDOM.settings.fetch.interceptor = {
    beforeAsyncRequest: async () => new Response(body, { headers: { "Content-Type": contentType } }),
  };
}
