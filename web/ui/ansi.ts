// What a program wrote for a terminal, without what only a terminal understands.

// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with control characters.
const OSC = /(?:\u001B\]|\u009D)[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const CSI = /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const OTHER = /\u001B[ -/]*[0-~]?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g

/** Of a line that was written over again and again, as by a progress bar, the last state stays. */
export function withoutAnsi(text: string): string {
  return text
    .replace(OSC, "")
    .replace(CSI, "")
    .replace(OTHER, "")
    .split("\n")
    .map(lastState)
    .join("\n")
    .replace(CONTROLS, "")
}

function lastState(line: string): string {
  return line.split("\r").findLast((state) => state !== "") ?? ""
}
