// Writes a CAR stream to stdout, of blocks given on stdin as JSON ({roots, blocks: [[cid, hex]]}).
import { text } from 'node:stream/consumers'
import { CarWriter } from '@ipld/car/writer'
import { CID } from 'multiformats/cid'

const { roots, blocks } = JSON.parse(await text(process.stdin))
const { writer, out } = CarWriter.create(roots.map((root) => CID.parse(root)))
const writing = (async () => {
  for (const [cid, hex] of blocks) {
    await writer.put({ cid: CID.parse(cid), bytes: Buffer.from(hex, 'hex') })
  }
  await writer.close()
})()
for await (const part of out) process.stdout.write(part)
await writing
