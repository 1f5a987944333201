// The page's icons: 20 by 20, drawn with the colour of the text around them.

const PATHS = {
  alert:
    "M10 6.500v4M10 13.500v.01M8.7 3.3 2.3 14.500a1.5 1.5 0 0 0 1.3 2.200h12.800a1.5 1.5 0 0 0 1.3-2.200L11.3 3.300a1.5 1.5 0 0 0-2.6 0Z",
  arrowDown: "M10 4v12M5 11l5 5 5-5",
  arrowUp: "M10 16V4M5 9l5-5 5 5",
  channels: "M3 4.500h9.5v7H8l-2.5 2.500V11.500H3zM15 8h2v6.500h-2V17l-2.5-2.500H9.500",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  chevron: "m7.5 5 5 5-5 5",
  claw: "M5.5 16c0-4.5.7-7.5 2.8-11M9.7 16.500c0-4.5.7-7.5 2.8-11M14 16c0-3.7.6-6 2-8.5",
  clients:
    "M7.5 9.500a2.8 2.8 0 1 0 0-5.5 2.8 2.8 0 0 0 0 5.500ZM2.5 16c.4-2.7 2.4-4.2 5-4.200s4.6 1.5 5 4.200M13 4.300a2.7 2.7 0 0 1 0 5M14.7 12c1.6.6 2.6 2 2.8 4",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M7.5 7.500h8v8h-8zM12.5 7.500v-3h-8v8h3",
  dark: "M16 11.700A6.5 6.5 0 0 1 8.3 4a6.5 6.5 0 1 0 7.7 7.700Z",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5ZM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  health: "M2.5 10.500H6l2-5 3.5 9 2-4h4",
  key: "M7 13.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10.5 10H17M14.5 10v3",
  light:
    "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.500v1.500M10 16v1.500M2.5 10H4M16 10h1.500M4.7 4.700l1 1M14.3 14.300l1 1M4.7 15.300l1-1M14.3 5.700l1-1",
  link: "M8.5 11.500a3 3 0 0 0 4.2 0l2.8-2.800a3 3 0 0 0-4.2-4.200l-1 1M11.5 8.500a3 3 0 0 0-4.2 0l-2.8 2.800a3 3 0 0 0 4.2 4.200l1-1",
  menu: "M3.5 5.500h13M3.5 10h13M3.5 14.500h13",
  off: "M5 10h10",
  plus: "M10 4.500v11M4.500 10h11",
  retry: "M16 10a6 6 0 1 1-1.8-4.300M16 3v3.500h-3.5",
  spinner: "M10 3a7 7 0 1 1-7 7",
  stop: "M6 6h8v8H6z",
  system: "M3 4.500h14v9H3zM7.5 16.500h5",
  thought: "M10 3.500a4.5 4.5 0 0 0-2.5 8.200V14h5v-2.300A4.5 4.5 0 0 0 10 3.500ZM8 16.500h4",
  tool: "M12.5 3.200a4 4 0 0 0-3.7 5.500L3.5 14a1.7 1.7 0 0 0 2.5 2.500l5.3-5.300a4 4 0 0 0 5.3-4.700l-2.4 2.3-2.3-.7-.7-2.300Z",
} as const

export type IconName = keyof typeof PATHS

/** Decoration only: what it means is said in text beside it or in its button's label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
