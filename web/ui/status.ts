import { createContext } from "preact"

/** Says a short line to a screen reader, in the region that the page keeps for it. */
export const StatusLine = createContext<(line: string) => void>(() => undefined)
