import { runMain, runService } from '@streamflix/infra/processor';
import { startSweeping } from './start-sweeping.ts';

await runMain('sweep', (platform) => runService({ platform, start: (onCrash) => startSweeping(platform, onCrash) }));
