/** Does what takes away the button that was pressed, and the focus with it, which goes on to the message box. */
export function goOn(remove: () => void): void {
  remove()
  document.getElementById("message")?.focus()
}
