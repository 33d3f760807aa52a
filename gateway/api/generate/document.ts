/** Writes the document of the API, which the client is generated from and releases are compared with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestGateway } from '../src/testkit/test-gateway.ts';

const gateway = await TestGateway.open();
writeFileSync(join(import.meta.dirname, '../../openapi.json'), `${JSON.stringify(gateway.app.swagger(), null, 2)}\n`);
await gateway.close();
