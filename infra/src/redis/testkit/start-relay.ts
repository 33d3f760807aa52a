import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A way to Redis that can be frozen: connections stay open and nothing comes through until it is thawed. */
export async function startRelay(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    pairs.add([inner, outer]);
    for (const socket of [inner, outer]) socket.on('error', () => socket.destroy());
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(redisUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    freeze: () => {
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    thaw: () => {
      for (const [inner, outer] of pairs) inner.pipe(outer).pipe(inner);
    },
    close: () => {
      for (const socket of [...pairs].flat()) socket.destroy();
      server.close();
    },
  };
}
