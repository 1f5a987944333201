// What people send as one, such as an album of pictures, comes as several messages. It is one turn, which
// begins when nothing more of it comes.

import type { Journaled } from "./joining.ts"

export interface AlbumTimings {
  /** So long after its latest message an album is taken for complete. */
  readonly albumQuietMs: number
  /** So long after its first one it is taken as it is. */
  readonly albumMaxMs: number
}

/** How long a turn of these must still wait for what belongs to them; 0 if it need not. */
export function albumWaitMs(
  records: readonly Journaled[],
  { albumMaxMs, albumQuietMs }: AlbumTimings,
): number {
  const waited = records
    .filter(({ message }) => message.album !== undefined)
    .map(({ waitedMs }) => waitedMs)
  if (waited.length === 0) return 0
  return Math.max(0, Math.min(albumQuietMs - Math.min(...waited), albumMaxMs - Math.max(...waited)))
}

/**
 * Those of `kept` that belong to albums of `records`: in a group often one picture of several speaks to the
 * bot. All of an album is by one sender.
 */
export function findAlbumMates(
  records: readonly Journaled[],
  kept: readonly Journaled[],
): readonly Journaled[] {
  const nameOf = ({ message: { account, album, sender } }: Journaled) =>
    album === undefined ? undefined : JSON.stringify([account, album, sender.id])
  const albums = new Set(records.map(nameOf))
  albums.delete(undefined)
  return kept.filter((record) => albums.has(nameOf(record)))
}
