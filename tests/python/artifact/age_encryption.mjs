// Opens or seals a file with npm's age-encryption, as a page would: reads {line, key} as hex on stdin.
//   node age_encryption.mjs open ARTIFACT MODEL
//   node age_encryption.mjs seal MODEL ARTIFACT      prints the file key that it drew
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { Decrypter, Encrypter, Stanza } from 'age-encryption'

const [what, from, to] = process.argv.slice(2)
const given = JSON.parse(readFileSync(0))
const line = Buffer.from(given.line, 'hex').toString('base64')
const key = new Uint8Array(Buffer.from(given.key, 'hex'))
const source = Readable.toWeb(createReadStream(from, { highWaterMark: 1 << 20 }))
const target = Writable.toWeb(createWriteStream(to))

if (what === 'open') {
  const decrypter = new Decrypter()
  decrypter.addIdentity({
    unwrapFileKey: stanzas => stanzas.some(({ args }) => args.join() === `daimm,1,${line}`) ? key : null
  })
  await (await decrypter.decrypt(source)).pipeTo(target)
} else {
  const encrypter = new Encrypter()
  encrypter.addRecipient({
    wrapFileKey (fileKey) {
      console.log(Buffer.from(fileKey).toString('hex'))
      return [new Stanza(['daimm', '1', line], new Uint8Array())]
    }
  })
  await (await encrypter.encrypt(source)).pipeTo(target)
}
