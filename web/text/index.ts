// The one door to every string that a person reads.

export { en as text } from "./en.ts"
