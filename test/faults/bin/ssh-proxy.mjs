// SPDX-License-Identifier: MIT
// Stands between kbt and the port that QEMU forwards to the guest's dropbear, and
// spoils what goes through. kbt asks QEMU for the port: so it stands between the
// two there as well, and names its own.
//   node ssh-proxy.mjs FAULT SOCKET-OF-KBT SOCKET-FOR-QEMU
// SIGUSR1 says that it is time, where the fault waits for that.
import { connect, createServer } from 'node:net';
import process from 'node:process';

const [fault, kbtSocket, qemuSocket] = process.argv.slice(2);
const STALL_MS = 2000;
/** As far as the middle of the key exchange. */
const HANDSHAKE_BYTES = 300;

const pairs = new Set();
let port = 0;
let swallowing = false;
let oneByte = false;
let cuts = fault === 'handshake-cut-twice' ? 2 : fault === 'handshake-cut' ? Infinity : 0;

/** What becomes of bytes from the guest; undefined: nothing is passed on. */
const spoilt = (chunk) => {
  if (oneByte) {
    oneByte = false;
    chunk[chunk.length >> 1] ^= 1;
  }
  return chunk;
};

const ssh = createServer((ours) => {
  const theirs = connect(port, '127.0.0.1');
  const pair = [ours, theirs];
  pairs.add(pair);
  const cut = cuts > 0;
  cuts -= 1;
  let bytes = 0;
  for (const socket of pair) {
    socket.setNoDelay();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      pairs.delete(pair);
      if (!swallowing) for (const end of pair) end.destroy();
    });
  }
  ours.on('data', (chunk) => swallowing || theirs.write(chunk));
  theirs.on('data', (chunk) => {
    bytes += chunk.length;
    if (cut && bytes > HANDSHAKE_BYTES) for (const end of pair) end.destroy();
    else if (!swallowing) ours.write(spoilt(chunk));
  });
});

const AT_THE_TIME = {
  stall: () => {
    for (const end of [...pairs].flat()) {
      end.pause();
      setTimeout(() => end.resume(), STALL_MS);
    }
  },
  swallow: () => (swallowing = true),
  reset: () => {
    for (const [ours] of pairs) ours.resetAndDestroy();
  },
  byte: () => (oneByte = true),
};
process.on('SIGUSR1', () => AT_THE_TIME[fault]?.());

ssh.listen(0, '127.0.0.1', () => {
  createServer((qemu) => {
    const kbt = connect(kbtSocket);
    kbt.pipe(qemu);
    qemu.on('data', (chunk) => {
      const own = ssh.address().port;
      const text = chunk
        .toString()
        .replace(/(\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+)(\d+)/, (_, before, its) => {
          port = Number(its);
          return before + own;
        });
      kbt.write(text);
    });
    for (const end of [qemu, kbt]) end.on('error', () => undefined);
    qemu.on('close', () => process.exit());
  }).listen(qemuSocket);
});
