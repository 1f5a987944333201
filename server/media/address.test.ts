import fc from "fast-check"
import { expect, test } from "vitest"
import { isPublicAddress } from "./address.ts"

test.for([
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "169.253.255.255",
  "169.255.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:831::200e",
  "3ffe::1",
  "::ffff:8.8.8.8",
  "::ffff:808:808",
  "0:0:0:0:0:FFFF:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "64:ff9b::808:808",
])("[M5] anybody may be reached at %s", (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.for([
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::127.0.0.1",
  "::8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:10.0.0.1",
  "0:0:0:0:0:ffff:a9fe:a9fe",
  "::ffff:0:127.0.0.1",
  "64:ff9b::127.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "64:ff9b:0:0:1::808:808",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:808:808::1",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "2606:4700:4700::1111%eth0",
  "fec0::1",
  "ff02::1",
])("[M5] nobody is sent to %s", (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.for([
  "",
  "localhost",
  "127.1",
  "0x7f000001",
  "2130706433",
  "0177.0.0.1",
  "1.1.1.1:80",
  "[::1]",
])("[M5] what is no address, %j, is not public", (text) => {
  expect(isPublicAddress(text)).toBe(false)
})

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))

test("[M5] an address of version 4 is judged alike however it is wrapped", () => {
  fc.assert(
    fc.property(octets, ([a, b, c, d]) => {
      const dotted = `${a}.${b}.${c}.${d}`
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
      const judged = isPublicAddress(dotted)
      for (const wrapped of [
        `::ffff:${dotted}`,
        `::ffff:${hex}`,
        `0:0:0:0:0:ffff:${hex}`,
        `64:ff9b::${dotted}`,
        `64:ff9b:0:0:0:0:${hex}`,
      ]) {
        expect(isPublicAddress(wrapped), wrapped).toBe(judged)
      }
    }),
  )
})

test("[M5] no address of a private network is public, whatever its lower bits", () => {
  const privates = fc.tuple(
    fc.constantFrom([10, 0], [127, 0], [0, 0], [192, 168], [169, 254], [172, 16], [100, 64]),
    fc.nat(65_535),
  )
  fc.assert(
    fc.property(privates, ([[a, b], low]) => {
      expect(isPublicAddress(`${a}.${b}.${low >> 8}.${low & 255}`)).toBe(false)
    }),
  )
})

test("[M5] only what stands in 2000::/3 is public as an address of version 6", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const [first = ""] = address.split(":")
      if ((Number.parseInt(first || "0", 16) & 0xe000) === 0x2000) return
      if (/^(?:::|0:|0{1,4}:|0*64:)/.test(address)) return
      expect(isPublicAddress(address), address).toBe(false)
    }),
  )
})
