import { connect } from 'node:net';
import { loopback } from './local-server.ts';

const metadataKey = 3;
const metadataVersion = 1;

/**
 * How many brokers a Kafka lists, asked in its own protocol: a start asks many times a second, and a whole client takes
 * longer to load than this question takes to answer.
 */
export function countBrokers(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, port, timeout: 3_000 }, () => socket.write(metadataRequest()));
    let answer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      // Length, correlation id, number of brokers: four bytes each.
      if (answer.length < 12) return;
      resolve(answer.readInt32BE(8));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('it does not answer a metadata request')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('it closed the connection')));
  });
}

/** Length; then key, version, correlation id, a null client id, and an empty list of topics. */
function metadataRequest(): Buffer {
  const request = Buffer.alloc(18);
  request.writeInt32BE(14, 0);
  request.writeInt16BE(metadataKey, 4);
  request.writeInt16BE(metadataVersion, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(-1, 12);
  request.writeInt32BE(0, 14);
  return request;
}
