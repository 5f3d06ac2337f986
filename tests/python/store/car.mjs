// Reads a CAR stream from stdin and prints its roots and blocks; fails where it is malformed:
// node car.mjs < FILE
import { CarBlockIterator } from '@ipld/car/iterator'
import { sha256 } from 'multiformats/hashes/sha2'

const reader = await CarBlockIterator.fromIterable(process.stdin)
const roots = (await reader.getRoots()).map(String)
const blocks = []
for await (const { cid, bytes } of reader) {
  const digest = await sha256.digest(bytes)
  if (Buffer.compare(digest.bytes, cid.multihash.bytes) !== 0) throw new Error(`${cid} is wrong`)
  blocks.push([cid.toString(), bytes.length])
}
console.log(JSON.stringify({ version: reader.version, roots, blocks }))
