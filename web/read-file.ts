// A file of the person's own, as it goes over the wire. A picture that is too large is made smaller.

import type { OutgoingFile } from "./store/outbox.ts"
import type { ReadOptions } from "./store/picked-files.ts"

/** Enough to read a page of text on a photograph. */
const MAX_SIDE_PX = 2048
/** A picture of more bytes than this is worth making smaller. */
const HEAVY_BYTES = 1_500_000
const QUALITY = 0.85
/** Pictures whose movement or exactness a copy would lose stay as they are while they fit. */
const COPYABLE = /^image\/(?:jpeg|png|webp|avif|heic|bmp)$/

/** Rejects when the file cannot be read, or is larger than it may be and no picture. */
export async function readFile(
  source: File,
  { maxBytes, onProgress }: ReadOptions,
): Promise<OutgoingFile> {
  const mimeType = source.type === "" ? "application/octet-stream" : source.type
  const isHeavy = source.size > Math.min(maxBytes, HEAVY_BYTES) && COPYABLE.test(mimeType)
  const smaller = isHeavy ? await makeSmaller(source) : undefined
  if (smaller !== undefined && smaller.size < source.size) {
    const name = source.name.replace(/\.[^.]*$/, "") || "picture"
    return toFile(smaller, `${name}.jpg`, onProgress)
  }
  if (source.size > maxBytes) throw new Error("too large")
  return toFile(source, source.name, onProgress, mimeType)
}

async function toFile(
  blob: Blob,
  name: string,
  onProgress: ReadOptions["onProgress"],
  mimeType = blob.type,
): Promise<OutgoingFile> {
  const url = await readAsUrl(blob, onProgress)
  const data = url.slice(url.indexOf(",") + 1)
  return { name, mimeType, bytes: blob.size, data }
}

function readAsUrl(blob: Blob, onProgress: ReadOptions["onProgress"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total)
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error("the file cannot be read"))
    reader.readAsDataURL(blob)
  })
}

/** Undefined where the browser cannot draw it. */
async function makeSmaller(source: Blob): Promise<Blob | undefined> {
  try {
    const picture = await createImageBitmap(source)
    const scale = Math.min(1, MAX_SIDE_PX / Math.max(picture.width, picture.height))
    const width = Math.max(1, Math.round(picture.width * scale))
    const height = Math.max(1, Math.round(picture.height * scale))
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext("2d")
    // What is seen through would become black.
    if (context !== null) {
      context.fillStyle = "#fff"
      context.fillRect(0, 0, width, height)
      context.drawImage(picture, 0, 0, width, height)
    }
    picture.close()
    return context === null
      ? undefined
      : await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })
  } catch {
    return undefined
  }
}
