import { invalidRequest } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** Encoded it stays well within a frame (rule T4). */
const PIECE_BYTES = 128 * 1024

/** `media.get` (M13): a piece of a file that a conversation shows. */
export function mediaGet({ media }: MethodParts): Handler<"media.get"> {
  return async ({ mediaId, offset = 0 }) => {
    const file = await media.get(mediaId)
    const piece = file && (await media.read(file, { offset, length: PIECE_BYTES }))
    if (file === undefined || piece === undefined) {
      throw invalidRequest("mediaId: there is no such file, or it has expired", "media_unavailable")
    }
    const { bytes, mimeType } = file
    if (offset > bytes) throw invalidRequest(`offset: must be at most ${bytes}`)
    const next = offset + piece.byteLength
    return {
      mimeType,
      bytes,
      data: Buffer.from(piece).toString("base64"),
      ...(piece.byteLength > 0 && next < bytes && { next }),
    }
  }
}
