/** Has the browser save this as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  // The browser has taken it up by the end of this turn of the loop.
  setTimeout(() => URL.revokeObjectURL(url))
}
