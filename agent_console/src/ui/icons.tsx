const PATHS = {
  queue: "M4 6h10M4 12h16M4 18h12",
  mine: "M21 12a8 8 0 0 1-11.6 7.1L4 20l1-4.6A8 8 0 1 1 21 12Z",
  inbox: "M3 13l3-8h12l3 8v6H3v-6Zm0 0h5l1.5 3h5L16 13h5",
  tickets: "M4 7h16v3.2a2 2 0 0 0 0 3.6V17H4v-3.2a2 2 0 0 0 0-3.6V7Zm10 0v10",
  knowledge: "M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5v-15ZM4 20.5A2.5 2.5 0 0 0 6.5 21H20v-3M9 7.5h6",
  reports: "M4 20h16M7 20v-7M12 20V5M17 20v-10",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2l5 5",
  person: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 10a8 8 0 0 1 16 0",
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-2.5-6.5L4 12Z",
  quick: "M13 3L5 14h6l-1 7 8-11h-6l1-7Z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  panel: "M4 5h16v14H4zM14.5 5v14",
  close: "M6 6l12 12M18 6L6 18",
  transfer: "M4 9h14l-4-4M20 15H6l4 4",
  live: "M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12Zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  invite: "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 10a7 7 0 0 1 11-5.7M18 14v7M14.5 17.5h7",
  take_over: "M12 3v11M7.5 9.5L12 14l4.5-4.5M4 17v4h16v-4",
  release: "M9 14l-5-5 5-5M4 9h10a6 6 0 0 1 0 12h-2",
  plus: "M12 5v14M5 12h14",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  mail: "M3 6h18v12H3zM3 7l9 6 9-6",
  shield: "M12 3l7 3v6c0 4.4-3 7.6-7 9-4-1.4-7-4.6-7-9V6l7-3Zm-3 9l2.2 2.2L15.5 10",
  alert: "M12 4l9 16H3l9-16Zm0 6v4m0 3v.01",
  settings: "M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4",
  order: "M5 8h14l-1 12H6L5 8Zm4 3V7a3 3 0 0 1 6 0v4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  file: "M6 3h8l5 5v13H6V3Zm8 0v5h5",
  attach: "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
  note: "M5 4h14v11l-5 5H5V4Zm14 11h-5v5",
} as const;

export type IconName = keyof typeof PATHS;

/** Always beside a word or inside a named control, so it says nothing itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
