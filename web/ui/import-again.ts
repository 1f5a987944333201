// A part of the page that did not come can be asked for again. By the older text of the HTML standard, and
// in Chromium to this day, a file that failed once fails for ever under its name until the page is left
// (https://github.com/whatwg/html/issues/6768); under another name it is a new file.

/** What a part says of where it is, in browsers that tell it. */
const ADDRESS = /https?:\/\/\S+\.js\b/

const importFrom = (address: string): Promise<unknown> => import(/* @vite-ignore */ address)

/** Like `load`, which must be nothing but the import of one file; each call asks for it anew if it failed. */
export async function importAgain<Part>(
  load: () => Promise<Part>,
  from = importFrom,
): Promise<Part> {
  try {
    return await load()
  } catch (error) {
    const address = ADDRESS.exec(error instanceof Error ? error.message : "")?.[0]
    if (address === undefined) throw error
    // It is the file of that import, so it holds the same.
    return (await from(`${address}?at=${Date.now()}`)) as Part
  }
}
