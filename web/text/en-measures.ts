import { createMeasures } from "./measures.ts"

export const measures = createMeasures("en", {
  second: "s",
  minute: "min",
  hour: "h",
  day: { one: "day", other: "days" },
})

export const count = (n: number, one: string, other: string) => measures.count(n, { one, other })
