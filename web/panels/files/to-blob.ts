import type { MediaState } from "../../store/media.ts"

/** A file of the gateway as the browser takes it. */
export function toBlob({ base64, mimeType }: Extract<MediaState, { at: "ready" }>): Blob {
  const pieces = base64.map((piece) =>
    Uint8Array.from(atob(piece), (character) => character.charCodeAt(0)),
  )
  return new Blob(pieces, { type: mimeType })
}
