import { runMain, runService } from '@streamflix/infra/processor';
import { serveGateway } from './serve-gateway.ts';

await runMain('gateway', (platform) => runService({ platform, start: () => serveGateway(platform) }));
