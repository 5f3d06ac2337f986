// Prints the CID, and every block but the leaves, that ipfs-unixfs-importer makes of a file
// under the profile unixfs-v1-2025: node importer.mjs FILE
import { createReadStream } from 'node:fs'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const nodes = {}
const blockstore = {
  async put (cid, block) {
    if (cid.code === 0x70) {
      const parts = []
      if (block instanceof Uint8Array) parts.push(block)
      else for await (const part of block) parts.push(part)
      nodes[cid.toString()] = Buffer.concat(parts).toString('hex')
    }
    return cid
  }
}
const options = {
  cidVersion: 1,
  rawLeaves: true,
  reduceSingleLeafToSelf: true,
  wrapWithDirectory: false,
  chunker: fixedSize({ chunkSize: 1 << 20 }),
  layout: balanced({ maxChildrenPerNode: 1024 })
}
const source = [{ path: 'file', content: createReadStream(process.argv[2], { highWaterMark: 1 << 20 }) }]

for await (const entry of importer(source, blockstore, options)) {
  console.log(JSON.stringify({ cid: entry.cid.toString(), nodes }))
}
