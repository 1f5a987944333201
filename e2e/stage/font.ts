// Letters that are the same on every machine, for pictures that can be compared.

import { fileURLToPath } from "node:url"

const pathOf = (file: string) => fileURLToPath(import.meta.resolve(file))

/** Addresses of the fonts on the stage, and the files behind them. */
export const FONTS: Readonly<Record<string, string>> = {
  "/stage/sans-400.woff2": pathOf("@fontsource/inter/files/inter-latin-400-normal.woff2"),
  "/stage/sans-600.woff2": pathOf("@fontsource/inter/files/inter-latin-600-normal.woff2"),
  "/stage/mono-400.woff2": pathOf(
    "@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2",
  ),
}

const face = (family: string, file: string, weight: string) =>
  `@font-face{font-family:"${family}";src:url("/stage/${file}.woff2");font-weight:${weight}}`

export const FONT_RULES = [
  face("Stage", "sans-400", "1 500"),
  face("Stage", "sans-600", "501 1000"),
  face("Stage Mono", "mono-400", "1 1000"),
  "*{caret-color:transparent!important}",
  ':root{--mono:"Stage Mono"!important;font-family:"Stage"!important}',
].join("")
