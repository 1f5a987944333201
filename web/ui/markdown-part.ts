export { Markdown } from "./markdown.tsx"
export { toPlainText } from "./plain-text.ts"
