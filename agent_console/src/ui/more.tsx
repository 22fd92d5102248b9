import { useEffect, useRef } from "preact/hooks";

/** The rest of a list: comes in by itself when one scrolls to it; a press does the same. */
export function More({ text, load }: { text: string; load(): void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!("IntersectionObserver" in window)) return undefined;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && load());
    seen.observe(button.current!);
    return () => seen.disconnect();
  }, []);
  return (
    <button type="button" class="button quiet small older" ref={button} onClick={load}>
      {text}
    </button>
  );
}
