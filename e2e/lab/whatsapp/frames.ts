// The client's byte stream: an introduction once, then frames that begin with their length in three bytes.

const ROUTING = Buffer.from("ED")
const HEADER_BYTES = 4
const LENGTH_BYTES = 3

/** Gives the frames that are complete. The introduction may carry routing information before the header. */
export function createFrameReader() {
  let bytes = Buffer.alloc(0)
  let introduced = false

  function takeIntroduction(): boolean {
    const routed = bytes.subarray(0, 2).equals(ROUTING)
    if (bytes.length < HEADER_BYTES + LENGTH_BYTES) return false
    const routing = routed ? 7 + bytes.readUIntBE(4, 3) : 0
    if (bytes.length < routing + HEADER_BYTES) return false
    bytes = bytes.subarray(routing + HEADER_BYTES)
    return true
  }

  return {
    push(chunk: Uint8Array): Buffer[] {
      bytes = Buffer.concat([bytes, chunk])
      introduced ||= takeIntroduction()
      const frames: Buffer[] = []
      while (introduced && bytes.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + bytes.readUIntBE(0, LENGTH_BYTES)
        if (bytes.length < end) break
        frames.push(bytes.subarray(LENGTH_BYTES, end))
        bytes = bytes.subarray(end)
      }
      return frames
    },
  }
}

export function toFrame(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUIntBE(bytes.length, 0, LENGTH_BYTES)
  return Buffer.concat([length, bytes])
}
